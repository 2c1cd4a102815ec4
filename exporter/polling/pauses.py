"""The pause between two polls of an operation: its length, and how to end it early."""

import asyncio
import random

from exporter.errors import Failure, Unauthorised
from exporter.model.operation import OperationKey

LONGEST_PAUSE = 300.0  # seconds between polls of an operation that cannot be read


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


class Pauses:
    """The operations that wait for their next poll. Times are the loop's."""

    def __init__(self) -> None:
        self._waiting: dict[OperationKey, tuple[asyncio.Future[bool], float]] = {}

    async def until(self, due: float, key: OperationKey, not_before: float) -> bool:
        """Wait until `due`, or until `end` is called, but at least until `not_before`.

        Returns whether `end` ended it.
        """
        loop = asyncio.get_running_loop()
        wakeup: asyncio.Future[bool] = loop.create_future()
        timer = loop.call_at(due, _wake, wakeup)
        self._waiting[key] = wakeup, not_before
        try:
            ended = await wakeup
            if ended:
                await asyncio.sleep(not_before - loop.time())
        finally:
            timer.cancel()
            # The operation may have been followed again meanwhile, with another pause.
            if self._waiting.get(key, (None, 0.0))[0] is wakeup:
                del self._waiting[key]
        return ended

    def end(self, key: OperationKey) -> float | None:
        """End a pause now.

        Returns the seconds until `not_before`; None if the operation does not wait.
        """
        wakeup, not_before = self._waiting.get(key, (None, 0.0))
        if wakeup is None or wakeup.done():
            return None
        wakeup.set_result(True)
        return max(0.0, not_before - asyncio.get_running_loop().time())


def _wake(wakeup: asyncio.Future[bool]) -> None:
    if not wakeup.done():
        wakeup.set_result(False)
