"""Builds and checks the image and its SBOM, and writes both into a folder."""

import gzip
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from exporter import __version__
from tools.release.base_image import build_base
from tools.release.commands import NAME, expect, missing_packages
from tools.release.container import Image
from tools.release.demo import scraped
from tools.release.image import ARCHITECTURE, Build, Store
from tools.release.listing import differences, listing
from tools.release.sbom import component_names, sbom
from tools.release.settings import Settings, settings_from

USERS = ("65532:65532", "12345:54321", "1000650000:0")
"""The image's own, any other, and one as OpenShift chooses them."""
_PYTHON = f"/opt/{NAME}/bin/python3"
_LISTS_PYTHON = (
    "from importlib.metadata import distributions as d\n"
    "for each in d(path=[p for p in __import__('sys').path if '/opt/' in p]):\n"
    "    print(each.metadata['Name'], each.version)"
)


def built(folder: Path, settings: Settings) -> Store:
    """A store with the image, made from nothing, with a base of its own."""
    base = Store(folder / "base")
    base.folder.mkdir(parents=True)
    build_base(base.storage, base.folder / "run", settings.epoch)
    store = Store(folder / "image", base.storage)
    store.folder.mkdir()
    store.build(Build(settings.epoch, settings.revision, settings.url))
    return store


def check_runs(image: Image) -> None:
    """It serves metrics as each of these users, upon a root that nobody can write to."""
    for user in USERS:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{unused.getsockname()[1]}"
        with image.running("demo", f"--web.listen-address={address}", user=user) as process:
            metrics = scraped(address, process)
        expect("azure_ai_operation_state{" in metrics, f"as user {user} it shows nothing")


def installed(image: Image) -> Iterator[tuple[str, str]]:
    """Name and version of all that the image's own dpkg and Python list."""
    lists = (
        ("dpkg-query", "--show", "--showformat", "${Package} ${Version}\\n"),
        (_PYTHON, "-c", _LISTS_PYTHON),
    )
    for command in lists:
        asked = Image(image.root, {**image.config, "Entrypoint": list(command)})
        code, out, err = asked.run()
        expect(code == 0, f"{command[0]} in the image: {err}")
        for line in out.splitlines():
            name, version = line.split(" ")
            yield name, version


def release(folder: Path, settings: Settings) -> None:
    """Write the image's archive and its SBOM into a folder.

    Raises:
        SystemExit: Something is wrong with the image.
    """
    name = f"{NAME}-{__version__}-image-{ARCHITECTURE}"
    with tempfile.TemporaryDirectory(dir="/var/tmp") as temporary:
        with ThreadPoolExecutor() as threads:
            folders = [Path(temporary, name) for name in ("one", "other")]
            one, other = threads.map(lambda each: built(each, settings), folders)
        with one.mounted() as image, other.mounted() as again:
            files = listing(image.root)
            differ = differences(files, listing(again.root))
            expect(not differ, f"built twice, the image differs in {len(differ)}: {differ[:20]}")
            print(f"built twice: {len(files)} files and folders are the same")
            bom = sbom(image.root)
            packages = set(installed(image))
            unnamed = packages - component_names(bom)
            expect(not unnamed, f"the SBOM does not name {sorted(unnamed)}")
            print(f"the SBOM names each of the image's {len(packages)} packages")
            check_runs(image)
            print(f"runs with a read-only root as {', '.join(USERS)}")
        (folder / f"{name}.cdx.json").write_text(bom, encoding="utf-8")
        plain = Path(temporary, "image.tar")
        one.save(plain)
        with (
            plain.open("rb") as source,
            (folder / f"{name}.tar.gz").open("wb") as target,
            gzip.GzipFile("", "wb", 6, target, settings.epoch) as packed,
        ):
            shutil.copyfileobj(source, packed)
        one.remove()
        other.remove()


if __name__ == "__main__":
    if missing := missing_packages():
        sys.exit(f"the image needs Debian's packages: apt-get install {' '.join(missing)}")
    if os.geteuid():
        sys.exit("the image needs root, to build and mount it")
    release(Path(sys.argv[1]), settings_from())
