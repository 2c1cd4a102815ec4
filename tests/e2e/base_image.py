"""The base of the image that is tested, made once for many runs of the tests.

python -m tests.e2e.base_image
"""

import fcntl
import os
import sys
from pathlib import Path

from tools.release.base_image import build_base
from tools.release.commands import missing_packages, output

CACHE = Path(os.environ.get("EXPORTER_TESTS_CACHE") or Path(sys.prefix) / "tests-cache")
"""A folder that keeps it from one run to the next: in `.venv`, or elsewhere."""


def needed() -> str:
    """What this machine needs to make it; empty if it has all."""
    if missing := missing_packages():
        return f"Debian's packages {' and '.join(missing)}"
    return "" if os.geteuid() == 0 else "root, to build and mount an image"


def base_image(folder: Path = CACHE) -> Path:
    """A store of buildah's with the base image; made once in a folder, by one process."""
    store, run, complete = (folder / name for name in ("storage", "run", "complete"))
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            interrupted = ("buildah", "--root", store, "--runroot", run, "rm", "--all")
            output(*interrupted)
            build_base(store, run, epoch=0)
            complete.touch()
    return store


if __name__ == "__main__" and not needed():
    base_image()
