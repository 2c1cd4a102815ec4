"""The budget of requests of one resource, and within it the limits of its APIs."""

import asyncio
from collections.abc import Mapping, Sequence
from math import inf
from operator import attrgetter

from exporter.azure.priority import Priority
from exporter.azure.throttle import Throttle, Waiter
from exporter.model.operation import OperationKey

OLDEST_EVERY = 4
"""Every fourth turn goes to the request that has waited longest, whatever its priority is.

So nobody waits for ever, and a long queue of old requests leaves the urgent ones three quarters.
"""


class Budget:
    """The budget of a resource, which all of its APIs share: sends the most urgent request next.

    Who is next is decided when a request may be sent, not when it begins to wait.

    Attributes:
        waiting: the number of requests that wait.

    Args:
        requests_per_second: for the whole resource, evenly spaced.
        concurrency: requests at once.
        limits: requests a second of single APIs, by name.
    """

    def __init__(
        self,
        requests_per_second: float,
        concurrency: int,
        limits: Mapping[str, float] | None = None,
    ) -> None:
        self.requests_per_second = requests_per_second
        self._spacing = 1 / requests_per_second
        self.waiting = 0
        self._free = concurrency
        self._free_at = 0.0  # the loop's time from which the next request may be sent
        self._paused_until = 0.0
        self._turns = 0
        self._timer: asyncio.TimerHandle | None = None
        self._unlimited = Throttle(inf)
        self._throttles = {"": self._unlimited}  # by API; "": without a limit
        self._throttles |= {api: Throttle(limit) for api, limit in (limits or {}).items()}

    def limit(self, limits: Mapping[str, float]) -> None:
        """Set the limits of single APIs; needs the loop."""
        for api in self._throttles.keys() | limits.keys():
            self._throttles.setdefault(api, Throttle(inf)).limit(limits.get(api, inf))
        self._serve(asyncio.get_running_loop().time())

    @property
    def paused_for(self) -> float:
        """Seconds until requests to any API may be sent again; 0 without a pause."""
        return max(0.0, self._paused_until - asyncio.get_running_loop().time())

    @property
    def longest_wait(self) -> float:
        """Seconds that a request has waited that still waits; 0 if none waits."""
        now = asyncio.get_running_loop().time()
        heads = (waiter for throttle in self._throttles.values() for waiter in throttle.heads())
        return now - min((waiter.since for waiter in heads), default=now)

    def pause(self, seconds: float) -> None:
        """Send no request to any API for so long; waiting requests continue to wait."""
        until = asyncio.get_running_loop().time() + seconds
        self._paused_until = max(self._paused_until, until)
        self._free_at = max(self._free_at, until)

    async def acquire(self, key: OperationKey, priority: Priority, *, under_way: bool) -> float:
        """Wait until a request for an operation may be sent; returns the seconds that it waited.

        `under_way`: its poll has already sent requests. `release` must follow when it has ended.
        """
        now = asyncio.get_running_loop().time()
        throttle = self._throttles.get(key.api, self._unlimited)
        if not self.waiting and self._free and max(self._free_at, throttle.free_at) <= now:
            self._take_turn(throttle, now)
            return 0.0
        waiter = throttle.wait(key, priority, under_way=under_way)
        self.waiting += 1
        self._serve(now)
        try:
            await waiter.turn
        except BaseException:
            if waiter.turn.cancelled():
                waiter.leave()
            else:  # it got its turn at the same moment
                self.release()
            raise
        finally:
            self.waiting -= 1
        return asyncio.get_running_loop().time() - waiter.since

    def hasten(self, key: OperationKey) -> None:
        """Give the waiting requests of an operation the highest priority: a person asks for it."""
        for throttle in self._throttles.values():
            throttle.hasten(key)

    def release(self) -> None:
        """A request has ended."""
        self._free += 1
        self._serve(asyncio.get_running_loop().time())

    def _serve(self, now: float) -> None:
        """Give their turn to as many requests as may be sent at `now`, and plan the next turn."""
        while self.waiting and self._free:
            if self._free_at > now:
                self._wake_at(self._free_at)
                return
            heads = [waiter for throttle in self._throttles.values() for waiter in throttle.heads()]
            ready = [waiter for waiter in heads if waiter.throttle.free_at <= now]
            if not ready:
                if heads:
                    self._wake_at(min(waiter.throttle.free_at for waiter in heads))
                return
            waiter = ready[0] if len(ready) == 1 else _next(ready, self._turns)
            waiter.leave()
            if not waiter.turn.done():  # a cancelled one is done
                waiter.turn.set_result(None)
                self._take_turn(waiter.throttle, now)

    def _take_turn(self, throttle: Throttle, now: float) -> None:
        throttle.sent(now)
        self._free_at = now + self._spacing
        self._free -= 1
        self._turns += 1

    def _wake_at(self, at: float) -> None:
        if self._timer and self._timer.when() <= at:
            return
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(at, self._wake, at)

    def _wake(self, at: float) -> None:
        self._timer = None
        # Requests are spaced from when they were due, so that a late timer does not cost a turn.
        self._serve(max(at, asyncio.get_running_loop().time() - self._spacing))


def _next(ready: Sequence[Waiter], turns: int) -> Waiter:
    """The request that goes next, after so many turns."""
    if turns % OLDEST_EVERY == OLDEST_EVERY - 1:
        return min(ready, key=attrgetter("since"))
    return min(ready, key=attrgetter("rank", "since"))
