"""One resource's budget: so many requests a second, so many at once, none while Azure says wait."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Throttle:
    """Lets requests pass in the order they came, evenly spaced."""

    def __init__(self, requests_per_second: float, concurrency: int) -> None:
        self.requests_per_second = requests_per_second
        self._gap = 1 / requests_per_second
        self._places = asyncio.Semaphore(concurrency)
        self._next = 0.0  # the loop's time from which a further request may leave
        self._paused_until = 0.0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """A place among those that run, once the budget allows it."""
        loop = asyncio.get_running_loop()
        async with self._places:
            while True:
                now = loop.time()
                leave = max(now, self._next, self._paused_until)
                self._next = leave + self._gap
                if leave > now:
                    await asyncio.sleep(leave - now)
                if self._paused_until <= loop.time():
                    break
            yield

    def leaves(self) -> None:
        """The request whose turn it is leaves only now: the next is spaced from here."""
        now = asyncio.get_running_loop().time()
        self._next = max(self._next, now + self._gap)

    def pause(self, seconds: float) -> None:
        """No request leaves for so long; those that wait go on waiting."""
        until = asyncio.get_running_loop().time() + seconds
        self._paused_until = max(self._paused_until, until)
        self._next = max(self._next, self._paused_until)


class Refusals:
    """Tells an operation that is refused from a resource that is.

    Two different operations refused in a row, with none accepted between, mean the resource.
    """

    def __init__(self) -> None:
        self._operations: set[str] = set()

    def refused(self, operation: str) -> bool:
        """Note a refusal; whether it is the resource that is refused."""
        self._operations.add(operation)
        return len(self._operations) > 1

    def accepted(self) -> None:
        self._operations.clear()
