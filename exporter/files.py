"""Files that are watched: what changes when one of them does."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple


class Stamp(NamedTuple):
    """Of a file as it is now; times are nanoseconds.

    Attributes:
        changed: of its content, owner or mode.
        size: bytes.
        regular: whether it is a file with content, and no folder, pipe or device.
    """

    inode: int
    modified: int
    changed: int
    size: int
    regular: bool


def stamp(path: Path) -> Stamp | None:
    """The stamp of what is there by this name; None: nothing that can be looked at."""
    try:
        seen = os.stat(path)  # noqa: PTH116  cheaper, on the way of every request
    except (OSError, ValueError):
        return None
    regular = S_ISREG(seen.st_mode)
    return Stamp(seen.st_ino, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size, regular)


def stamps(paths: Iterable[Path]) -> Mapping[Path, Stamp | None]:
    """Those of several files."""
    return {path: stamp(path) for path in paths}
