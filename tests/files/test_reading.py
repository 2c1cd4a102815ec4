"""A file that a user names is read whole, or refused: it neither hangs nor fills the memory."""

import os
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

from exporter.files import reading, threads
from exporter.files.reading import CERTIFICATES, SECRET, SETTINGS, FileError, FileKind
from exporter.files.stamps import stamps
from tests.support.hanging import hanging


def fifo(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def bound(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def sparse(size: int) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(size)

    return make


@pytest.mark.parametrize(
    ("make", "kind", "reason"),
    [
        (fifo, SETTINGS, "it is a fifo; must be a regular file"),
        (device, SETTINGS, "it is a device; must be a regular file"),
        (bound, SECRET, "it is a socket; must be a regular file"),
        (Path.mkdir, SECRET, "Is a directory"),
        (lambda path: path.symlink_to("nowhere"), SECRET, "No such file or directory"),
        (
            sparse(2 << 30),
            SECRET,
            "it has more than 64 KiB, the most for a file with a key, secret or password",
        ),
        (
            sparse(CERTIFICATES.most_bytes + 1),
            CERTIFICATES,
            "it has more than 4 MiB, the most for a file with certificates or their key",
        ),
        (
            sparse(3 << 30),
            SETTINGS,
            "it has more than 4 MiB, the most for a file with settings or operations",
        ),
    ],
)
def test_what_is_not_read(
    tmp_path: Path, make: Callable[[Path], None], kind: FileKind, reason: str
) -> None:
    """It is told what the file is and what would be right, at once and without its content."""
    path = tmp_path / "file"
    make(path)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.monotonic()
    with pytest.raises(FileError) as caught:
        reading.read(path, kind)
    assert str(caught.value) == reason
    assert time.monotonic() - begun < threads.TIMEOUT
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000, "kilobytes"


def test_a_file_of_the_most_bytes_is_read(tmp_path: Path) -> None:
    """The limit itself is allowed; a file that lies about its size is bounded all the same."""
    path = tmp_path / "file"
    path.write_bytes(b"k" * SECRET.most_bytes)
    assert len(reading.read(path, SECRET)) == SECRET.most_bytes
    assert reading.read(Path("/proc/self/status"), SECRET).startswith(b"Name:")
    with pytest.raises(FileError, match="more than 0 KiB, the most for a file with a word"):
        reading.read(Path("/proc/self/status"), FileKind("a word", 10))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_text(encoding: str) -> None:
    """What Notepad and PowerShell write in front of a text is not part of it."""
    assert reading.text("key: ä\r\n".encode(encoding)) == "key: ä\n"


@pytest.fixture
def hung(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, Event]]:
    """A folder whose files hang, and the event that brings it back."""
    folder = tmp_path / "away"
    folder.mkdir()
    monkeypatch.setattr(threads, "TIMEOUT", 0.05)
    with hanging(folder) as back:
        yield folder, back


def hanging_threads() -> int:
    """How many threads are left once those have ended that have nothing to do."""
    for each in threading.enumerate():
        if each.name == "file":
            each.join(timeout=0.2)
    return sum(each.name == "file" for each in threading.enumerate())


def test_a_file_that_hangs_costs_one_thread(hung: tuple[Path, Event]) -> None:
    """However often it is tried; others are read meanwhile, and it is read once it is back."""
    folder, back = hung
    key, other = folder / "key", folder.parent / "other"
    back.set()
    key.write_bytes(b"secret")
    back.clear()
    other.write_bytes(b"fine")
    with pytest.raises(FileError, match=r"no answer within 0\.05 s"):
        reading.read(key, SECRET)
    for _ in range(50):
        with pytest.raises(FileError, match="an earlier attempt still waits"):
            reading.read(key, SECRET)
        assert stamps((key, other))[key] is None
        assert reading.read(other, SECRET) == b"fine"
    assert hanging_threads() == 1
    assert threads.hangs(str(key))
    back.set()
    while threads.hangs(str(key)):
        time.sleep(0.001)
    assert reading.read(key, SECRET) == b"secret"


def test_many_files_that_hang_are_bounded(
    hung: tuple[Path, Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond a number of threads no other begins, and the reason says so."""
    folder, _ = hung
    monkeypatch.setattr(threads, "MOST_HANGING", 3)
    for number in range(10):
        with pytest.raises(FileError):
            reading.read(folder / f"{number}", SECRET)
    with pytest.raises(FileError, match="3 other files do not respond"):
        reading.read(folder.parent, SECRET)
    assert hanging_threads() == 3


def test_calls_that_share_a_thread() -> None:
    """One that hangs keeps it, the next get another one, and no thread outlives its work."""
    released = Event()

    def thread() -> int:
        return threading.get_ident()

    with threads.shared():
        first = threads.call("a", thread)
        assert threads.call("b", thread) == first
        with pytest.raises(threads.HangingError, match="no answer within"):
            threads.call("c", released.wait, timeout=0.02)
        second = threads.call("d", thread)
        assert second != first
        with threads.shared():
            assert threads.call("e", thread) == second
        assert threads.call("f", thread) == second
    released.set()
    until = time.monotonic() + 5
    while any(each.name == "file" for each in threading.enumerate()):
        assert time.monotonic() < until
        time.sleep(0.001)
