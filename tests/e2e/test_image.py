"""The image as it is shipped: built without a registry, run as a cluster's strictest rules ask."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict
from urllib.request import urlopen

import pytest

from exporter import __version__
from tests.docs import ROOT
from tests.e2e.programs import free_port

MISSING = [part for part in ("buildah", "debootstrap") if shutil.which(part) is None]

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(bool(MISSING), reason=f"needs Debian's packages {' and '.join(MISSING)}"),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to build and mount an image"),
]

CACHE = Path(os.environ.get("EXPORTER_TESTS_CACHE") or Path(sys.prefix) / "tests-cache")
"""A folder that keeps the base image from one run to the next: in `.venv`, or elsewhere."""

PACKAGES = "python3,python3-venv,ca-certificates"
BASE = "localhost/python-base"
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"

# A root that nobody can write to, a process table of its own in which the command is the first
# process, and a user without a name, a group or a capability.
CONTAINED = """\
set -e
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
root=$1
shift
exec chroot --userspec=65532:65532 --groups= "$root" env --chdir "$@"
"""


def done(*command: str | Path) -> str:
    """What a command prints, which must succeed."""
    ended = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, cwd=ROOT)
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
    return ended.stdout.strip()


class Config(TypedDict):
    """What an image says of itself, as far as it is looked at here."""

    User: str
    Env: list[str]
    Entrypoint: list[str]
    Cmd: list[str]
    WorkingDir: str
    Labels: dict[str, str]
    ExposedPorts: dict[str, object]
    Healthcheck: dict[str, object]


@dataclass
class Image:
    """An image that was built, and its files."""

    root: Path
    config: Config

    def popen(self, *words: str) -> subprocess.Popen[str]:
        """A container of it, without its engine; the network is this machine's."""
        unshared = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--")
        command = (self.config["WorkingDir"], *self.config["Entrypoint"], *words)
        return subprocess.Popen(
            [*unshared, "sh", "-c", CONTAINED, "sh", str(self.root), *command],
            env=dict(each.split("=", 1) for each in self.config["Env"]),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def run(self, *words: str) -> tuple[int, str, str]:
        """Exit code and what was printed on both streams."""
        with self.popen(*words) as process:
            out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    @contextmanager
    def running(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """A container that does not outlive the test."""
        with self.popen(*words) as process:
            try:
                yield process
            finally:
                process.kill()  # its child goes with it


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """The Dockerfile, built upon Debian's own Python."""
    folder = tmp_path_factory.mktemp("image")
    other_store = f"overlay.imagestore={_base(CACHE)}"
    store = ("--root", folder / "storage", "--runroot", folder / "run")
    buildah = ("buildah", *store, "--storage-opt", other_store)
    options = ("--isolation=chroot", "--network=host", "--format=docker", "--quiet")
    # Who is trusted with packages here is trusted in the build, too.
    trusted = f"--volume={AUTHORITIES}:{AUTHORITIES}:ro"
    from_base = f"--build-arg=PYTHON_IMAGE={BASE}"
    done(*buildah, "bud", *options, trusted, from_base, "--tag=localhost/exporter", ".")
    inspected = json.loads(done(*buildah, "inspect", "--type=image", "localhost/exporter"))
    container = done(*buildah, "from", "localhost/exporter")
    root = Path(done(*buildah, "mount", container))
    yield Image(root, inspected["Docker"]["config"])
    done(*buildah, "rm", "--all")
    done(*buildah, "rmi", "--all", "--force")
    shutil.rmtree(folder)


def _base(folder: Path) -> Path:
    """A store with Debian and Python, and nothing else; made once in a folder, by one process."""
    store, run, complete = (folder / name for name in ("storage", "run", "complete"))
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            buildah = ("buildah", "--root", store, "--runroot", run)
            done(*buildah, "rm", "--all")  # of one that was interrupted
            empty = done(*buildah, "from", "scratch")
            root = done(*buildah, "mount", empty)
            done("debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", root)
            done(*buildah, "config", "--env", f"PIP_CERT={AUTHORITIES}", empty)
            done(*buildah, "commit", "--quiet", empty, BASE)
            done(*buildah, "rm", empty)
            complete.touch()
    return store


def first_process(outside: subprocess.Popen[str]) -> int:
    """The container's own process, as this machine counts them."""
    pid = outside.pid
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    return int(child)


def get(address: str, path: str) -> str:
    """A page; what is not there yet is an OSError."""
    with urlopen(f"http://{address}{path}", timeout=5) as answer:
        body: bytes = answer.read()
    return body.decode()


def ready(address: str, process: subprocess.Popen[str]) -> bool:
    """Whether the exporter, soon, has asked for every operation once."""
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            return get(address, "/-/ready") == "ready\n"
        except OSError:
            time.sleep(0.1)
    return False


def test_it_serves_and_stops(image: Image) -> None:
    """Nobody's user, a root without a place to write: metrics, healthy, and SIGTERM ends it."""
    address = f"127.0.0.1:{free_port()}"
    with image.running("demo", f"--web.listen-address={address}") as process:
        assert ready(address, process)
        assert "azure_ai_operation_state{" in get(address, "/metrics")
        status = Path(f"/proc/{first_process(process)}/status").read_text(encoding="utf-8")
        facts = dict(line.split(":\t", 1) for line in status.splitlines())
        assert {*facts["Uid"].split(), *facts["Gid"].split()} == {"65532"}
        assert facts["Groups"].split() == []
        assert int(facts["CapEff"], 16) == 0
        assert facts["NSpid"].split()[-1] == "1"
        assert image.run("healthy", f"--url=http://{address}") == (0, "", "")
        begun = time.monotonic()
        os.kill(first_process(process), signal.SIGTERM)
        said = process.communicate(timeout=5)[1]
        assert time.monotonic() - begun < 5
    assert process.returncode == 0, said
    assert "Traceback" not in said
    code, _, err = image.run("healthy", f"--url=http://{address}")
    assert (code, "refused" in err) == (1, True)


def test_nothing_can_be_written(image: Image) -> None:
    """The root of these tests is as read-only as it says."""
    writing = Image(image.root, {**image.config, "Entrypoint": ["touch"]})
    code, _, err = writing.run("/tmp/file")  # noqa: S108  that it cannot be made is the point
    assert (code, "Read-only file system" in err) == (1, True)


def test_what_the_image_says_of_itself(image: Image) -> None:
    """Exec forms only, a user that is a number, a health check of its own, OCI's labels."""
    config = image.config
    assert config["User"] == "65532:65532"
    assert list(config["ExposedPorts"]) == ["10058/tcp"]
    assert config["Labels"]["org.opencontainers.image.version"] == __version__
    assert config["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert config["Entrypoint"] == ["azure-ai-exporter"]
    assert config["Cmd"] == ["run"]
    assert config["Healthcheck"]["Test"] == ["CMD", "azure-ai-exporter", "healthy"]


def test_only_what_is_needed_is_there(image: Image) -> None:
    """The version of this clone, the extra for Entra ID, and no pip; every module compiled."""
    assert image.run("--version") == (0, f"azure-ai-exporter {__version__}\n", "")
    (packages,) = (image.root / "opt/azure-ai-exporter/lib").glob("python3*/site-packages")
    assert (packages / "azure/identity").is_dir()
    assert not (packages / "pip").exists()
    assert not (packages / "setuptools").exists()
    assert list((packages / "exporter/commands/__pycache__").glob("cli.*.pyc"))


def test_where_it_looks_for_its_configuration(image: Image) -> None:
    """What the image runs by default takes the file that is to be mounted, or two variables."""
    flags = image.config["Cmd"][1:]
    code, _, err = image.run("check", *flags)
    assert code == 1
    variables = ["AZURE_AI_ENDPOINT=https://contoso.openai.azure.com", "AZURE_AI_KEY=secret"]
    env = [*image.config["Env"], *variables]
    code, out, _ = Image(image.root, {**image.config, "Env": env}).run("check", *flags)
    assert (code, "environment: fine: resources: 1" in out) == (0, True)
    assert err.startswith("config.yaml: cannot be read: No such file")
    mounted = image.root / "etc" / "exporter" / "config.yaml"
    resource = "name: one, endpoint: 'https://contoso.example', auth: {key: secret}"
    text = f"resources: [{{{resource}, avatar: {{discover: true}}}}]\n"
    mounted.write_text(text, encoding="utf-8")
    assert image.run("check", *flags)[::2] == (0, "")
