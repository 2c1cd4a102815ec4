"""Publishes what is in a folder: `python -m tools.release.publish PART FOLDER`.

Each part needs one permission, so that a job has no other.
"""

import gzip
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from exporter import __version__
from tools.release.commands import BIN, NAME, output
from tools.release.settings import settings_from


class Registry(NamedTuple):
    """Where images and charts are pushed to, and as whom."""

    place: str
    """REGISTRY, such as `ghcr.io/contoso`."""
    user: str
    """REGISTRY_USER; empty: no login."""
    token: str
    """REGISTRY_TOKEN."""

    @property
    def host(self) -> str:
        return self.place.partition("/")[0]

    @property
    def without_tls(self) -> bool:
        """On this machine, as Docker has it."""
        return self.host.partition(":")[0] in {"localhost", "127.0.0.1"}


def registry_from(environment: Mapping[str, str]) -> Registry:
    """The registry that the environment names.

    Raises:
        SystemExit: It names none.
    """
    place = settings_from(environment).registry
    if not place:
        sys.exit("REGISTRY is not set; it would be something like REGISTRY=ghcr.io/contoso")
    values = (environment.get(name, "") for name in ("REGISTRY_USER", "REGISTRY_TOKEN"))
    return Registry(place, *values)


def packages(folder: Path) -> None:
    """Wheel and sdist, to PyPI; in GitHub's workflows twine asks for a token of its own."""
    files = _files(folder, "azure_ai_exporter-*")
    _run(BIN / "twine", "upload", "--non-interactive", *files)


def image(folder: Path) -> None:
    """One name for the images of all architectures, in the registry."""
    registry = registry_from(os.environ)
    name = f"{registry.place}/{NAME}:{__version__}"
    tls = f"--tls-verify={str(not registry.without_tls).lower()}"
    if registry.user:
        login = ("login", "--username", registry.user, "--password-stdin", tls, registry.host)
        _run("buildah", *login, given=registry.token)
    archives = _files(folder, f"{NAME}-{__version__}-image-*.tar.gz")
    _run("buildah", "manifest", "create", name)
    for archive in archives:
        _run("buildah", "manifest", "add", name, _loaded(archive))
    _run("buildah", "manifest", "push", "--all", tls, name, f"docker://{name}")


def _loaded(archive: Path) -> str:
    """The id of an image, after it was loaded from its archive, which buildah reads unpacked."""
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        plain = Path(folder) / archive.stem
        with gzip.open(archive) as packed, plain.open("wb") as unpacked:
            shutil.copyfileobj(packed, unpacked)
        return output("buildah", "pull", "--quiet", f"docker-archive:{plain}")


def chart(folder: Path) -> None:
    """The chart, below `charts` in the registry."""
    import helm_python  # noqa: PLC0415  the other parts do without

    registry = registry_from(os.environ)
    plain = registry.without_tls
    with helm_python.RegistryClient(plain_http=plain) as client:
        if registry.user:
            client.login(registry.host, username=registry.user, password=registry.token)
        package = folder / f"{NAME}-{__version__}.tgz"
        place = f"oci://{registry.place}/charts"
        print(helm_python.push(package, place, client=client, plain_http=plain))


def notes(folder: Path) -> None:
    """A release of the repository, with every file."""
    text = folder / "release-notes.md"
    files = sorted(path for path in folder.iterdir() if path != text)
    about = ("--repo", settings_from().url, "--title", __version__, "--notes-file", text)
    _run("gh", "release", "create", f"v{__version__}", "--verify-tag", *about, *files)


def _files(folder: Path, pattern: str) -> list[Path]:
    found = sorted(folder.glob(pattern))
    return found or sys.exit(f"{folder} has no {pattern}; `make release` puts it there")


def _run(*command: str | Path, given: str | None = None) -> None:
    print(*command, flush=True)
    if subprocess.run(command, input=given, encoding="utf-8", check=False).returncode:
        sys.exit(f"failed: {command[0]}")


PARTS: Mapping[str, Callable[[Path], None]] = {
    "packages": packages,
    "image": image,
    "chart": chart,
    "notes": notes,
}


if __name__ == "__main__":
    PARTS[sys.argv[1]](Path(sys.argv[2]))
