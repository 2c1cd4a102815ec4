"""The chart as a package: `python -m tools.release.chart FOLDER` writes it there."""

import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import helm_python

from exporter import __version__
from tools.release.archive import set_times
from tools.release.commands import NAME, ROOT
from tools.release.links import standalone
from tools.release.settings import Settings, settings_from

CHART = ROOT / "helm" / NAME


def published_values(text: str, registry: str) -> str:
    """`values.yaml` with the place of the image in this registry; as it is without one."""
    if not registry:
        return text
    return re.sub(rf"(?m)^(  repository: ){NAME}$", rf"\g<1>{registry}/{NAME}", text, count=1)


def published_metadata(text: str, url: str) -> str:
    """`Chart.yaml` with the address of the repository; as it is without one."""
    return f"{text}home: {url}\nsources: [{url}]\n" if url else text


def package(folder: Path, settings: Settings) -> Path:
    """Package the chart into a folder; the same bytes each time."""
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / NAME
        shutil.copytree(CHART, copy)
        changed: dict[str, Callable[[str], str]] = {
            "values.yaml": lambda text: published_values(text, settings.registry),
            "Chart.yaml": lambda text: published_metadata(text, settings.url),
            "README.md": lambda text: standalone(
                text, f"helm/{NAME}/README.md", settings.url, __version__
            ),
        }
        for name, change in changed.items():
            file = copy / name
            file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")
        archive = Path(helm_python.package(copy, destination=folder))
    set_times(archive, settings.epoch)
    return archive


if __name__ == "__main__":
    print(package(Path(sys.argv[1]), settings_from()))
