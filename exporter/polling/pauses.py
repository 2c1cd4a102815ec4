"""Between two looks: how long it is, and how it is ended before."""

import asyncio
import random

from exporter.errors import Failure, Unauthorised
from exporter.model.operation import Key

LONGEST_PAUSE = 300.0  # seconds between looks at an operation that cannot be read


def pause_after(interval: float, failures: int, failure: Failure | None) -> float:
    """Seconds from one look to the next.

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


class Sleep:
    """Who waits for the next look; times are the loop's."""

    def __init__(self) -> None:
        self._asleep: dict[Key, tuple[asyncio.Future[bool], float]] = {}

    async def until(self, due: float, key: Key, advised: float) -> bool:
        """Until `due`, or until somebody asks, but not before `advised`; whether they did."""
        loop = asyncio.get_running_loop()
        woken: asyncio.Future[bool] = loop.create_future()
        timer = loop.call_at(due, _wake, woken)
        self._asleep[key] = woken, advised
        try:
            asked = await woken
            if asked:
                await asyncio.sleep(advised - loop.time())
        finally:
            timer.cancel()
            if self._asleep.get(key, (None, 0.0))[0] is woken:  # or else another follows by now
                del self._asleep[key]
        return asked

    def end(self, key: Key) -> float | None:
        """Let it end now; seconds until then because of what is advised, None if nobody sleeps."""
        asleep, advised = self._asleep.get(key, (None, 0.0))
        if asleep is None or asleep.done():
            return None
        asleep.set_result(True)
        return max(0.0, advised - asyncio.get_running_loop().time())


def _wake(asleep: asyncio.Future[bool]) -> None:
    if not asleep.done():
        asleep.set_result(False)
