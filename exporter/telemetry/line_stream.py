"""A text stream for what the program says: it never blocks, and it never fails.

Nobody may read standard error: its pipe is full, its reader is gone, its disk is full, or it was
closed before the start. None of these may stop or end the exporter.
"""

import io
import os
import select
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

_MAX_BYTES = 1 << 20  # of the lines that wait to be written


class _LineQueue(io.RawIOBase):
    """Whole lines that wait for the thread that writes them to a file descriptor."""

    def __init__(self, descriptor: int, max_bytes: int) -> None:
        super().__init__()
        self.dropped = 0
        self.when_writable_again: Callable[[int], None] | None = None
        self._descriptor = descriptor
        self._max_bytes = max_bytes
        self._lines: deque[bytes] = deque()
        self._bytes = 0  # of all lines that wait, and of the one that is being written
        self._unreported = 0
        self._part = b""  # of a line whose end was not written yet
        self._cut = False  # whether the last line was written in part only
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def write(self, text: bytes) -> int:  # type: ignore[override]  # what TextIOWrapper passes
        with self._changed:
            *lines, self._part = (self._part + text).split(b"\n")
            for line in lines:
                self._put(line + b"\n")
        return len(text)

    def _put(self, line: bytes) -> None:
        if self._bytes + len(line) > self._max_bytes:
            self._drop()
            return
        self._lines.append(line)
        self._bytes += len(line)
        if self._thread is None:
            self._start()
        self._changed.notify_all()

    def _start(self) -> None:
        thread = threading.Thread(target=self._drain, name="log", daemon=True)
        with suppress(RuntimeError):  # no further thread can be started: the next line tries again
            thread.start()
            self._thread = thread

    def _drop(self) -> None:
        self.dropped += 1
        self._unreported += 1

    def finish(self, seconds: float) -> None:
        """Wait until all lines are written, but not longer."""
        deadline = time.monotonic() + seconds
        with self._changed:
            if self._part:
                line, self._part = self._part, b""
                self._put(line)
            while self._bytes and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)

    def _drain(self) -> None:
        while True:
            with self._changed:
                while not self._lines:
                    self._changed.wait()
                line = self._lines.popleft()
            try:
                self._write_all(line)
                written = True
            except OSError:
                written = False
            with self._changed:
                self._bytes -= len(line)
                if not written:
                    self._drop()
                unreported = 0 if self._lines or not written else self._unreported
                self._unreported -= unreported
                self._changed.notify_all()
            if unreported and self.when_writable_again:
                self.when_writable_again(unreported)

    def _write_all(self, line: bytes) -> None:
        """Write a line, on a line of its own.

        Raises:
            OSError: the rest of it cannot be written.
        """
        rest = memoryview(b"\n" + line if self._cut else line)
        while rest:
            try:
                written = os.write(self._descriptor, rest)
            except BlockingIOError:  # another program made the pipe non-blocking
                _wait_until_writable(self._descriptor)
                continue
            self._cut = True
            rest = rest[written:]
        self._cut = False


def _wait_until_writable(descriptor: int) -> None:
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    poll.poll()


class LineStream(io.TextIOWrapper):
    """The stream. A thread of its own writes the lines; what cannot be written is dropped.

    Args:
        descriptor: of the file or pipe; -1 if it is closed.
        max_bytes: of the lines that wait. A line beyond it is dropped.
    """

    def __init__(self, descriptor: int, max_bytes: int = _MAX_BYTES) -> None:
        self._queue = _LineQueue(descriptor, max_bytes)
        super().__init__(
            self._queue,  # type: ignore[arg-type]  # a raw stream, as of `python -u`
            encoding="utf-8",
            errors="backslashreplace",
            write_through=True,
        )

    @property
    def dropped(self) -> int:
        """The number of lines that were dropped since the start."""
        return self._queue.dropped

    def report(self, when_writable_again: Callable[[int], None]) -> None:
        """Call this with the number of lines dropped in between, when a line can be written."""
        self._queue.when_writable_again = when_writable_again

    def finish(self, seconds: float) -> None:
        """Wait until all lines are written, but not longer."""
        self._queue.finish(seconds)


def dropped_lines() -> int:
    """How many lines of this process's standard error were dropped."""
    return sys.stderr.dropped if isinstance(sys.stderr, LineStream) else 0
