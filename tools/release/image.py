"""The container image, built by buildah upon Debian's own Python."""

import json
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from exporter import __version__
from tools.release.base_image import AUTHORITIES, BASE
from tools.release.commands import NAME, output
from tools.release.container import Image

IMAGE = f"localhost/{NAME}"
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


@dataclass(frozen=True)
class Build:
    """What an image is made from, besides the checkout."""

    epoch: int
    """The time of every file in it, in seconds."""
    revision: str = "unknown"
    url: str = ""
    """The address of the repository, for its labels; empty for none."""

    def options(self) -> Iterator[str]:
        """The options for buildah."""
        yield from (f"--build-arg=PYTHON_IMAGE={BASE}", f"--build-arg=REVISION={self.revision}")
        yield from (f"--build-arg=SOURCE_DATE_EPOCH={self.epoch}", f"--timestamp={self.epoch}")
        if self.url:
            yield from (f"--label=org.opencontainers.image.{key}={self.url}" for key in _LINKS)


_LINKS = ("source", "url")


@dataclass(frozen=True)
class Store:
    """A folder in which buildah keeps images; `base` is the storage of their base image."""

    folder: Path
    base: Path | None = None

    @property
    def storage(self) -> Path:
        """Where the images are."""
        return self.folder / "storage"

    def buildah(self, *words: str | Path) -> str:
        """What buildah prints, which must succeed."""
        store = ("--root", self.storage, "--runroot", self.folder / "run")
        other = ("--storage-opt", f"overlay.imagestore={self.base}") if self.base else ()
        return output("buildah", *store, *other, *words)

    def build(self, build: Build, *more: str, tag: str = IMAGE) -> None:
        """Build the image of this checkout; `more` are further options for buildah."""
        # Only Docker's format has a place for the health check.
        how = ("--isolation=chroot", "--network=host", "--format=docker", "--quiet")
        # The build trusts the same certificate authorities as this machine.
        trusted = f"--volume={AUTHORITIES}:{AUTHORITIES}:ro"
        self.buildah("bud", *how, trusted, *build.options(), *more, f"--tag={tag}", ".")

    @contextmanager
    def mounted(self) -> Iterator[Image]:
        """The image's files and configuration."""
        inspected = json.loads(self.buildah("inspect", "--type=image", IMAGE))
        container = self.buildah("from", IMAGE)
        try:
            root = Path(self.buildah("mount", container))
            yield Image(root, inspected["Docker"]["config"])
        finally:
            self.buildah("rm", container)

    def save(self, archive: Path) -> None:
        """Write the image as an archive for `docker load`."""
        archive.unlink(missing_ok=True)
        self.buildah("push", "--quiet", IMAGE, f"docker-archive:{archive}:{IMAGE}:{__version__}")

    def remove(self) -> None:
        """Remove all that is in the store."""
        self.buildah("rm", "--all")
        self.buildah("rmi", "--all", "--force")
        shutil.rmtree(self.folder)
