"""A mount that is away: whoever opens or looks at a file on it waits until it is back."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

_LONGEST = 60.0  # seconds, so that no test hangs for good


@contextmanager
def hanging(folder: Path) -> Iterator[Event]:
    """While this runs, files in the folder hang in open and stat until the event is set."""
    back = Event()
    open_file, stat = os.open, Path.stat

    def wait(path: object) -> None:
        if isinstance(path, Path) and folder in path.parents:
            back.wait(_LONGEST)

    def hanging_open(path: Path, flags: int, mode: int = 0o777) -> int:
        wait(path)
        return open_file(path, flags, mode)

    def hanging_stat(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        wait(path)
        return stat(path, follow_symlinks=follow_symlinks)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "open", hanging_open)
        patch.setattr(Path, "stat", hanging_stat)
        try:
            yield back
        finally:
            back.set()
