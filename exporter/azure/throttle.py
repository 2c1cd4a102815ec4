"""One resource's budget: so many requests a second, so many at once, none while Azure says wait."""

import asyncio
from collections import deque
from dataclasses import dataclass


class _Places:
    """So many at once; the first of two queues goes before the second."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._queues: tuple[deque[asyncio.Future[None]], ...] = (deque(), deque())

    async def take(self, queue: int) -> None:
        if self._free > 0:
            self._free -= 1
            return
        waiter = asyncio.get_running_loop().create_future()
        self._queues[queue].append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if not waiter.cancelled():  # it was handed a place in the same moment
                self.give()
            raise

    def give(self) -> None:
        """Hand the place to whoever waits, or keep it free."""
        for queue in self._queues:
            while queue:
                waiter = queue.popleft()
                if not waiter.done():  # or else it was cancelled
                    waiter.set_result(None)
                    return
        self._free += 1


class Throttle:
    """Lets requests pass evenly spaced, in the order they came, but for `under_way`."""

    def __init__(self, requests_per_second: float, concurrency: int) -> None:
        self.requests_per_second = requests_per_second
        self._gap = 1 / requests_per_second
        self._places = _Places(concurrency)
        self._next = 0.0  # the loop's time from which a further request may leave
        self._paused_until = 0.0

    @property
    def paused_for(self) -> float:
        """Seconds until Azure lets requests leave again; 0 where it does."""
        return max(0.0, self._paused_until - asyncio.get_running_loop().time())

    def turn(self, *, under_way: bool = False) -> "Turn":
        """A place among those that run, once the budget allows it.

        A look that is `under_way` goes before those that only begin: what it has read so far is
        kept as objects until its end, and soon is out of date.
        """
        return Turn(self, self._places, 0 if under_way else 1)

    async def due(self) -> None:
        """Wait until the budget allows one more request, and take it."""
        loop = asyncio.get_running_loop()
        while True:
            now = loop.time()
            leave = max(now, self._next, self._paused_until)
            self._next = leave + self._gap
            if leave > now:
                await asyncio.sleep(leave - now)
            if self._paused_until <= loop.time():
                return

    def leaves(self) -> None:
        """The request whose turn it is leaves only now: the next is spaced from here."""
        now = asyncio.get_running_loop().time()
        self._next = max(self._next, now + self._gap)

    def pause(self, seconds: float) -> None:
        """No request leaves for so long; those that wait go on waiting."""
        until = asyncio.get_running_loop().time() + seconds
        self._paused_until = max(self._paused_until, until)
        self._next = max(self._next, self._paused_until)


@dataclass(frozen=True, slots=True)
class Turn:
    """The time of one request, to be entered; `contextlib`'s way takes three times as long."""

    throttle: Throttle
    places: _Places
    queue: int

    async def __aenter__(self) -> None:
        await self.places.take(self.queue)
        try:
            await self.throttle.due()
        except BaseException:
            self.places.give()
            raise

    async def __aexit__(self, *_: object) -> None:
        self.places.give()


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
