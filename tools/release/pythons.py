"""The Pythons of this machine that the package supports."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

OLDEST = (3, 11)
_TELLS = "import sys; print(sys.prefix == sys.base_prefix, *sys.version_info[:3], sys.base_prefix)"


def pythons(environment: Mapping[str, str] = os.environ) -> Mapping[str, Path]:
    """Each interpreter from 3.11, by its version and place.

    PYTHONS, a list with spaces, replaces what is found on PATH and among pyenv's versions.
    """
    found: dict[str, Path] = {}
    for path in _candidates(environment):
        said = subprocess.run(
            [path, "-c", _TELLS], capture_output=True, encoding="utf-8", check=False
        )
        if said.returncode:  # a shim of pyenv's for a version that is not chosen
            continue
        alone, major, minor, micro, prefix = said.stdout.strip().split(" ", 4)
        if alone == "True" and (int(major), int(minor)) >= OLDEST:
            found.setdefault(f"{major}.{minor}.{micro} in {prefix}", path)
    return found


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    named = environment.get("PYTHONS")
    if named:
        yield from map(Path, named.split())
        return
    folders = [Path(each) for each in environment.get("PATH", "").split(os.pathsep) if each]
    home = environment.get("PYENV_ROOT") or Path(environment.get("HOME", "/"), ".pyenv")
    folders += sorted(Path(home, "versions").glob("*/bin"))
    newest = sys.version_info[1] + 20
    names = ["python3", *(f"python3.{minor}" for minor in range(OLDEST[1], newest))]
    for folder in folders:
        yield from (folder / name for name in names if os.access(folder / name, os.X_OK))
