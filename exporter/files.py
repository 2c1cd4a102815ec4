"""Stamps of watched files, which change when the files change."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple


class Stamp(NamedTuple):
    """The stamp of a file; times are nanoseconds.

    Attributes:
        changed: time of the last change of its content, owner or mode.
        size: bytes.
        regular: whether it is a regular file, not a folder, pipe or device.
    """

    inode: int
    modified: int
    changed: int
    size: int
    regular: bool


def stamp(path: Path) -> Stamp | None:
    """The stamp of the file at this path; None: there is none that can be read."""
    try:
        status = os.stat(path)  # noqa: PTH116  cheaper, and called for every request
    except (OSError, ValueError):
        return None
    regular = S_ISREG(status.st_mode)
    return Stamp(status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size, regular)


def stamps(paths: Iterable[Path]) -> Mapping[Path, Stamp | None]:
    """The stamps of several files."""
    return {path: stamp(path) for path in paths}
