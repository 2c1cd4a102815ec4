"""The base of the image that is tested, and its packages, made once for many runs of the tests.

python -m tests.e2e.base_image
"""

import fcntl
import os
import sys
from pathlib import Path

from tools.release.base_image import build_base
from tools.release.commands import missing_packages
from tools.release.image import Build, Store

CACHE = Path(os.environ.get("EXPORTER_TESTS_CACHE") or Path(sys.prefix) / "tests-cache")
"""A folder that keeps it from one run to the next: in `.venv`, or elsewhere."""
BUILD = Build(epoch=0)
PACKAGES = "localhost/packages"


def needed() -> str:
    """What this machine needs to make it; empty if it has all."""
    if missing := missing_packages():
        return f"Debian's packages {' and '.join(missing)}"
    return "" if os.geteuid() == 0 else "root, to build and mount an image"


def base_image(folder: Path = CACHE) -> Path:
    """The storage of the base image and of the Dockerfile's packages.

    Both are made once in a folder, by one process; the packages again when they change.
    """
    store, complete = Store(folder), folder / "complete"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            store.buildah("rm", "--all")  # that of an interrupted run
            build_base(store.storage, folder / "run", epoch=BUILD.epoch)
            complete.touch()
        store.build(BUILD, "--layers", "--target=packages", tag=PACKAGES)
    return store.storage


if __name__ == "__main__" and not needed():
    base_image()
