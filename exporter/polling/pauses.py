"""The pause between two polls of an operation: how long it is, and how it is ended early."""

import asyncio
import random

from exporter.errors import Failure, Unauthorised
from exporter.model.operation import OperationKey

LONGEST_PAUSE = 300.0  # seconds between polls of an operation that cannot be read


def pause_after(interval: float, failures: int, failure: Failure | None) -> float:
    """Seconds from one poll to the next.

    After failures it grows, with jitter, to the longest pause; it is never less than without. A
    resource that is paused as a whole says itself when it will be asked again.
    """
    if failures <= 1:
        return interval
    if isinstance(failure, Unauthorised) and failure.details.retry_after:
        return interval
    longest = max(LONGEST_PAUSE, interval)
    grown = min(interval * 2.0 ** min(failures - 1, 16), longest) * random.uniform(0.5, 1.0)
    return max(interval, grown)


class Pauses:
    """The operations that wait for their next poll. Times are the loop's."""

    def __init__(self) -> None:
        self._waiting: dict[OperationKey, tuple[asyncio.Future[bool], float]] = {}

    async def until(self, due: float, key: OperationKey, not_before: float) -> bool:
        """Wait until `due`, or until `end` is called, but not less than until `not_before`.

        Whether it was ended by `end`.
        """
        loop = asyncio.get_running_loop()
        woken: asyncio.Future[bool] = loop.create_future()
        timer = loop.call_at(due, _wake, woken)
        self._waiting[key] = woken, not_before
        try:
            ended = await woken
            if ended:
                await asyncio.sleep(not_before - loop.time())
        finally:
            timer.cancel()
            # The operation may be followed anew by now, with a pause of its own.
            if self._waiting.get(key, (None, 0.0))[0] is woken:
                del self._waiting[key]
        return ended

    def end(self, key: OperationKey) -> float | None:
        """End a pause now; seconds that are left of `not_before`, None if there is no pause."""
        woken, not_before = self._waiting.get(key, (None, 0.0))
        if woken is None or woken.done():
            return None
        woken.set_result(True)
        return max(0.0, not_before - asyncio.get_running_loop().time())


def _wake(woken: asyncio.Future[bool]) -> None:
    if not woken.done():
        woken.set_result(False)
