"""The real command under faults of its machine and of its clients; and it ends when it is told."""

import resource
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from http.client import HTTPException
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
import yaml

from tests.commands.test_cli import ANYWHERE, Running, soon

pytestmark = pytest.mark.e2e

Start = Callable[..., Running]


def configuration(azure: socket.socket, operations: int = 3) -> str:
    """A resource that is polled each second, and files of more operations."""
    jobs = [f"job-{number}" for number in range(operations)]
    one = {
        "name": "one",
        "endpoint": f"http://127.0.0.1:{azure.getsockname()[1]}",
        "auth": {"key": "0" * 32},
        "avatar": {"requests_per_minute": 6000, "operations": jobs},
    }
    poll = {"interval": "1s", "timeout": "60s"}
    return yaml.safe_dump({"poll": poll, "operation_files": ["jobs/*.yaml"], "resources": [one]})


def registered(folder: Path, *jobs: str) -> None:
    """Operation files, one for each."""
    (folder / "jobs").mkdir()
    for job in jobs:
        entry = {"resource": "one", "api": "avatar", "operation": job}
        (folder / "jobs" / f"{job}.yaml").write_text(yaml.safe_dump([entry]))


@pytest.fixture
def azure() -> Iterator[socket.socket]:
    """Takes connections, and never answers: every poll is in its middle."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(1024)
        yield silent


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Running] = []

    def start(*words: str) -> Running:
        started.append(Running(tmp_path, "run", ANYWHERE, *words))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()


def descriptors(running: Running) -> int:
    return len(list(Path(f"/proc/{running.process.pid}/fd").iterdir()))


def connected(running: Running, clients: ExitStack) -> socket.socket:
    """A client that takes as little as the system allows."""
    client = clients.enter_context(socket.socket())
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    host, _, port = running.address.rpartition(":")
    client.connect((host, int(port)))
    return client


def in_a_poll(_running: Running, _clients: ExitStack) -> None:
    """Azure was asked, and has not answered."""


def in_a_scrape(running: Running, clients: ExitStack) -> None:
    """A scraper does not take what it has asked for."""
    connected(running, clients).sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")


def in_a_reload(running: Running, clients: ExitStack) -> None:
    """Hundreds of files are being read."""
    running.process.send_signal(signal.SIGHUP)
    ask = Request(f"http://{running.address}/-/reload", method="POST")
    asking = threading.Thread(target=asked, args=(ask,))
    asking.start()
    clients.callback(asking.join)


def asked(request: Request) -> None:
    """It may end before it has answered."""
    with suppress(OSError, HTTPException), urlopen(request) as answer:  # noqa: S310
        answer.read()


# What is scraped is more than the buffers of a connection hold.
@pytest.mark.parametrize(
    ("moment", "operations"), [(in_a_poll, 200), (in_a_scrape, 2000), (in_a_reload, 200)]
)
def test_it_ends_in_the_middle(
    tmp_path: Path,
    azure: socket.socket,
    start: Start,
    moment: Callable[[Running, ExitStack], None],
    operations: int,
) -> None:
    """SIGTERM ends it within 5 seconds with exit 0, and no complaint stands in its log."""
    files = 300 if moment is in_a_reload else 3
    registered(tmp_path, *(f"file-{number}" for number in range(files)))
    (tmp_path / "config.yaml").write_text(configuration(azure, operations))
    running = start("--web.enable-lifecycle")
    azure.settimeout(60)  # it reads hundreds of files first
    with azure.accept()[0], ExitStack() as clients:
        _ = running.address
        moment(running, clients)
        time.sleep(0.1)
        assert running.end() == 0
    assert not [line for line in running.lines if "level=error" in line or "Traceback" in line]


def test_without_descriptors(tmp_path: Path, azure: socket.socket, start: Start) -> None:
    """Whoever is connected is served, nothing leaves, the log is short; then all is as before."""
    registered(tmp_path, "from-a-file")
    (tmp_path / "config.yaml").write_text(configuration(azure))
    running = start()
    assert "from-a-file" in running.get("/metrics")
    with ExitStack() as clients:
        before = connected(running, clients)
        pid, used = running.process.pid, descriptors(running)
        soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 1, hard))
        for _ in range(20):
            connected(running, clients)
        time.sleep(3)  # one look at the files, and some polls
        before.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        with before.makefile("rb") as answer:
            said = answer.read().decode()
        assert said.startswith("HTTP/1.1 200 OK")
        assert 'azure_ai_operation_info{resource="one",api="avatar",operation="from-a-file"' in said
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
    metrics = soon(lambda: reached(running))
    assert "from-a-file" in metrics
    assert "config_last_reload_successful 1.0" in metrics
    assert running.end() == 0
    refused = [line for line in running.lines if "socket.accept() out of system resource" in line]
    assert 0 < len(refused) < 550, "asyncio says so a hundred times a second"


def reached(running: Running) -> str | None:
    """The metrics, if it answers."""
    try:
        return running.get("/metrics")
    except OSError:
        return None


def test_500_scrapers_that_read_nothing(tmp_path: Path, azure: socket.socket, start: Start) -> None:
    """Each has asked and takes nothing: who takes what it asked for is served beside them.

    That is within the 5 seconds that `get` waits; those who take nothing have 30.
    """
    (tmp_path / "config.yaml").write_text(configuration(azure, 2000))
    running = start()
    before = len(running.get("/metrics"))
    assert before > 200_000, "more than the buffers of a connection hold"
    with ExitStack() as clients:
        for _ in range(500):
            client = connected(running, clients)
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        soon(lambda: reached(running))  # it has come to the last of them
        time.sleep(1.5)  # who has taken nothing for a second makes room
        for _ in range(3):
            assert len(running.get("/metrics")) >= before
        open_ = descriptors(running)
        assert open_ < 600
    assert soon(lambda: "closed" if descriptors(running) < open_ - 400 else None)
    assert running.end() == 0
    assert len(running.lines) < 10
