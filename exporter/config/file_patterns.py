"""Searches the files that match a pattern of a setting."""

import os
from collections.abc import Collection, Mapping
from glob import escape, glob, has_magic
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from exporter.files import threads
from exporter.files.stamps import Stamp, stamp
from exporter.settings.yaml_file import Problem
from exporter.text import nameable

SEARCH_SECONDS = 10.0  # for one pattern


class Found(NamedTuple):
    """What a search found.

    Attributes:
        stamps: of the regular files, by path, in order; None: the folder gave no answer.
        problem: why the pattern can find nothing now.
    """

    stamps: Mapping[str, Stamp] | None
    problem: Problem | None = None


def search(
    folder: Path, pattern: str, earlier: Collection[str], setting: str = "operation_files"
) -> Found:
    """The files that match now, or did `earlier`: a folder that cannot be listed hides them.

    An absolute pattern does not start at `folder`. `setting` is where it is written. It blocks,
    for a limited time.
    """
    searched, must_list = _start_of(folder, pattern)

    def work() -> tuple[Mapping[str, Stamp], str]:
        return _stamps(folder, pattern, earlier), _why_in_vain(searched, must_list=must_list)

    try:
        stamps, reason = threads.call(f"{folder}: {pattern}", work, SEARCH_SECONDS)
    except threads.HangingError as error:
        reason = f"cannot be searched: {error}"
        return Found(None, _problem(searched, pattern, setting, reason))
    return Found(stamps, _problem(searched, pattern, setting, reason) if reason else None)


def _start_of(folder: Path, pattern: str) -> tuple[Path, bool]:
    """The folder in which the search starts, and whether it must be listed for that."""
    parts = Path(pattern).parts
    fixed = tuple(takewhile(lambda part: not has_magic(part), parts[:-1]))
    return folder.joinpath(*fixed), len(fixed) < len(parts) - 1 or has_magic(parts[-1])


def _stamps(folder: Path, pattern: str, earlier: Collection[str]) -> Mapping[str, Stamp]:
    whole = os.path.join(escape(str(folder)), pattern)  # noqa: PTH118  pathlib knows no escapes
    matches = glob(whole, recursive=True)  # noqa: PTH207
    found = {path: stamp(Path(path)) for path in sorted({*matches, *earlier})}
    return {path: seen for path, seen in found.items() if seen and seen.regular}


def _why_in_vain(folder: Path, *, must_list: bool) -> str:
    try:
        if must_list:
            os.scandir(folder).close()
        elif not folder.is_dir():
            return "is not a folder" if folder.exists() else "is not there"
    except FileNotFoundError:
        return "is not there"
    except NotADirectoryError:
        return "is not a folder"
    except OSError as error:
        return f"cannot be listed: {error.strerror}"
    return ""


def _problem(folder: Path, pattern: str, setting: str, reason: str) -> Problem:
    text = f"{reason}; pattern {nameable(pattern)!r} of {setting} finds no new files"
    if pattern.startswith("~"):
        text += "; ~ is not expanded, write the whole path"
    return Problem(str(folder), 0, 0, "", text)
