"""Time that jumps, the search for secrets, and the rule that CI skips nothing."""

import asyncio
import gc
import os
import selectors
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Protocol, TypeVar, TypeVarTuple

import pytest
from hypothesis import HealthCheck, settings

from exporter.redaction.own_secrets import own_secrets
from exporter.telemetry import logs
from tests.support.surfaces import Surfaces

# jsonschema uses it for IRIs alone, and its import takes more than two seconds in each worker.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]

gc.disable()  # until all tests are collected: what is imported stays

Loops = Mapping[str, Callable[[], asyncio.AbstractEventLoop]]
Args = TypeVarTuple("Args")
Result = TypeVar("Result")


# How long an example takes depends on what else the machine does. `make fuzz` tries more.
settings.register_profile(
    "shared", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("shared")

_PROGRAMS = frozenset({"start", "demo"})  # fixtures that start the command
_PATIENCE = 5.0  # seconds of real time for threads to be heard


class _JumpingSelector(selectors.DefaultSelector):
    """Where nothing happens on any socket, the time until the next timer is skipped.

    What the loop's own sockets send to one another can be read at once. Only a thread needs real
    time, and it gets all that it takes: to the loop it takes none.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.threads_run: Callable[[], bool] = bool

    def select(
        self,
        timeout: float | None = None,
    ) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        ready = self._heard()
        if not ready:
            self.now += timeout
        return ready

    def _heard(self) -> list[tuple[selectors.SelectorKey, int]]:
        """What is said until no thread runs; one may end without a word."""
        end = time.monotonic() + _PATIENCE
        while True:
            running = self.threads_run() and time.monotonic() < end
            ready = super().select(0.001 if running else 0)
            if ready or not running:
                return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop with real sockets in which an hour passes in a moment."""

    _default_executor: ThreadPoolExecutor | None

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)
        self._calls = 0  # that the executor works on
        self._foreign = set(threading.enumerate())  # threads that know nothing of this loop
        self._jumping.threads_run = self._threads_run

    def time(self) -> float:
        """Seconds since the loop began."""
        return self._jumping.now

    def stand_still(self, seconds: float) -> None:
        """Let so much time pass within one callback."""
        self._jumping.now += seconds

    def run_in_executor(
        self,
        executor: Executor | None,
        func: Callable[[*Args], Result],
        *args: *Args,
    ) -> asyncio.Future[Result]:
        """The same, and counted until it is done."""
        future = super().run_in_executor(executor, func, *args)
        self._calls += 1
        future.add_done_callback(self._called)
        return future

    def _called(self, _: object) -> None:
        self._calls -= 1

    def _threads_run(self) -> bool:
        """Whether a thread may have something to say; the executor's idle ones have not."""
        pool = self._default_executor
        idle = pool._threads if pool else set()
        return self._calls > 0 or not self._foreign.issuperset({*threading.enumerate()} - idle)


_SURFACES = Surfaces()


@pytest.fixture(autouse=True, scope="session")
def _watched() -> Iterator[None]:
    with _SURFACES.searching():
        yield


@pytest.fixture(autouse=True)
def _nothing_leaks(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test makes the exporter show a secret, whatever else it is about.

    Hypothesis takes texts from the constants of the tests, planted secrets among them.
    """
    yield
    found = _SURFACES.take_found()
    assert found == [] or request.node.get_closest_marker("hypothesis")


@pytest.fixture(autouse=True)
def _no_keys_of_earlier_tests() -> None:
    """The key of one test may be a word in another."""
    own_secrets.__init__()  # type: ignore[misc]


@pytest.fixture(autouse=True)
def _quiet(_watched: None) -> None:
    """Tests that read the log set it up for themselves."""
    logs.configure("error", "logfmt")


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Loops:
    if item.get_closest_marker("jumping"):
        return {"jumping": JumpingLoop}
    return {"real": asyncio.new_event_loop}


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    """A test that starts the command as a program of its own is no quick one."""
    if _PROGRAMS.intersection(getattr(item, "fixturenames", ())):
        item.add_marker(pytest.mark.e2e)


def pytest_collection_finish() -> None:
    """Imports and tests stay until the end: the garbage collector need not look at them again.

    It runs as seldom as in the exporter's own process.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI every part is installed, so that a skipped test is a broken promise."""
    report = yield
    for name, printed in report.sections:
        _SURFACES.search(name.partition(" call")[0], printed)
    if report.when == "teardown" and (found := _SURFACES.take_found()):
        report.outcome = "failed"
        report.longrepr = f"printed: {found}"
    if report.skipped and os.environ.get("EXPORTER_TESTS_SKIP_NOTHING"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be: {report.longrepr}"
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist tells how much it searched."""
    told = getattr(session.config, "workeroutput", None)
    if told is not None:
        told["searched"] = dict(_SURFACES.searched)


class Worker(Protocol):
    """Of pytest-xdist's workers; one that died has no output."""

    workeroutput: dict[str, dict[str, int]]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Worker) -> None:
    _SURFACES.searched.update(getattr(node, "workeroutput", {}).get("searched", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    searched = ", ".join(f"{count:,} {what}" for what, count in _SURFACES.searched.items())
    terminalreporter.write_line(f"searched for planted secrets: {searched}")
