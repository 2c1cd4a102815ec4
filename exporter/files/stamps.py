"""Stamps of watched files, which change when the files change."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple

from exporter.files import threads


class Stamp(NamedTuple):
    """The stamp of a file; times are nanoseconds.

    Attributes:
        changed: time of the last change of its content, owner or mode.
        size: bytes.
        regular: whether it is a regular file, not a folder, pipe or device.
    """

    device: int
    inode: int
    modified: int
    changed: int
    size: int
    regular: bool


def stamp(path: Path) -> Stamp | None:
    """The stamp of the file at this path; None: there is none that can be read.

    It blocks while the path hangs: use it within `exporter.files.threads`.
    """
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return Stamp(
        status.st_dev,
        status.st_ino,
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_size,
        S_ISREG(status.st_mode),
    )


def stamps(paths: Iterable[Path]) -> Mapping[Path, Stamp | None]:
    """The stamps of several files; None for those that hang as well. Not for the event loop."""
    with threads.shared():
        return {path: _stamp_in_time(path) for path in paths}


async def current_stamps(paths: Iterable[Path]) -> Mapping[Path, Stamp | None]:
    """The same for the event loop."""
    paths = tuple(paths)
    return await threads.run(lambda: stamps(paths)) if paths else {}


def _stamp_in_time(path: Path) -> Stamp | None:
    try:
        return threads.call(str(path), lambda: stamp(path))
    except threads.HangingError:
        return None
