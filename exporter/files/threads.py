"""Work with files in daemon threads, because a hung mount blocks a thread for good.

A thread that hangs cannot be ended. It costs no second one: further work of the same name fails at
once until it returns. As a daemon it does not delay the end of the process.
"""

import asyncio
import concurrent.futures
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock, Thread
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
    future = _start(name, work)
    seconds = TIMEOUT if timeout is None else timeout
    if not concurrent.futures.wait([future], seconds).done:
        raise _left_alone(name, future, seconds)
    return future.result()


async def run(work: Callable[[], Result]) -> Result:
    """The result of work that limits itself by `call`, for the event loop.

    Unlike a thread of the loop's executor this one does not delay the end of the loop. It begins
    when the system has a thread for it.
    """
    future: Future[Result] = Future()
    while True:
        try:
            _begin(future, work)
        except HangingError:
            await asyncio.sleep(_NO_THREAD_SECONDS)
        else:
            return await asyncio.wrap_future(future)


def hangs(name: str) -> bool:
    """Whether work of this name hangs."""
    return name in _hanging


def _start(name: str, work: Callable[[], Result]) -> Future[Result]:
    with _lock:
        if name in _hanging:
            raise HangingError("no answer; an earlier attempt still waits for it")
        if _hanging.total() >= MOST_HANGING:
            raise HangingError(f"{MOST_HANGING} other files give no answer")
    future: Future[Result] = Future()
    _begin(future, work)
    return future


def _begin(future: Future[Result], work: Callable[[], Result]) -> None:
    try:
        Thread(target=_work, args=(future, work), name="file", daemon=True).start()
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
