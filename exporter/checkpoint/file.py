"""The checkpoint file: SQLite, written in transactions, so that a kill does not damage it."""

import contextlib
import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from exporter.checkpoint import format_1
from exporter.checkpoint.contents import Contents, Counter
from exporter.checkpoint.place import (
    TABLES_QUERY,
    CheckpointError,
    DamagedError,
    check_tables,
    has_content,
    places,
)
from exporter.checkpoint.saved import FORMAT, Saved, decode, decode_departed, encode
from exporter.checkpoint.tables import LATER_TABLES, TABLES
from exporter.model.departed import Departed
from exporter.model.operation import OperationKey
from exporter.telemetry.today import decode_day

_DELETE_CHUNKS = (
    "DELETE FROM documents WHERE resource = ? AND api = ? AND operation = ? AND number >= ?"
)
_DELETE_OPERATION = "DELETE FROM operations WHERE resource = ? AND api = ? AND operation = ?"
_DELETE_DEPARTED = "DELETE FROM departed WHERE resource = ? AND api = ? AND operation = ?"


class CheckpointFile:
    """An open checkpoint. Its methods block: call them in a thread, one at a time."""

    def __init__(self, path: Path) -> None:
        """Open the file, or create it.

        Raises:
            DamagedError: it is a checkpoint that cannot be used.
            ForeignError: it is not a checkpoint.
            CheckpointError: it cannot be opened or written, or another exporter has it.
        """
        self._path = path
        self._had_content = has_content(path)
        try:
            self._database = sqlite3.connect(path, timeout=0.5, check_same_thread=False)
        except sqlite3.Error as error:
            raise _checkpoint_error(error) from None
        self._chunks: dict[OperationKey, tuple[bytes, ...]] = {}
        self._accounts: Mapping[str, bytes] = {}
        self._today = b""
        try:
            self._prepare()
        except sqlite3.Error as error:
            self._database.close()
            raise _checkpoint_error(error) from None
        except CheckpointError:
            self._database.close()
            raise
        self._places = places(self._path)

    def _note_log(self) -> None:
        """SQLite makes its log with the first change; until then the log has no place."""
        file, log = self._places
        self._places = file, log or places(self._path)[1]

    def is_in_place(self) -> bool:
        """Whether its path still leads to it: what is written to a deleted file is lost."""
        return self._places[0] is not None and self._places == places(self._path)

    def _prepare(self) -> None:
        run = self._database.execute
        # Two exporters on one file would mix up their contents.
        run("PRAGMA locking_mode = EXCLUSIVE")
        (version,) = run("PRAGMA user_version").fetchone()
        tables = [row[0] for row in run(TABLES_QUERY)]
        check_tables(tables)
        if not tables and not self._had_content:
            self._database.executescript(
                f"BEGIN EXCLUSIVE; {TABLES} PRAGMA user_version = {FORMAT}; COMMIT;"
            )
        elif version not in {FORMAT, format_1.FORMAT}:
            raise DamagedError(f"it has format {version}, this version reads {FORMAT}")
        elif (result := run("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise DamagedError(f"it is damaged: {result}")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        for table in LATER_TABLES:
            run(table)
        if version == format_1.FORMAT:
            self._upgrade()

    def _upgrade(self) -> None:
        """Convert the format of version 0.1.0 to the current one, in one transaction."""
        run = self._database.execute
        rows = run("SELECT resource, api, operation, facts FROM operations").fetchall()
        try:
            facts = [(encode(format_1.upgraded(row[3])), *row[:3]) for row in rows]
        except (ValueError, TypeError) as error:
            raise DamagedError(
                f"it contains data that the exporter did not write: {error}"
            ) from None
        with self._database:  # commits, or rolls back
            run("BEGIN IMMEDIATE")
            self._database.executemany(
                "UPDATE operations SET facts = ? WHERE resource = ? AND api = ? AND operation = ?",
                facts,
            )
            run(f"PRAGMA user_version = {FORMAT}")

    def read(self) -> Contents:
        """The whole content.

        Raises:
            DamagedError: a part of it has another shape.
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
            departed = {
                OperationKey(*key): decode_departed(facts)
                for *key, facts in self._database.execute(
                    "SELECT resource, api, operation, facts FROM departed"
                )
            }
            counters = [
                Counter(name, tuple((label, text) for label, text in json.loads(labels)), value)
                for name, labels, value in self._database.execute(
                    "SELECT name, labels, value FROM counters"
                )
            ]
            accounts = dict(self._database.execute("SELECT source, list FROM accounts"))
            days = self._database.execute("SELECT charges FROM today").fetchall()
            [today] = days[0] if days else [b""]
            if today:
                decode_day(today)  # raises ValueError
        except sqlite3.Error as error:
            raise _checkpoint_error(error) from None
        except (ValueError, TypeError) as error:
            raise DamagedError(
                f"it contains data that the exporter did not write: {error}"
            ) from None
        self._chunks = {key: tuple(packed) for key, packed in chunks.items()}
        self._accounts, self._today = accounts, today
        self._note_log()
        return Contents(operations, departed, counters, accounts, today)

    def write(self, changes: Contents) -> None:
        """Write changes, in one transaction.

        Raises:
            CheckpointError: they could not be written; the file is unchanged.
        """
        written: dict[OperationKey, tuple[bytes, ...]] = {}
        removed: list[OperationKey] = []
        try:
            with self._database:  # commits, or rolls back
                for key, saved in changes.operations.items():
                    written[key] = self._write_operation(key, saved)
                    if saved is None:
                        removed.append(key)
                for key, departed in changes.departed.items():
                    self._write_departed(key, departed)
                self._database.execute("DELETE FROM counters")
                self._database.executemany(
                    "INSERT INTO counters VALUES (?, ?, ?)",
                    [
                        (counter.name, json.dumps(counter.labels), counter.value)
                        for counter in changes.counters
                    ],
                )
                if changes.accounts != self._accounts:
                    self._database.execute("DELETE FROM accounts")
                    insert = "INSERT INTO accounts VALUES (?, ?)"
                    self._database.executemany(insert, changes.accounts.items())
                if changes.today != self._today:
                    self._database.execute("DELETE FROM today")
                    self._database.execute("INSERT INTO today VALUES (?)", (changes.today,))
        except sqlite3.Error as error:
            raise CheckpointError(str(error)) from None
        self._accounts, self._today = changes.accounts, changes.today
        self._chunks |= written
        for key in removed:
            del self._chunks[key]
        self._note_log()

    def _write_operation(self, key: OperationKey, saved: Saved | None) -> tuple[bytes, ...]:
        """Write one operation and the changed chunks of its documents; returns all its chunks."""
        run = self._database.execute
        earlier = self._chunks.get(key, ())
        chunks = tuple(saved.chunks) if saved else ()
        for number, chunk in enumerate(chunks):
            if earlier[number : number + 1] != (chunk,):
                run(
                    "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?)", (*key, number, chunk)
                )
        if len(chunks) < len(earlier):
            run(_DELETE_CHUNKS, (*key, len(chunks)))
        if saved:
            facts = encode(saved.facts)
            run("INSERT OR REPLACE INTO operations VALUES (?, ?, ?, ?)", (*key, facts))
        else:
            run(_DELETE_OPERATION, key)
        return chunks

    def _write_departed(self, key: OperationKey, departed: Departed | None) -> None:
        run = self._database.execute
        if departed:
            run("INSERT OR REPLACE INTO departed VALUES (?, ?, ?, ?)", (*key, encode(departed)))
        else:
            run(_DELETE_DEPARTED, key)

    def close(self) -> None:
        """Close the file; another exporter may open it."""
        with contextlib.closing(self._database):
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _checkpoint_error(error: sqlite3.Error) -> CheckpointError:
    if not isinstance(error, sqlite3.OperationalError):
        return DamagedError(f"it is damaged: {error}")
    if "locked" in str(error):
        return CheckpointError("another exporter uses it", held=True)
    return CheckpointError(str(error))
