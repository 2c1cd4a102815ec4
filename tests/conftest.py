"""Time that jumps, the search for secrets, and the rule that CI skips nothing."""

import asyncio
import os
import selectors
from collections.abc import Callable, Generator, Iterator, Mapping

import pytest

from exporter import logs
from tests.surfaces import Surfaces

Loops = Mapping[str, Callable[[], asyncio.AbstractEventLoop]]


_LONG_JUMP = 0.5  # seconds


class _JumpingSelector(selectors.DefaultSelector):
    """Where nothing happens on any socket, the time until the next timer is skipped."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(
        self,
        timeout: float | None = None,
    ) -> list[tuple[selectors.SelectorKey, int]]:
        # Before a long jump a local peer gets an instant of real time to be heard.
        instant = timeout if timeout is None else (0.001 if timeout > _LONG_JUMP else 0.0)
        ready = super().select(instant)
        if not ready and timeout is not None:
            self.now += max(timeout, 0)
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop with real sockets in which an hour passes in a moment."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Seconds since the loop began."""
        return self._jumping.now


_SURFACES = Surfaces()


@pytest.fixture(autouse=True, scope="session")
def _watched() -> Iterator[None]:
    with _SURFACES.watched():
        yield


@pytest.fixture(autouse=True)
def _nothing_leaks() -> Iterator[None]:
    """No test makes the exporter show a secret, whatever else it is about."""
    yield
    assert _SURFACES.taken() == []


@pytest.fixture(autouse=True)
def _quiet(_watched: None) -> None:
    """Tests that read the log set it up for themselves."""
    logs.configure("error", "logfmt")


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Loops:
    if item.get_closest_marker("jumping"):
        return {"jumping": JumpingLoop}
    return {"real": asyncio.new_event_loop}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI every part is installed, so that a skipped test is a broken promise."""
    report = yield
    for name, printed in report.sections:
        _SURFACES.search(name.partition(" call")[0], printed)
    if report.when == "teardown" and (found := _SURFACES.taken()):
        report.outcome = "failed"
        report.longrepr = f"printed: {found}"
    if report.skipped and os.environ.get("EXPORTER_TESTS_SKIP_NOTHING"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    searched = ", ".join(f"{count:,} {what}" for what, count in _SURFACES.searched.items())
    terminalreporter.write_line(f"searched for planted secrets: {searched}")
