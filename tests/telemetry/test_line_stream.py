"""Lines for a reader that may not read, may be gone, or may have no room."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from pathlib import Path

import pytest

from exporter.exposition.negotiation import Format
from exporter.telemetry import logs
from exporter.telemetry.line_stream import LineStream
from exporter.telemetry.metrics import Telemetry

REPORT = "log lines were dropped"


class Pipe:
    """A small pipe, and a stream that writes to it."""

    def __init__(self, max_bytes: int = 1 << 20) -> None:
        self.reading, self.writing = os.pipe()
        self.size = fcntl.fcntl(self.writing, fcntl.F_SETPIPE_SZ, 4096)
        self.stream = LineStream(self.writing, max_bytes)

    def read(self) -> str:
        """All that has come and comes soon."""
        os.set_blocking(self.reading, False)
        text, quiet = b"", 0
        while quiet < 10:
            try:
                text += os.read(self.reading, 65536)
                quiet = 0
            except BlockingIOError:
                quiet += 1
                time.sleep(0.01)
        return text.decode()


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe(max_bytes=20_000)
    yield pipe
    pipe.read()
    pipe.stream.finish(1)
    os.close(pipe.reading)


@contextmanager
def logging_to(stream: LineStream) -> Iterator[None]:
    """Standard error is this stream, and the log goes there."""
    with redirect_stderr(stream):
        logs.configure("info", "logfmt")
        yield
    logs.configure("error", "logfmt", StringIO())


def test_whole_lines_in_order(pipe: Pipe) -> None:
    """Whatever pieces they come in; the last line needs no end."""
    for piece in ("one\ntwo", " and", " more\n", "", "\n", "ä\ud800", "end"):
        pipe.stream.write(piece)
    pipe.stream.finish(1)
    assert pipe.read() == "one\ntwo and more\n\nä\\ud800end"


@pytest.mark.parametrize("blocking", [True, False])
def test_nobody_reads(pipe: Pipe, blocking: bool) -> None:
    """No call waits; what does not fit is counted, and told once when somebody reads."""
    os.set_blocking(pipe.writing, blocking)
    begun = time.monotonic()
    with logging_to(pipe.stream):
        for number in range(450):
            logs.logger().info("a line", number=number, filling="x" * 100)
        pipe.stream.finish(0.1)
        assert time.monotonic() - begun < 2
        dropped = pipe.stream.dropped
        assert 250 < dropped < 320
        assert counted() == dropped
        *lines, report = pipe.read().splitlines()
        assert len(lines) == 450 - dropped
        assert all("number=" in line for line in lines)
        assert report.endswith(f"lines={dropped}")
        assert REPORT in report
        assert "level=warning" in report
        logs.logger().info("another line")
        assert len(pipe.read().splitlines()) == 1
        assert pipe.stream.dropped == dropped


def counted() -> float | None:
    """The lines that the second scrape shows: each is counted once."""
    telemetry = Telemetry()
    for _ in range(2):
        telemetry.render(Format.TEXT)
    name = "azure_ai_exporter_log_lines_dropped_total"
    return telemetry.registry.collectors.get_sample_value(name)


@pytest.mark.parametrize("fault", ["full", "gone", "closed"])
def test_no_line_can_be_written(fault: str) -> None:
    """Every line is dropped; nobody is told of an error, and the end does not wait."""
    reading, writing = os.pipe()
    os.close(reading)
    full = os.open("/dev/full", os.O_WRONLY)
    stream = LineStream({"full": full, "gone": writing, "closed": -1}[fault])
    for number in range(100):
        print("line", number, file=stream)
    begun = time.monotonic()
    stream.finish(5)
    assert time.monotonic() - begun < 1
    assert stream.dropped == 100
    os.close(writing)
    os.close(full)


def test_the_disk_has_room_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that was cut stays alone on its line; the report follows the first whole one."""
    stream = LineStream(os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT))
    write, room = os.write, [10]

    def limited(descriptor: int, text: memoryview) -> int:
        if not room[0]:
            raise OSError(28, "No space left on device")
        part = text[: room[0]]
        room[0] -= len(part)
        return write(descriptor, part)

    monkeypatch.setattr(os, "write", limited)
    with logging_to(stream):
        print("a line too many", "lost", sep="\n", file=stream)
        stream.finish(1)
        room[0] = 1000
        print("fits", file=stream)
        stream.finish(1)
        time.sleep(0.05)
        stream.finish(1)
    cut, fits, report = (tmp_path / "log").read_text().splitlines()
    assert (cut, fits) == ("a line too", "fits")
    assert report.endswith("lines=2")
