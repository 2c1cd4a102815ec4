"""The throttle: limits requests a second and requests at once, and pauses when Azure says so."""

import asyncio
from collections import deque
from dataclasses import dataclass


class _Slots:
    """A limit of requests at once, with two queues; the first one takes precedence."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._queues: tuple[deque[asyncio.Future[None]], ...] = (deque(), deque())

    async def acquire(self, queue: int) -> None:
        if self._free > 0:
            self._free -= 1
            return
        waiter = asyncio.get_running_loop().create_future()
        self._queues[queue].append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if not waiter.cancelled():  # it got a slot at the same moment
                self.release()
            raise

    def release(self) -> None:
        """Give the slot to the next waiter, or keep it free."""
        for queue in self._queues:
            while queue:
                waiter = queue.popleft()
                if not waiter.done():  # a cancelled waiter is done
                    waiter.set_result(None)
                    return
        self._free += 1


class Throttle:
    """Sends requests evenly spaced, in their order; those of polls `under_way` go first."""

    def __init__(self, requests_per_second: float, concurrency: int) -> None:
        self.requests_per_second = requests_per_second
        self._spacing = 1 / requests_per_second
        self._slots = _Slots(concurrency)
        self._next = 0.0  # the loop's time from which the next request may be sent
        self._paused_until = 0.0

    @property
    def paused_for(self) -> float:
        """Seconds until requests may be sent again after a pause; 0 without a pause."""
        return max(0.0, self._paused_until - asyncio.get_running_loop().time())

    def turn(self, *, under_way: bool = False) -> "Turn":
        """The turn of one request: waits for a slot and for the budget.

        Requests of a poll `under_way` take precedence over the first requests of polls: until its
        end, a poll keeps what it has read as objects, which soon are out of date.
        """
        return Turn(self, self._slots, 0 if under_way else 1)

    async def acquire(self) -> None:
        """Wait until the budget allows one more request, and take it."""
        loop = asyncio.get_running_loop()
        while True:
            now = loop.time()
            send_at = max(now, self._next, self._paused_until)
            self._next = send_at + self._spacing
            if send_at > now:
                await asyncio.sleep(send_at - now)
            if self._paused_until <= loop.time():
                return

    def space_from_now(self) -> None:
        """Space the next request from now: the current one is sent later than planned."""
        now = asyncio.get_running_loop().time()
        self._next = max(self._next, now + self._spacing)

    def pause(self, seconds: float) -> None:
        """Send no request for so long; waiting requests continue to wait."""
        until = asyncio.get_running_loop().time() + seconds
        self._paused_until = max(self._paused_until, until)
        self._next = max(self._next, self._paused_until)


@dataclass(frozen=True, slots=True)
class Turn:
    """The turn of one request, a context manager; `contextlib` would take three times as long."""

    throttle: Throttle
    slots: _Slots
    queue: int

    async def __aenter__(self) -> None:
        await self.slots.acquire(self.queue)
        try:
            await self.throttle.acquire()
        except BaseException:
            self.slots.release()
            raise

    async def __aexit__(self, *_: object) -> None:
        self.slots.release()


class Refusals:
    """Decides whether Azure refuses an operation or the whole resource.

    It is the resource if two different operations in a row are refused, none accepted between.
    """

    def __init__(self) -> None:
        self._operations: set[str] = set()

    def refused(self, operation: str) -> bool:
        """Note a refusal; True if the whole resource is refused."""
        self._operations.add(operation)
        return len(self._operations) > 1

    def accepted(self) -> None:
        self._operations.clear()
