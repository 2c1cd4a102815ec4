"""Discovery of recent jobs in a list of all jobs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated, Generic

from exporter.apis.base import Azure, Discover, DiscoveringLister, FindKnown, Found
from exporter.apis.jobs import StatusPageShape
from exporter.model.operation import Operation
from exporter.settings.types import Duration, between

_ROUNDS = 10  # one of so many reads the whole list


class DiscoverRecent(Discover):
    """How jobs are found that the configuration does not name."""

    lookback: Annotated[Duration, between(60, 31536000, "1m to 365d")] = 86400.0
    """Jobs created since then are found; an unfinished one is followed further."""


@dataclass
class RecentList(DiscoveringLister, Generic[StatusPageShape]):
    """The jobs of the list at `path` that were created within the lookback or are unfinished.

    A round ends after the pages that had jobs of the lookback in the previous round. Every tenth
    round reads all pages, unless the newest job is known to come first.
    """

    path: str
    shape: type[StatusPageShape]
    discover: DiscoverRecent
    newest_first: bool = False
    _round: int = field(default=0, compare=False)
    _needed: int = field(default=0, compare=False)  # pages up to the last one with such a job

    def first_page(self, now: float) -> str:  # noqa: ARG002
        """Path and query of the first page; `now` is Unix seconds."""
        return self.path

    async def found(self, azure: Azure, known: FindKnown, now: float) -> AsyncIterator[Found]:  # noqa: ARG002
        reads_all = self._round == 0
        number = needed = 0
        async for page in azure.pages(self.first_page(now), self.shape):
            number += 1
            for item in page.value:
                operation = item.operation()
                is_recent = self._is_recent(operation, now)
                if is_recent:
                    needed = number
                if is_recent or not operation.state.finished:
                    yield Found(item.id, operation, item.name or "")
            is_end = self.newest_first or (not reads_all and number >= self._needed)
            if needed < number and is_end:
                break
        self._needed = needed
        self._round = (self._round + 1) % _ROUNDS

    def _is_recent(self, operation: Operation, now: float) -> bool:
        """Whether it was created within the lookback, or when is not known."""
        created = operation.created
        return created is None or created >= now - self.discover.lookback
