"""The packages in the image as CycloneDX: Python's by `cyclonedx-py`, Debian's beside them."""

import json
import sys
import tempfile
import venv
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path
from urllib.parse import quote

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from exporter import __version__
from tools.release.commands import BIN, NAME, output

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
_VERSION = SchemaVersion.V1_6


def sbom(root: Path) -> str:
    """The bill of materials of the image's files at `root`, as JSON that its schema accepts."""
    bom = _python_packages(root)
    components = bom.setdefault("components", [])
    assert isinstance(components, list)
    components += debian_packages((root / "var/lib/dpkg/status").read_text(encoding="utf-8"))
    metadata = bom.setdefault("metadata", {})
    assert isinstance(metadata, dict)
    metadata["component"] = {
        "bom-ref": "image",
        "type": "container",
        "name": NAME,
        "version": __version__,
    }
    text = json.dumps(bom, indent=2, sort_keys=True) + "\n"
    if problem := JsonStrictValidator(_VERSION).validate_str(text):
        sys.exit(f"the SBOM is not valid CycloneDX: {problem}")
    return text


def component_names(text: str) -> set[tuple[str, str]]:
    """Name and version of all components of a bill of materials."""
    return {(each["name"], each["version"]) for each in json.loads(text)["components"]}


def debian_packages(status: str) -> Iterator[Json]:
    """The installed packages of dpkg's status file."""
    for paragraph in status.split("\n\n"):
        package = HeaderParser().parsestr(paragraph.strip("\n"))
        if package["Status"] != "install ok installed":
            continue
        name, version, arch = package["Package"], package["Version"], package["Architecture"]
        purl = f"pkg:deb/debian/{quote(name)}@{quote(version, safe='')}?arch={arch}"
        yield {
            "bom-ref": purl,
            "type": "library",
            "name": name,
            "version": version,
            "description": package["Description"].splitlines()[0],
            "purl": purl,
        }


def _python_packages(root: Path) -> dict[str, Json]:
    (packages,) = (root / f"opt/{NAME}/lib").glob("python3*/site-packages")
    with tempfile.TemporaryDirectory() as folder:
        # An empty environment that finds the image's packages: its own Python cannot run here.
        venv.create(folder)
        (own,) = Path(folder).glob("lib/python3*/site-packages")
        (own / "image.pth").write_text(f"{packages}\n", encoding="utf-8")
        made = output(
            *(BIN / "cyclonedx-py", "environment", folder),
            *("--output-reproducible", "--spec-version", _VERSION.to_version(), "--of", "JSON"),
        )
    bom: dict[str, Json] = json.loads(made)
    return bom
