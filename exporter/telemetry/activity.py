"""The recent requests to each resource, and their outcomes."""

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from exporter.azure.exchange import Exchange
from exporter.errors import Failure, NoAnswer, Unauthorised

_MINUTE = 60  # seconds
_HOUR = 60  # minutes


@dataclass(slots=True)
class RecentRequests:
    """The recent requests to one resource.

    Attributes:
        latest: the latest request to each API.
        failed: the latest failed request.
        down_since: since when an API refuses the key or gives no answer, in Unix seconds.
    """

    latest: dict[str, Exchange] = field(default_factory=dict)
    failed: Exchange | None = None
    down_since: dict[str, float] = field(default_factory=dict)
    _minutes: deque[list[int]] = field(default_factory=deque)  # [minute, requests, failures]
    _counts: deque[list[int]] = field(default_factory=deque)  # [second, requests]

    def add(self, exchange: Exchange) -> None:
        """Count a request and remember its outcome."""
        api = exchange.key.api
        if exchange.failure:
            exchange = self.failed = replace(exchange, failure=_copy(exchange.failure))
        if isinstance(exchange.failure, Unauthorised | NoAnswer):
            self.down_since.setdefault(api, exchange.at)
        else:
            self.down_since.pop(api, None)
        self.latest[api] = exchange
        self._count_minute(exchange)
        second = int(exchange.at)
        if self._counts and self._counts[-1][0] == second:
            self._counts[-1][1] += 1
        else:
            self._counts.append([second, 1])
        while self._counts[0][0] <= second - _MINUTE or len(self._counts) > _MINUTE:
            self._counts.popleft()

    def _count_minute(self, exchange: Exchange) -> None:
        minute = int(exchange.at // _MINUTE)
        if not self._minutes or self._minutes[-1][0] != minute:
            self._minutes.append([minute, 0, 0])
        self._minutes[-1][1] += 1
        self._minutes[-1][2] += exchange.failure is not None
        if len(self._minutes) > _HOUR:
            self._minutes.popleft()

    def minutes(self, now: float) -> Mapping[int, tuple[int, int]]:
        """Requests and failures of the hour before `now`, by the number of the minute since 1970.

        Minutes without a request are absent.
        """
        last = int(now // _MINUTE)
        return {
            minute: (requests, failures)
            for minute, requests, failures in self._minutes
            if last - _HOUR < minute <= last
        }

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
