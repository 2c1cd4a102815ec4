"""A limit of requests a second and the requests that wait for it; refusals of a resource."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from exporter.azure.priority import Priority
from exporter.model.operation import OperationKey


@dataclass(eq=False, slots=True)
class Waiter:
    """A request that waits for its turn.

    Attributes:
        key: of its operation.
        rank: the number of its queue; the lowest goes first.
        since: the loop's time.
    """

    throttle: "Throttle"
    key: OperationKey
    rank: int
    since: float
    turn: asyncio.Future[None]

    def leave(self) -> None:
        """Leave the queue."""
        self.throttle.queues[self.rank].pop(self, None)


class Throttle:
    """Spaces requests evenly, and queues those that wait: for each priority two queues.

    Requests of polls under way go before the first requests of polls of the same priority: until
    its end, a poll keeps what it has read as objects, which soon are out of date.

    Attributes:
        queues: by rank, in order of arrival.
        free_at: the loop's time from which the next request may be sent.

    Args:
        requests_per_second: may be infinite.
    """

    def __init__(self, requests_per_second: float) -> None:
        self.queues = tuple(OrderedDict[Waiter, None]() for _ in range(2 * len(Priority)))
        self.free_at = 0.0
        self._spacing = 1 / requests_per_second

    def limit(self, requests_per_second: float) -> None:
        """Set the limit; another one than before holds from the next request on."""
        spacing = 1 / requests_per_second
        if spacing != self._spacing:
            self._spacing, self.free_at = spacing, 0.0

    def wait(self, key: OperationKey, priority: Priority, *, under_way: bool) -> Waiter:
        """Queue a request."""
        loop = asyncio.get_running_loop()
        rank = 2 * priority + (not under_way)
        waiter = Waiter(self, key, rank, loop.time(), loop.create_future())
        self.queues[rank][waiter] = None
        return waiter

    def hasten(self, key: OperationKey) -> None:
        """Give the waiting requests of an operation the highest priority."""
        for waiter in [each for queue in self.queues for each in queue if each.key == key]:
            waiter.leave()
            waiter.rank %= 2
            self.queues[waiter.rank][waiter] = None

    def heads(self) -> Sequence[Waiter]:
        """The request of each rank that has waited longest."""
        return [next(iter(queue)) for queue in self.queues if queue]

    def sent(self, now: float) -> None:
        """A request is sent at `now`, the loop's time."""
        self.free_at = now + self._spacing


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

    def __bool__(self) -> bool:
        return bool(self._operations)

    def accepted(self) -> None:
        self._operations.clear()
