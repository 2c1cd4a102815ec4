"""The recent requests to each resource, and their outcomes."""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field

from msgspec.structs import replace

from exporter.azure.exchange import Exchange
from exporter.errors import Failure

_MINUTE = 60


@dataclass(slots=True)
class RecentRequests:
    """The recent requests to one resource.

    Attributes:
        latest: the latest request to each API.
        failed: the latest failed request.
    """

    latest: dict[str, Exchange] = field(default_factory=dict)
    failed: Exchange | None = None
    _counts: deque[list[int]] = field(default_factory=deque)  # [second, requests]

    def add(self, exchange: Exchange) -> None:
        """Count a request and remember its outcome."""
        if exchange.failure:
            exchange = self.failed = replace(exchange, failure=_copy(exchange.failure))
        self.latest[exchange.key.api] = exchange
        second = int(exchange.at)
        if self._counts and self._counts[-1][0] == second:
            self._counts[-1][1] += 1
        else:
            self._counts.append([second, 1])
        while self._counts[0][0] <= second - _MINUTE or len(self._counts) > _MINUTE:
            self._counts.popleft()

    def requests(self, now: float) -> int:
        """The number of requests in the minute before `now` (Unix seconds)."""
        return sum(count for second, count in self._counts if now - _MINUTE < second <= now)


def _copy(failure: Failure) -> Failure:
    """A copy to keep: the original gets a traceback with all frames when it is raised."""
    return type(failure)(failure.status, failure.reason, failure.details)


class Activity:
    """The recent requests to all resources."""

    def __init__(self) -> None:
        self._by_resource: dict[str, RecentRequests] = {}

    def __getitem__(self, resource: str) -> RecentRequests:
        return self._by_resource.get(resource) or RecentRequests()

    def exchanged(self, exchange: Exchange) -> None:
        """A request to Azure has ended."""
        resource = exchange.key.resource
        if resource not in self._by_resource:
            self._by_resource[resource] = RecentRequests()
        self._by_resource[resource].add(exchange)

    def keep(self, resources: Collection[str]) -> None:
        """Forget all other resources."""
        self._by_resource = {
            name: requests for name, requests in self._by_resource.items() if name in resources
        }
