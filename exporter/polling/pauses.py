"""The pause between two polls of an operation: its length, and how to end it early."""

import asyncio
import random
from heapq import heapify, heappop, heappush
from itertools import count
from math import inf
from typing import NamedTuple

from msgspec import Struct

from exporter.errors import Failure, Unauthorised
from exporter.model.operation import OperationKey

LONGEST_PAUSE = 300.0  # seconds between polls of an operation that cannot be read
_FEW = 100  # ended pauses that may be kept


def pause_after(interval: float, failures: int, failure: Failure | None) -> float:
    """Seconds from one poll to the next.

    After failures it grows, with jitter, up to the longest pause; it is at least the interval.
    While the circuit breaker is open, `retry_after` of the failure decides instead.
    """
    if failures <= 1:
        return interval
    if isinstance(failure, Unauthorised) and failure.details.retry_after:
        return interval
    longest = max(LONGEST_PAUSE, interval)
    longer = min(interval * 2.0 ** min(failures - 1, 16), longest) * random.uniform(0.5, 1.0)
    return max(interval, longer)


class _Pause(NamedTuple):
    """A pause in the order of the heap; `number` tells pauses apart that end at the same time."""

    due: float
    number: int
    wakeup: asyncio.Future[bool]


class _Waiter(Struct, eq=False):
    """An operation in a pause; `resumable`: `resume` ends it."""

    wakeup: asyncio.Future[bool]
    not_before: float
    resumable: bool


class Pauses:
    """The operations that wait for their next poll. Times are the loop's.

    The loop has one timer for all of them: its own heap of timers compares far more slowly.
    """

    def __init__(self) -> None:
        self._waiting: dict[OperationKey, _Waiter] = {}
        self._heap: list[_Pause] = []
        self._numbers = count()
        self._timer: asyncio.TimerHandle | None = None

    async def until(
        self, due: float, key: OperationKey, not_before: float, *, resumable: bool
    ) -> bool:
        """Wait until `due`, or until `end` is called, but at least until `not_before`.

        A `resumable` pause ends with `resume` as well; then `due` may be infinite. Returns whether
        `end` ended it.
        """
        loop = asyncio.get_running_loop()
        wakeup: asyncio.Future[bool] = loop.create_future()
        if due < inf:
            heappush(self._heap, _Pause(due, next(self._numbers), wakeup))
            if self._heap[0].wakeup is wakeup:
                self._set_timer()
        self._waiting[key] = waiter = _Waiter(wakeup, not_before, resumable)
        try:
            ended = await wakeup
            if ended:
                await asyncio.sleep(not_before - loop.time())
        finally:
            self._drop_ended()
            # The operation may have been followed again meanwhile, with another pause.
            if self._waiting.get(key) is waiter:
                del self._waiting[key]
        return ended

    def end(self, key: OperationKey) -> float | None:
        """End a pause now.

        Returns the seconds until `not_before`; None if the operation does not wait.
        """
        waiter = self._waiting.get(key)
        if waiter is None or waiter.wakeup.done():
            return None
        waiter.wakeup.set_result(True)
        return max(0.0, waiter.not_before - asyncio.get_running_loop().time())

    def resume(self, key: OperationKey) -> None:
        """End a pause that is resumable; any other goes on."""
        waiter = self._waiting.get(key)
        if waiter and waiter.resumable and not waiter.wakeup.done():
            waiter.wakeup.set_result(False)

    def _drop_ended(self) -> None:
        """Forget the pauses that ended early, once they are more than half of all."""
        if len(self._heap) > 2 * len(self._waiting) + _FEW:
            self._heap = [pause for pause in self._heap if not pause.wakeup.done()]
            heapify(self._heap)

    def _set_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(self._heap[0].due, self._wake) if self._heap else None

    def _wake(self) -> None:
        """End the pauses that are over."""
        now = asyncio.get_running_loop().time()
        while self._heap and (self._heap[0].due <= now or self._heap[0].wakeup.done()):
            wakeup = heappop(self._heap).wakeup
            if not wakeup.done():
                wakeup.set_result(False)
        self._set_timer()
