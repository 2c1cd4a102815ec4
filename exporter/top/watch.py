"""The table, again and again, until somebody has seen enough."""

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
from exporter.top.rows import RowFilter, head, rows
from exporter.top.table import Screen, duration, table

_PIPED = 200  # columns where there is no terminal
_LATE = 10.0  # seconds that an answer may take before it is missed
_TICK = 1.0  # seconds between two looks at the clock


def run(exporter: RunningExporter, choice: RowFilter, interval: float, *, once: bool) -> int:
    """The exit code. Where nobody looks at a terminal, it is printed once.

    `interval` is in seconds.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # where there are no bars to be had
    console = Console(highlight=False)
    if once or not console.is_terminal or console.is_dumb_terminal:
        return _print(exporter, choice, console)
    with contextlib.suppress(KeyboardInterrupt):
        _Watch(exporter, choice, interval, console).run()
    return 0


def _print(exporter: RunningExporter, choice: RowFilter, console: Console) -> int:
    try:
        answer = exporter.ask()
    except Unanswered as said:
        print(f"azure-ai-exporter: {said}", file=sys.stderr)
        return 1
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _PIPED
    console.print(picture(answer, choice, Screen(console.width), None))
    return 0


def picture(
    answer: ExporterAnswer, choice: RowFilter, screen: Screen, foot: Text | None
) -> RenderableType:
    """The table as it is now."""
    now = time.time() + answer.ahead
    chosen = choice.of(rows(answer.known, now))
    return table(chosen, head(answer.known, chosen, now), screen, foot)


@dataclass
class LatestAnswer:
    """The latest answer, and since when there is none; times are Unix seconds.

    Attributes:
        interval: seconds between two answers.
    """

    url: str
    begun: float
    interval: float
    answer: ExporterAnswer | None = None
    answered: float | None = None
    said: str = ""

    def take(self, come: ExporterAnswer | Unanswered, now: float) -> None:
        """What has come: an answer, or why there is none, and the last one is kept."""
        if isinstance(come, ExporterAnswer):
            self.answer, self.answered, self.said = come, now, ""
        else:
            self.said = str(come)

    def foot(self, choice: RowFilter, now: float) -> Text:
        """Whether what is shown is of now, and which key ends it."""
        since = self.begun if self.answered is None else self.answered
        if not self.said and now - since <= self.interval + _LATE:
            return Text(f"{self.url} · sorted by {choice.sort} · q ends", "dim")
        at = time.strftime("%H:%M:%S", time.localtime(since))
        text = Text(f"no answer since {at}, for {duration(now - since)}", "bold red")
        return text.append(f": {self.said or self.url}; trying again · q ends", "red")


class _Watch:
    """A table that fills the terminal; a thread asks, so that a key is heard meanwhile."""

    def __init__(
        self, exporter: RunningExporter, choice: RowFilter, interval: float, console: Console
    ) -> None:
        self._exporter, self._choice = exporter, choice
        self._interval, self._console = interval, console
        self._come: queue.SimpleQueue[ExporterAnswer | Unanswered] = queue.SimpleQueue()
        self._seen = LatestAnswer(exporter.url.geturl(), time.time(), interval)

    def run(self) -> None:
        """Until q is pressed or a signal comes."""
        with (
            _wakened() as (woken, wake),
            _keys() as keys,
            Live(console=self._console, screen=True, auto_refresh=False) as live,
        ):
            threading.Thread(target=self._ask, args=(wake,), daemon=True).start()
            while True:
                live.update(self._picture(), refresh=True)
                ready, _, _ = select.select([woken, *keys], [], [], _TICK)
                if woken in ready:
                    os.read(woken, 1000)
                for key in keys:
                    if key in ready and _ends(os.read(key, 100)):
                        return
                while not self._come.empty():
                    self._seen.take(self._come.get(), time.time())

    def _ask(self, wake: int) -> None:
        while True:
            try:
                self._come.put(self._exporter.ask())
            except Unanswered as said:
                self._come.put(said)
            with contextlib.suppress(OSError):  # the other thread has ended
                os.write(wake, b".")
            time.sleep(self._interval)

    def _picture(self) -> RenderableType:
        foot = self._seen.foot(self._choice, time.time())
        foot.truncate(self._console.width, overflow="ellipsis")
        if self._seen.answer is None:
            return foot
        screen = Screen(self._console.width, self._console.height)
        return picture(self._seen.answer, self._choice, screen, foot)


def _ends(keys: bytes) -> bool:
    """Nothing at all means that the terminal is gone."""
    return not keys or b"q" in keys.lower()


@contextlib.contextmanager
def _wakened() -> Iterator[tuple[int, int]]:
    """A pipe: whatever is written to its end, and any signal, ends a wait for the other."""

    def ended(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    before = {
        signal.SIGWINCH: signal.signal(signal.SIGWINCH, lambda *_: None),
        signal.SIGTERM: signal.signal(signal.SIGTERM, ended),
        signal.SIGINT: signal.signal(signal.SIGINT, ended),
    }
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield reading, writing
    finally:
        signal.set_wakeup_fd(-1)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)


@contextlib.contextmanager
def _keys() -> Iterator[Sequence[int]]:
    """Where keys are read from, each as it is pressed; nowhere without a keyboard."""
    if not sys.stdin.isatty():
        yield []
        return
    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)
    tty.setcbreak(keyboard)
    try:
        yield [keyboard]
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
