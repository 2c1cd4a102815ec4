"""Work with files in daemon threads, because a hung mount blocks a thread for good.

A thread that hangs cannot be ended. It costs no second one: further work of the same name fails at
once until it returns. As a daemon it does not delay the end of the process.
"""

import asyncio
import concurrent.futures
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Lock, Thread, local
from typing import TypeVar

Result = TypeVar("Result")

TIMEOUT = 3.0  # seconds for a system call on one file
MOST_HANGING = 64  # threads; beyond them all work fails
_NO_THREAD_SECONDS = 1.0  # until another attempt to begin a thread

_hanging: Counter[str] = Counter()  # threads by the name of their work
_lock = Lock()


class HangingError(Exception):
    """The work did not end in time, or could not begin; the text is the reason."""


def call(name: str, work: Callable[[], Result], timeout: float | None = None) -> Result:
    """The result of blocking work; not for the event loop.

    Args:
        name: identifies the work, such as the path of its file.
        work: what blocks.
        timeout: seconds; TIMEOUT by default.

    Raises:
        HangingError: it takes longer, or earlier work of this name has not ended yet.
    """
    _check(name)
    future: Future[Result] = Future()
    _caller.begin(lambda: _work(future, work))
    seconds = TIMEOUT if timeout is None else timeout
    if not concurrent.futures.wait([future], seconds).done:
        _caller.end_worker()
        raise _left_alone(name, future, seconds)
    return future.result()


@contextmanager
def shared() -> Iterator[None]:
    """Let all calls of this thread in here share one thread: it takes a fifth of the time.

    Work that hangs keeps that thread, and the next call begins another one.
    """
    already = _caller.shares
    _caller.shares = True
    try:
        yield
    finally:
        _caller.shares = already
        if not already:
            _caller.end_worker()


async def run(work: Callable[[], Result]) -> Result:
    """The result of work that limits itself by `call`, for the event loop.

    Unlike a thread of the loop's executor this one does not delay the end of the loop. It begins
    when the system has a thread for it.
    """
    future: Future[Result] = Future()
    while True:
        try:
            _begin(lambda: _work(future, work))
        except HangingError:
            await asyncio.sleep(_NO_THREAD_SECONDS)
        else:
            return await asyncio.wrap_future(future)


def hangs(name: str) -> bool:
    """Whether work of this name hangs."""
    return name in _hanging


class _Worker:
    """A thread that does one work after another, until its end."""

    def __init__(self) -> None:
        self._works: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        _begin(self._run)

    def begin(self, work: Callable[[], None]) -> None:
        """Do this work next."""
        self._works.put(work)

    def end(self) -> None:
        """End after all work."""
        self._works.put(None)

    def _run(self) -> None:
        while work := self._works.get():
            work()


class _Caller(local):
    """How the calls of the current thread begin their work."""

    shares = False
    _worker: _Worker | None = None

    def begin(self, work: Callable[[], None]) -> None:
        if not self.shares:
            _begin(work)
            return
        if self._worker is None:
            self._worker = _Worker()
        self._worker.begin(work)

    def end_worker(self) -> None:
        if self._worker:
            self._worker.end()
        self._worker = None


_caller = _Caller()


def _check(name: str) -> None:
    with _lock:
        if name in _hanging:
            raise HangingError("no answer; an earlier attempt still waits")
        if _hanging.total() >= MOST_HANGING:
            raise HangingError(f"{MOST_HANGING} other files do not respond")


def _begin(work: Callable[[], None]) -> None:
    try:
        Thread(target=work, name="file", daemon=True).start()
    except RuntimeError:
        raise HangingError("the system has no thread left") from None


def _work(future: Future[Result], work: Callable[[], Result]) -> None:
    future.set_running_or_notify_cancel()
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001  it is raised where the result is needed
        future.set_exception(error)
    else:
        future.set_result(result)


def _left_alone(name: str, future: Future[Result], seconds: float) -> HangingError:
    with _lock:
        _hanging[name] += 1
    future.add_done_callback(lambda _: _returned(name))
    return HangingError(f"no answer within {seconds:g} s")


def _returned(name: str) -> None:
    with _lock:
        _hanging[name] -= 1
        if not _hanging[name]:
            del _hanging[name]
