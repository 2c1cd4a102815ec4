"""Updates the table until the user ends it."""

import contextlib
import os
import queue
import select
import signal
import sys
import termios
import threading
import time
import tty
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from typing import NoReturn

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from exporter.top.client import ExporterAnswer, RunningExporter, Unanswered
from exporter.top.head import head
from exporter.top.row_filter import RowFilter
from exporter.top.rows import rows
from exporter.top.table import Screen, duration, table

_PIPE_WIDTH = 200  # characters in a line, without a terminal
_LATE_SECONDS = 10.0  # an answer that takes longer is reported as missing
_TICK_SECONDS = 1.0  # between two updates of the times in the table


def run(exporter: RunningExporter, row_filter: RowFilter, interval: float, *, once: bool) -> int:
    """Show the table, and return the exit code. Without a terminal, it is printed once.

    `interval` is in seconds.

    Raises:
        UnknownFilterError: the exporter has none of what the filter selects.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # an encoding may lack the bars
    console = Console(highlight=False)
    if once or not console.is_terminal or console.is_dumb_terminal:
        return _print(exporter, row_filter, console)
    with contextlib.suppress(KeyboardInterrupt):
        _Watch(exporter, row_filter, interval, console).run()
    return 0


def _print(exporter: RunningExporter, row_filter: RowFilter, console: Console) -> int:
    try:
        answer = exporter.ask()
    except Unanswered as error:
        print(f"azure-ai-exporter: {error}", file=sys.stderr)
        return 1
    row_filter.check(answer.body)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _PIPE_WIDTH
    console.print(draw(answer, row_filter, Screen(console.width), None))
    return 0


def draw(
    answer: ExporterAnswer, row_filter: RowFilter, screen: Screen, foot: Text | None
) -> RenderableType:
    """The table as of now."""
    now = time.time() + answer.ahead
    selected = row_filter.of(rows(answer.body, now))
    return table(selected, head(answer.body, row_filter, selected, now), screen, foot)


@dataclass
class LatestAnswer:
    """The latest answer, and why there is no newer one.

    Attributes:
        started: Unix seconds, the start of the first request.
        interval: seconds between two answers.
        answered: Unix seconds, the time of the latest answer.
        error: why the latest request has no answer; empty if it has one.
    """

    url: str
    started: float
    interval: float
    answer: ExporterAnswer | None = None
    answered: float | None = None
    error: str = ""

    def take(self, result: ExporterAnswer | Unanswered, now: float) -> None:
        """Keep a new answer, or the reason why there is none beside the previous answer."""
        if isinstance(result, ExporterAnswer):
            self.answer, self.answered, self.error = result, now, ""
        else:
            self.error = str(result)

    def foot(self, row_filter: RowFilter, now: float) -> Text:
        """Whether the table is up to date, and which key ends the program."""
        since = self.started if self.answered is None else self.answered
        if not self.error and now - since <= self.interval + _LATE_SECONDS:
            return Text(f"{self.url} · sorted by {row_filter.sort} · q quits", "dim")
        at = time.strftime("%H:%M:%S", time.localtime(since))
        text = Text(f"no answer since {at}, for {duration(now - since)}", "bold red")
        return text.append(f"; retrying · q quits · {self.error or self.url}", "red")


class _Watch:
    """A table that fills the terminal. A thread sends the requests, so that keys work meanwhile."""

    def __init__(
        self, exporter: RunningExporter, row_filter: RowFilter, interval: float, console: Console
    ) -> None:
        self._exporter, self._row_filter = exporter, row_filter
        self._interval, self._console = interval, console
        self._results: queue.SimpleQueue[ExporterAnswer | Unanswered] = queue.SimpleQueue()
        self._latest = LatestAnswer(exporter.url.geturl(), time.time(), interval)

    def run(self) -> None:
        """Update the table until q is pressed or a signal arrives."""
        with (
            _wake_pipe() as (wake_reader, wake_writer),
            _keyboard() as keyboards,
            Live(console=self._console, screen=True, auto_refresh=False) as live,
        ):
            threading.Thread(target=self._request_forever, args=(wake_writer,), daemon=True).start()
            while True:
                live.update(self._draw(), refresh=True)
                ready, _, _ = select.select([wake_reader, *keyboards], [], [], _TICK_SECONDS)
                if wake_reader in ready:
                    os.read(wake_reader, 1000)
                for keyboard in keyboards:
                    if keyboard in ready and _ends_program(os.read(keyboard, 100)):
                        return
                while not self._results.empty():
                    self._take(self._results.get())

    def _take(self, result: ExporterAnswer | Unanswered) -> None:
        """Keep a result; later the exporter may lose a resource by a reload, which is shown."""
        if self._latest.answer is None and isinstance(result, ExporterAnswer):
            self._row_filter.check(result.body)
        self._latest.take(result, time.time())

    def _request_forever(self, wake_writer: int) -> None:
        while True:
            try:
                self._results.put(self._exporter.ask())
            except Unanswered as error:
                self._results.put(error)
            with contextlib.suppress(OSError):  # the other thread has ended
                os.write(wake_writer, b".")
            time.sleep(self._interval)

    def _draw(self) -> RenderableType:
        foot = self._latest.foot(self._row_filter, time.time())
        foot.truncate(self._console.width, overflow="ellipsis")
        if self._latest.answer is None:
            return foot
        screen = Screen(self._console.width, self._console.height)
        return draw(self._latest.answer, self._row_filter, screen, foot)


def _ends_program(keys: bytes) -> bool:
    """Whether q was pressed. No bytes mean that the terminal is closed."""
    return not keys or b"q" in keys.lower()


@contextlib.contextmanager
def _wake_pipe() -> Iterator[tuple[int, int]]:
    """A pipe, as its reading and its writing end.

    A byte written to it, or any signal, ends a wait for its reading end.
    """

    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    previous = {
        signal.SIGWINCH: signal.signal(signal.SIGWINCH, lambda *_: None),
        signal.SIGTERM: signal.signal(signal.SIGTERM, interrupt),
        signal.SIGINT: signal.signal(signal.SIGINT, interrupt),
    }
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        yield reader, writer
    finally:
        signal.set_wakeup_fd(-1)
        for number, handler in previous.items():
            signal.signal(number, handler)
        os.close(reader)
        os.close(writer)


@contextlib.contextmanager
def _keyboard() -> Iterator[Sequence[int]]:
    """The file descriptor from which each key is read when pressed; none without a keyboard."""
    if not sys.stdin.isatty():
        yield []
        return
    keyboard = sys.stdin.fileno()
    previous = termios.tcgetattr(keyboard)
    tty.setcbreak(keyboard)
    try:
        yield [keyboard]
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, previous)
