"""The file of the checkpoint: SQLite, written in whole transactions, so that no kill tears it."""

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from exporter.checkpoint import format_1
from exporter.checkpoint.saved import FORMAT, Saved, decode, encode
from exporter.model.operation import OperationKey

_TABLES = """
CREATE TABLE operations (
    resource TEXT, api TEXT, operation TEXT, facts BLOB NOT NULL,
    PRIMARY KEY (resource, api, operation)
) WITHOUT ROWID;
CREATE TABLE documents (
    resource TEXT, api TEXT, operation TEXT, number INTEGER, chunk BLOB NOT NULL,
    PRIMARY KEY (resource, api, operation, number)
);
CREATE TABLE counters (
    name TEXT, labels TEXT, value REAL NOT NULL,
    PRIMARY KEY (name, labels)
) WITHOUT ROWID;
"""
_FORGET_CHUNKS = (
    "DELETE FROM documents WHERE resource = ? AND api = ? AND operation = ? AND number >= ?"
)
_FORGET = "DELETE FROM operations WHERE resource = ? AND api = ? AND operation = ?"


class CheckpointError(Exception):
    """The file cannot be used now; the text says why.

    Args:
        held: another process has it.
    """

    def __init__(self, text: str, *, held: bool = False) -> None:
        super().__init__(text)
        self.held = held


class DamagedError(CheckpointError):
    """The file is no checkpoint that this version reads, and never will be."""


class Counter(NamedTuple):
    """One series of a counter that goes on after a restart."""

    name: str
    labels: tuple[tuple[str, str], ...]
    value: float


@dataclass(frozen=True)
class Contents:
    """All that a checkpoint holds, or what of it is new; None for an operation that has left."""

    operations: Mapping[OperationKey, Saved | None] = field(default_factory=dict)
    counters: Iterable[Counter] = ()


class CheckpointFile:
    """An open checkpoint. Its methods block: they belong into a thread, one at a time."""

    def __init__(self, path: Path) -> None:
        """Open it, or begin it.

        Raises:
            DamagedError: it is none.
            CheckpointError: it cannot be opened or written, or another exporter has it.
        """
        self._held_something = path.exists() and path.stat().st_size > 0
        try:
            self._database = sqlite3.connect(path, timeout=0.5, check_same_thread=False)
        except sqlite3.Error as error:
            raise _meant(error) from None
        self._chunks: dict[OperationKey, tuple[bytes, ...]] = {}
        try:
            self._begin()
        except sqlite3.Error as error:
            self._database.close()
            raise _meant(error) from None
        except DamagedError:
            self._database.close()
            raise

    def _begin(self) -> None:
        run = self._database.execute
        # A second exporter on the same file would mix up both.
        run("PRAGMA locking_mode = EXCLUSIVE")
        (version,) = run("PRAGMA user_version").fetchone()
        tables = run("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if version == 0 and tables == 0 and not self._held_something:
            self._database.executescript(
                f"BEGIN EXCLUSIVE; {_TABLES} PRAGMA user_version = {FORMAT}; COMMIT;"
            )
        elif version not in {FORMAT, format_1.FORMAT}:
            raise DamagedError(f"it has format {version}, this version reads {FORMAT}")
        elif (said := run("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise DamagedError(f"it is damaged: {said}")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        if version == format_1.FORMAT:
            self._upgrade()

    def _upgrade(self) -> None:
        """Write what version 0.1.0 kept as this version keeps it, all of it or nothing."""
        run = self._database.execute
        rows = run("SELECT resource, api, operation, facts FROM operations").fetchall()
        try:
            facts = [(encode(format_1.upgraded(row[3])), *row[:3]) for row in rows]
        except ValueError as error:
            raise DamagedError(f"it holds what no exporter wrote: {error}") from None
        with self._database:  # commits, or rolls back
            run("BEGIN IMMEDIATE")
            self._database.executemany(
                "UPDATE operations SET facts = ? WHERE resource = ? AND api = ? AND operation = ?",
                facts,
            )
            run(f"PRAGMA user_version = {FORMAT}")

    def read(self) -> Contents:
        """All of it.

        Raises:
            DamagedError: something in it has another shape.
        """
        try:
            chunks: dict[OperationKey, list[bytes]] = {}
            for *key, chunk in self._database.execute(
                "SELECT resource, api, operation, chunk FROM documents "
                "ORDER BY resource, api, operation, number"
            ):
                chunks.setdefault(OperationKey(*key), []).append(chunk)
            operations = {
                OperationKey(*key): Saved(decode(facts), tuple(chunks.get(OperationKey(*key), ())))
                for *key, facts in self._database.execute(
                    "SELECT resource, api, operation, facts FROM operations"
                )
            }
            if not all(saved.whole for saved in operations.values()):
                raise DamagedError("it is damaged: documents are missing")
            counters = [
                Counter(name, tuple((key, said) for key, said in json.loads(labels)), value)
                for name, labels, value in self._database.execute(
                    "SELECT name, labels, value FROM counters"
                )
            ]
        except sqlite3.Error as error:
            raise _meant(error) from None
        except (ValueError, TypeError) as error:
            raise DamagedError(f"it holds what no exporter wrote: {error}") from None
        self._chunks = {key: tuple(each) for key, each in chunks.items()}
        return Contents(operations, counters)

    def write(self, news: Contents) -> None:
        """Take in what is new, all of it or nothing.

        Raises:
            CheckpointError: it could not be written; the file is as it was.
        """
        written: dict[OperationKey, tuple[bytes, ...]] = {}
        try:
            with self._database:  # commits, or rolls back
                for key, saved in news.operations.items():
                    written[key] = self._write(key, saved)
                self._database.executemany(
                    "INSERT OR REPLACE INTO counters VALUES (?, ?, ?)",
                    [(each.name, json.dumps(each.labels), each.value) for each in news.counters],
                )
        except sqlite3.Error as error:
            raise CheckpointError(str(error)) from None
        self._chunks |= written
        for key in [key for key, saved in news.operations.items() if saved is None]:
            del self._chunks[key]

    def _write(self, key: OperationKey, saved: Saved | None) -> tuple[bytes, ...]:
        """One operation, and of its documents the chunks that are new."""
        run = self._database.execute
        known = self._chunks.get(key, ())
        chunks = tuple(saved.chunks) if saved else ()
        for number, chunk in enumerate(chunks):
            if known[number : number + 1] != (chunk,):
                run(
                    "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?)", (*key, number, chunk)
                )
        if len(chunks) < len(known):
            run(_FORGET_CHUNKS, (*key, len(chunks)))
        if saved:
            facts = encode(saved.facts)
            run("INSERT OR REPLACE INTO operations VALUES (?, ?, ?, ?)", (*key, facts))
        else:
            run(_FORGET, key)
        return chunks

    def close(self) -> None:
        """Let others have it."""
        with contextlib.closing(self._database):
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def set_aside(path: Path, mark: str) -> Path:
    """Give a damaged file another name, so that it can be looked at; the new name.

    Raises:
        CheckpointError: it cannot be renamed.
    """
    aside = path.with_name(f"{path.name}.{mark}")
    try:
        path.rename(aside)
        for beside in ("-wal", "-shm"):  # SQLite's own, which belong to it
            with contextlib.suppress(FileNotFoundError):
                path.with_name(path.name + beside).rename(aside.with_name(aside.name + beside))
    except OSError as error:
        raise CheckpointError(f"it cannot be set aside: {error.strerror}") from None
    return aside


def _meant(error: sqlite3.Error) -> CheckpointError:
    if not isinstance(error, sqlite3.OperationalError):
        return DamagedError(f"it is damaged: {error}")
    if "locked" in str(error):
        return CheckpointError("another exporter has it", held=True)
    return CheckpointError(str(error))
