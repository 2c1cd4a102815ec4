"""Discovery of recent jobs in a list of all jobs."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from exporter.apis.base import (
    Azure,
    Discover,
    DiscoveringLister,
    FindKnown,
    Found,
    Lister,
)
from exporter.apis.jobs import JobList, ListedStatus
from exporter.azure.body import PageOf
from exporter.errors import Failure
from exporter.model.operation import Operation
from exporter.settings.types import Duration, between

_ROUNDS = 10  # one of so many reads the whole list


def known_as(known: FindKnown, full_id: Callable[[str], str]) -> FindKnown:
    """The same for a list whose items show only a part of their ids."""
    return lambda part: known(full_id(part))


class DiscoverRecent(Discover):
    """Discovery of jobs."""

    lookback: Annotated[Duration, between(60, 31536000, "1m to 365d")] = 86400.0
    """Maximum age of a job when it is discovered; an unfinished one is polled until it ends."""


@dataclass
class PrefixedLists(DiscoveringLister):
    """Several lists, by the prefix that the ids of their items get."""

    lists: Mapping[str, Lister]
    discover: DiscoverRecent

    async def found(self, azure: Azure, known: FindKnown, now: float) -> AsyncIterator[Found]:
        """The items of all lists; a list that cannot be read leaves out its own alone."""
        failures: list[Failure] = []
        for prefix, lister in self.lists.items():
            full_id = f"{prefix}{{}}".format
            try:
                async for found in lister.found(azure, known_as(known, full_id), now):
                    yield found._replace(id=full_id(found.id))
            except Failure as failure:
                failures.append(failure)
        if failures:
            raise failures[0]


@dataclass
class RecentList(DiscoveringLister):
    """The jobs of the list at `path` that were created within the lookback or are unfinished.

    A round ends after the pages that had jobs of the lookback in the previous round. Every tenth
    round reads all pages, unless the newest job is known to come first.
    """

    path: str
    shape: type[PageOf[ListedStatus]]
    discover: DiscoverRecent
    newest_first: bool = False
    _round: int = field(default=0, compare=False)
    _needed: int = field(default=0, compare=False)  # pages up to the last one with such a job
    _jobs: JobList = field(init=False, compare=False)

    def __post_init__(self) -> None:
        self._jobs = JobList(self.shape)

    def first_page(self, now: float) -> str:  # noqa: ARG002
        """Path and query of the first page; `now` is Unix seconds."""
        return self.path

    async def found(self, azure: Azure, known: FindKnown, now: float) -> AsyncIterator[Found]:
        reads_all = self._round == 0
        self._jobs.begin_round(whole=reads_all or self.newest_first)
        number = needed = 0
        async for page in self._jobs.pages(azure, self.first_page(now), known):
            number += 1
            for found in page.values:
                is_recent = self._is_recent(found.operation, now)
                if is_recent:
                    needed = number
                if is_recent or not found.operation.state.finished:
                    yield found
            is_end = self.newest_first or (not reads_all and number >= self._needed)
            if needed < number and is_end:
                break
        self._needed = needed
        self._round = (self._round + 1) % _ROUNDS

    def _is_recent(self, operation: Operation, now: float) -> bool:
        """Whether it was created within the lookback, or when is not known."""
        created = operation.created
        return created is None or created >= now - self.discover.lookback
