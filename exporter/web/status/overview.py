"""What the page at `/` shows: head line, resources, operations."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from operator import itemgetter

from exporter.model.operation import State
from exporter.model.shard import Shard
from exporter.model.trouble import KINDS
from exporter.web.status.formatting import When, when
from exporter.web.status.query import PAGE_SIZES, Query, write
from exporter.web.status.resources import ResourceRow, resource_rows
from exporter.web.status.rows import SORTS, OperationRow, OperationView, place_of, row, wanted
from exporter.web.status.sorting import Part, SortKey, arranged
from exporter.web.status.sources import Sources

_USUAL = Query()
_WORST = 6  # operations in trouble that the head names
_ENOUGH = 200  # of them to look for the worst
_SAID = 20  # problems of files of operations


@dataclass(frozen=True, slots=True)
class StatusHead:
    """What is said before all else.

    Attributes:
        states, kinds: how many operations, with the address of a page that shows them.
        worst: of those in trouble.
        oldest: when what is still polled was last read, at worst.
        unread: operations that are polled, but were never read.
        waiting: operations that were not asked for yet.
        not_loaded: why the file of the configuration cannot be used.
        problems: of files of operations, and how many more there are.
    """

    total: int
    states: tuple[tuple[str, int, str], ...]
    in_trouble: int
    kinds: tuple[tuple[str, int, str], ...]
    worst: tuple[OperationRow, ...]
    oldest: When | None
    unread: int
    waiting: int
    loaded: When | None
    not_loaded: tuple[str, ...]
    problems: tuple[str, ...]
    more_problems: int
    shard: Shard


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole page; rows are made while they are rendered."""

    head: StatusHead
    resources: tuple[ResourceRow, ...]
    query: Query
    rows: Iterator[OperationRow]
    part: Part[OperationView]


def known_values(sources: Sources) -> dict[str, tuple[str, ...]]:
    """The parameters of the page, and the values that each can have now."""
    resources = sources.config().resources
    apis = dict.fromkeys(api for resource in resources for api, _ in resource.sections())
    return {
        "q": (),
        "resource": tuple(resource.name for resource in resources),
        "api": tuple(apis),
        "state": tuple(state.value for state in _states(sources)),
        "trouble": ("any", *KINDS),
        "sort": SORTS,
        "page": (),
        "per_page": PAGE_SIZES,
    }


def _states(sources: Sources) -> Iterator[State]:
    """Those that operations of the configured APIs can have."""
    resources = sources.config().resources
    settings = [section for resource in resources for _, section in resource.sections()]
    had = {state for section in settings for state in section.states} | {State.UNKNOWN}
    return (state for state in State if state in had)


class _Tally:
    """Counts what passes, while it is put in order."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._text = query.q.casefold()
        self._filters = query.filters
        self.states: Counter[State] = Counter()
        self.kinds: Counter[str] = Counter()
        self.of_resource: Counter[str] = Counter()
        self.troubles_of: Counter[str] = Counter()
        self.bad: list[tuple[SortKey, OperationView]] = []
        self.in_trouble = 0
        self.oldest: float | None = None
        self.unread = 0
        self.waiting = 0

    def place(self, seen: OperationView) -> SortKey | None:
        """Where an operation stands, if the filters let it through; all are counted."""
        snapshot = seen.snapshot
        self.states[seen.state] += 1
        self.of_resource[snapshot.watch.key.resource] += 1
        if seen.troubles:
            for trouble in seen.troubles:
                self.kinds[trouble.kind] += 1
            self.troubles_of[snapshot.watch.key.resource] += 1
            self.bad.append((place_of(seen, _USUAL), seen))
            if len(self.bad) > _ENOUGH:
                self.worst()
            self.in_trouble += 1
        self.waiting += snapshot.up is None
        read = snapshot.last_success
        if read is None:
            self.unread += 1
        elif snapshot.finished_at is None:
            self.oldest = read if self.oldest is None else min(read, self.oldest)
        if self._filters and not wanted(seen, self._query, self._text):
            return None
        return place_of(seen, self._query)

    def worst(self) -> list[OperationView]:
        """Those that the head names; the others are let go."""
        self.bad.sort(key=itemgetter(0))
        del self.bad[_WORST:]
        return [seen for _, seen in self.bad]


async def overview(sources: Sources, query: Query) -> Overview:
    """The page, of one moment."""
    now = sources.clock()
    tally = _Tally(query)
    each = (OperationView.at(snapshot, now) for snapshot in tuple(sources.store))
    part = await arranged(
        each,
        tally.place,
        descending=query.descending,
        page=query.page,
        per_page=query.per_page,
    )
    return Overview(
        head=_head(sources, tally, now),
        resources=tuple(resource_rows(sources, tally.of_resource, tally.troubles_of, now)),
        query=replace(query, page=part.page),
        rows=(row(seen, now) for seen in part.items),
        part=part,
    )


def _head(sources: Sources, tally: _Tally, now: float) -> StatusHead:
    problems = sources.problems()
    return StatusHead(
        total=sum(tally.states.values()),
        states=tuple(
            (state.value, tally.states[state], write(Query(state=state.value)))
            for state in _states(sources)
        ),
        in_trouble=tally.in_trouble,
        kinds=tuple(_kinds(tally)),
        worst=tuple(row(seen, now) for seen in tally.worst()),
        oldest=when(tally.oldest, now),
        unread=tally.unread,
        waiting=tally.waiting,
        loaded=when(sources.telemetry.exporter.loaded_at, now),
        not_loaded=tuple(sources.not_loaded()),
        problems=tuple(problems[:_SAID]),
        more_problems=max(0, len(problems) - _SAID),
        shard=sources.shard,
    )


def _kinds(tally: _Tally) -> Iterator[tuple[str, int, str]]:
    for kind in KINDS:
        if tally.kinds[kind]:
            yield kind, tally.kinds[kind], write(Query(trouble=kind))
