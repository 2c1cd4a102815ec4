"""The image as it is shipped: built without a registry, run as a cluster's strictest rules ask."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter import __version__
from tests.e2e.base_image import BUILD, PACKAGES, base_image, needed
from tests.e2e.programs import free_port
from tools.release.container import Image
from tools.release.demo import scraped
from tools.release.image import Store

NEEDED = needed()

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(bool(NEEDED), reason=f"needs {NEEDED}")]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """The Dockerfile, built upon Debian's own Python; its packages are not installed again."""
    store = Store(tmp_path_factory.mktemp("image"), base_image())
    store.build(BUILD, f"--build-context=packages=container-image://{PACKAGES}")
    with store.mounted() as found:
        yield found
    store.remove()


def first_process(outside: subprocess.Popen[str]) -> int:
    """The container's own process, as this machine counts them."""
    pid = outside.pid
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    return int(child)


def test_it_serves_and_stops(image: Image) -> None:
    """Nobody's user, a root without a place to write: metrics, healthy, and SIGTERM ends it."""
    address = f"127.0.0.1:{free_port()}"
    with image.running("demo", f"--web.listen-address={address}") as process:
        assert "azure_ai_operation_state{" in scraped(address, process)
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
