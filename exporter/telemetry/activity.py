"""What each resource was asked lately, and how that went."""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from exporter.azure.client import Exchange
from exporter.errors import Failure

_MINUTE = 60


@dataclass(slots=True)
class RecentRequests:
    """Of one resource.

    Attributes:
        latest: the latest request to each API.
        failed: the latest that failed.
    """

    latest: dict[str, Exchange] = field(default_factory=dict)
    failed: Exchange | None = None
    _seconds: deque[list[int]] = field(default_factory=deque)

    def add(self, exchange: Exchange) -> None:
        """One more request."""
        if exchange.failure:
            exchange = self.failed = replace(exchange, failure=_unraised(exchange.failure))
        self.latest[exchange.key.api] = exchange
        second = int(exchange.at)
        if self._seconds and self._seconds[-1][0] == second:
            self._seconds[-1][1] += 1
        else:
            self._seconds.append([second, 1])
        while self._seconds[0][0] <= second - _MINUTE or len(self._seconds) > _MINUTE:
            self._seconds.popleft()

    def requests(self, now: float) -> int:
        """How many there were in the minute before `now`, Unix seconds."""
        return sum(count for second, count in self._seconds if now - _MINUTE < second <= now)


def _unraised(failure: Failure) -> Failure:
    """The same, which is kept; the other will hold the frames that it comes through."""
    return type(failure)(failure.status, failure.reason, failure.details)


class Activity:
    """Counts the requests of the last minute, and keeps the latest."""

    def __init__(self) -> None:
        self._of: dict[str, RecentRequests] = {}

    def __getitem__(self, resource: str) -> RecentRequests:
        return self._of.get(resource) or RecentRequests()

    def exchanged(self, exchange: Exchange) -> None:
        """A request to Azure has come to its end."""
        self._of.setdefault(exchange.key.resource, RecentRequests()).add(exchange)

    def keep(self, resources: Collection[str]) -> None:
        """Forget all others."""
        self._of = {name: of for name, of in self._of.items() if name in resources}
