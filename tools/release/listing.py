"""What a folder of an image holds, so that two builds can be compared."""

import os
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from stat import S_ISDIR, S_ISLNK, S_ISREG


def listing(root: Path) -> Mapping[str, str]:
    """Each path below `root`, with its mode, owner, time and content."""
    return dict(_entries(root))


def _entries(root: Path) -> Iterator[tuple[str, str]]:
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = Path(folder, name)
            status = path.lstat()
            content = ""
            if S_ISLNK(status.st_mode):
                content = str(path.readlink())
            elif S_ISREG(status.st_mode):
                content = sha256(path.read_bytes()).hexdigest()
            time = "" if S_ISDIR(status.st_mode) else f" {int(status.st_mtime)}"
            owner = f"{status.st_uid}:{status.st_gid}"
            yield str(path.relative_to(root)), f"{status.st_mode:o} {owner}{time} {content}"


def differences(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """The paths that are in one listing alone, or differ; sorted."""
    return sorted(path for path in {*one, *other} if one.get(path) != other.get(path))
