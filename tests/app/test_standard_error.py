"""The real command when its log cannot be written, and when it is told to end while it starts."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

import pytest
import yaml

from tests.commands.test_cli import COMMAND, run_process, soon

pytestmark = pytest.mark.e2e

OPERATIONS = 100  # whose lines are more than a buffer of 8 KiB holds
LINES_DROPPED = "azure_ai_exporter_log_lines_dropped_total"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration whose every operation logs a line: nothing answers."""
    resource = {
        "name": "one",
        "endpoint": f"http://127.0.0.1:{free_port()}",
        "auth": {"key": "0" * 32},
        "avatar": {
            "requests_per_minute": 60_000,
            "operations": [f"job-{number}" for number in range(OPERATIONS)],
        },
    }
    poll = {"interval": "1s", "requests_per_second": 1000}
    text = yaml.safe_dump({"poll": poll, "resources": [resource]})
    (tmp_path / "config.yaml").write_text(text)
    return tmp_path


class Started:
    """A command whose log cannot say where it listens."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.port = port

    def metric(self, name: str) -> float | None:
        """The sum of all series of a metric; None before it answers."""
        with suppress(OSError), urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=3) as got:
            text = got.read().decode()
            return sum(map(float, re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.MULTILINE)))
        return None


@contextmanager
def started(folder: Path, stderr: int | None = subprocess.PIPE) -> Iterator[Started]:
    """The command with this standard error; None: it is closed. It does not outlive the context."""
    port = free_port()
    command = [*COMMAND, "run", f"--web.listen-address=127.0.0.1:{port}"]
    if stderr is None:
        command = ["sh", "-c", 'exec "$@" 2>&-', "sh", *command]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=stderr, stdin=subprocess.DEVNULL
    ) as process:
        try:
            yield Started(process, port)
        finally:
            process.kill()


@contextmanager
def standard_error(fault: str) -> Iterator[int | None]:
    """Standard error that fails in this way from the start."""
    reading, writing = os.pipe()
    full = os.open("/dev/full", os.O_WRONLY)
    if fault == "reader gone":
        os.close(reading)
    if fault == "not read":
        os.set_blocking(writing, False)
        with suppress(BlockingIOError):
            while True:
                os.write(writing, bytes(4096))
        os.set_blocking(writing, True)
    try:
        yield {"disk full": full, "closed": None}.get(fault, writing)
    finally:
        os.close(writing)
        os.close(full)
        if fault != "reader gone":
            os.close(reading)


FAULTS = ["not read", "reader gone", "disk full", "closed"]


@pytest.mark.parametrize("fault", FAULTS)
def test_the_log_cannot_be_written(folder: Path, fault: str) -> None:
    """It polls, serves and ends as ever; what is lost is counted."""
    with standard_error(fault) as stderr, started(folder, stderr) as command:
        polls, dropped = "azure_ai_exporter_polls_total", LINES_DROPPED
        name = polls if fault == "not read" else dropped
        soon(lambda: "enough" if (command.metric(name) or 0) > OPERATIONS else None)
        assert fault != "not read" or command.metric(dropped) == 0
        command.process.send_signal(signal.SIGTERM)
        out, _ = command.process.communicate(timeout=5)
        assert (command.process.returncode, out) == (0, b"")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_mistake_cannot_be_told(folder: Path, fault: str) -> None:
    """Its exit code is that of a bad configuration, and it ends."""
    (folder / "config.yaml").write_text("resources: []\n")
    with standard_error(fault) as stderr, started(folder, stderr) as command:
        out, _ = command.process.communicate(timeout=30)
        assert (command.process.returncode, out) == (1, b"")


def handles_signals(command: Started) -> str | None:
    """Whether the process has its own handlers by now; Linux has them as bits."""
    status = Path(f"/proc/{command.process.pid}/status").read_text(encoding="ascii")
    caught = int(re.findall(r"SigCgt:\s+(\S+)", status)[0], 16)
    return "yes" if caught >> (signal.SIGTERM - 1) & 1 else None


@pytest.mark.parametrize(
    ("number", "after"), [(signal.SIGTERM, 0), (signal.SIGINT, 0.2), (signal.SIGTERM, 0.5)]
)
def test_a_signal_while_it_starts(folder: Path, number: signal.Signals, after: float) -> None:
    """Exit code 0 and no traceback, whatever it was doing."""
    with started(folder) as command:
        soon(lambda: handles_signals(command))
        time.sleep(after)
        command.process.send_signal(number)
        out, err = command.process.communicate(timeout=10)
        assert (command.process.returncode, out) == (0, b"")
        assert b"Traceback" not in err


def test_a_hangup_while_it_starts(folder: Path) -> None:
    """It does not end; the configuration is loaded again as soon as it can be."""
    with started(folder) as command:
        soon(lambda: handles_signals(command))
        command.process.send_signal(signal.SIGHUP)
        assert command.process.stderr is not None
        lines = iter(command.process.stderr.readline, b"")
        assert any(b"configuration loaded" in line for line in lines)
        command.process.send_signal(signal.SIGTERM)
        command.process.communicate(timeout=10)
        assert command.process.returncode == 0


@pytest.mark.parametrize("file", ["nowhere/keys", "."])
def test_keys_of_tls_cannot_be_logged(folder: Path, file: str) -> None:
    """A warning that names the variable and the file, and the command does what it does."""
    ended = run_process(folder, "check", "--live", env={"SSLKEYLOGFILE": file})
    assert ended.out.startswith("one")
    assert ended.err.startswith(f"azure-ai-exporter: SSLKEYLOGFILE {file!r} cannot be written: ")
    assert ended.err.count("\n") == 1


def test_keys_of_tls_are_logged(folder: Path) -> None:
    """Where they can be, nothing is said."""
    ended = run_process(folder, "--version", env={"SSLKEYLOGFILE": "keys"})
    assert ended.err == ""
    assert (folder / "keys").stat().st_mode & 0o777 == 0o600
