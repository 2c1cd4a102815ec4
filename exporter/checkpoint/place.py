"""The place of the checkpoint: whose file stands there, and whether it is still the same."""

import contextlib
import sqlite3
from collections.abc import Collection
from pathlib import Path

from exporter.files.stamps import stamp

_SQLITE = b"SQLite format 3\0"  # https://sqlite.org/fileformat.html
TABLES_QUERY = "SELECT name FROM sqlite_master WHERE type = 'table'"
_TABLE_NAMES = {"operations", "documents", "counters"}
Place = tuple[int, int]  # device and inode


class CheckpointError(Exception):
    """The file cannot be used now; the text is the reason.

    Args:
        held: another process has it.
    """

    def __init__(self, text: str, *, held: bool = False) -> None:
        super().__init__(text)
        self.held = held


class DamagedError(CheckpointError):
    """The file is not a checkpoint that this version can read."""


class ForeignError(CheckpointError):
    """The file belongs to somebody else, and is left alone."""

    def __init__(self) -> None:
        super().__init__(
            "it is not a checkpoint, and is not changed; name another file in state_file"
        )


def has_content(path: Path) -> bool:
    """Whether there is a file with content, which then is a checkpoint by its first bytes.

    Raises:
        ForeignError: it is something else.
        CheckpointError: it cannot be read.
    """
    found = stamp(path)
    if found is None:
        return False
    if not found.regular:
        raise ForeignError
    try:
        with path.open("rb") as file:
            head = file.read(len(_SQLITE))
    except OSError as error:
        raise CheckpointError(f"it cannot be read: {error.strerror}") from None
    if not _SQLITE.startswith(head):
        raise ForeignError
    return bool(head)


def check_tables(names: Collection[str]) -> None:
    """Check that a database with these tables is a checkpoint, or an empty one.

    Raises:
        ForeignError: it is another program's.
    """
    if names and not set(names) >= _TABLE_NAMES:
        raise ForeignError


def check_owner(path: Path) -> None:
    """Check that nobody else's file would be in the way of a checkpoint; changes nothing.

    Raises:
        ForeignError: there is one.
        CheckpointError: it cannot be read.
    """
    if not has_content(path):
        return
    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", timeout=0, uri=True)
        ) as ours:
            names = [row[0] for row in ours.execute(TABLES_QUERY)]
    except sqlite3.Error:
        return  # damaged, or in use: what it is shows when it is opened to be written
    check_tables(names)


def _beside(path: Path, suffix: str) -> Path:
    """The path of an additional file of SQLite."""
    return path.with_name(path.name + suffix)


def set_aside(path: Path, mark: str) -> Path:
    """Rename a damaged file, so that it can be examined; returns the new name.

    Raises:
        CheckpointError: it cannot be renamed.
    """
    aside = path.with_name(f"{path.name}.{mark}")
    try:
        path.rename(aside)
        for suffix in ("-wal", "-shm"):  # SQLite's additional files
            with contextlib.suppress(FileNotFoundError):
                _beside(path, suffix).rename(_beside(aside, suffix))
    except OSError as error:
        raise CheckpointError(f"it cannot be renamed: {error.strerror}") from None
    return aside


def places(path: Path) -> tuple[Place | None, Place | None]:
    """Where the file lies, and the log that SQLite keeps beside it."""
    return _place(path), _place(_beside(path, "-wal"))


def _place(path: Path) -> Place | None:
    found = stamp(path)
    return (found.device, found.inode) if found else None
