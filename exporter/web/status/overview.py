"""The page at `/`: its head, resources, operations."""

import math
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

from exporter.accounts.found import Unwatched
from exporter.model.operation import State
from exporter.model.prices import Cost
from exporter.model.shard import Shard
from exporter.model.trouble import KINDS
from exporter.redaction.own_secrets import own_secrets
from exporter.text import public
from exporter.web.status.formatting import When, span, when
from exporter.web.status.query import PAGE_SIZES, Query, write
from exporter.web.status.resources import SHORT_WAIT, ResourceRow, resource_rows
from exporter.web.status.rows import (
    SORTS,
    OperationRow,
    OperationView,
    default_key,
    filtered,
    row,
    sort_key,
)
from exporter.web.status.sorting import Part, SortKey, slices, sorted_part
from exporter.web.status.sources import Sources

_WORST_SHOWN = 6  # operations in trouble that the head names
_MOST_CANDIDATES = 200  # operations in trouble that are kept before they are sorted
_PROBLEMS_SHOWN = 20  # problems with files of operations
_UNWATCHED_SHOWN = 50  # accounts that cannot be watched


@dataclass(frozen=True, slots=True)
class StatusHead:
    """The head of the page.

    Attributes:
        states, kinds: the number of operations, and the address of a page that shows them.
        worst: the operations with the worst trouble.
        oldest: the oldest time at which an unfinished operation was last read.
        unread: operations that were never read.
        waiting: operations that were not polled yet.
        not_loaded: why the file of the configuration cannot be used.
        requests_waiting: for the budgets of all resources; 0 if none has waited for a second.
        longest_wait: the time that one of them has waited, and its resource.
        left_out: where `max_operations` leaves operations out: resource, API and the limit.
        costs: the estimated cost of these operations, for each currency.
        problems: with files of operations; `more_problems` are not shown.
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
    requests_waiting: int
    longest_wait: tuple[str, str]
    left_out: tuple[tuple[str, str, int], ...]
    costs: tuple[str, ...]
    problems: tuple[str, ...]
    more_problems: int
    shard: Shard


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole page. Rows are made while the page is rendered.

    Attributes:
        unwatched: name, resource group, subscription and reason of accounts that cannot be
            watched; `more_unwatched` are not shown.
    """

    head: StatusHead
    resources: tuple[ResourceRow, ...]
    unwatched: tuple[tuple[str, str, str, str], ...]
    more_unwatched: int
    query: Query
    rows: Iterator[OperationRow]
    part: Part[OperationView]


def parameter_values(sources: Sources) -> dict[str, tuple[str, ...]]:
    """The parameters of the page, and the values that each may have now."""
    resources = sources.config().resources
    apis = dict.fromkeys(api for resource in resources for api, _ in resource.sections())
    return {
        "q": (),
        "resource": tuple(resource.name for resource in resources),
        "api": tuple(apis),
        "state": tuple(state.value for state in _states(sources)),
        "trouble": ("any", *KINDS),
        "label": tuple(_labels(sources)),
        "sort": SORTS,
        "page": (),
        "per_page": PAGE_SIZES,
    }


def _labels(sources: Sources) -> dict[str, None]:
    """The labels of the resources, to choose from; an operation may have others."""
    labels = (each for resource in sources.config().resources for each in resource.labels.items())
    return dict.fromkeys(own_secrets.cut(f"{name}={value}") for name, value in sorted(labels))


def _states(sources: Sources) -> Iterator[State]:
    """The states that operations of the configured APIs can have."""
    resources = sources.config().resources
    settings = [section for resource in resources for _, section in resource.sections()]
    possible = {state for section in settings for state in section.states} | {State.UNKNOWN}
    return (state for state in State if state in possible)


class _Tally:
    """Counts operations while they are sorted."""

    def __init__(self) -> None:
        self.states: Counter[State] = Counter()
        self.kinds: Counter[str] = Counter()
        self.by_resource: Counter[str] = Counter()
        self.troubles_by_resource: Counter[str] = Counter()
        self.candidates: list[tuple[SortKey, OperationView]] = []
        self.in_trouble = 0
        self.oldest = math.inf
        self.unread = 0
        self.waiting = 0
        self.costs: defaultdict[str, float] = defaultdict(float)

    def count(self, views: Sequence[OperationView]) -> None:
        """Count these operations."""
        self.states.update([view.state for view in views])
        self.by_resource.update([view.snapshot.watch.key.resource for view in views])
        for view in views:
            if view.troubles:
                self._count_troubles(view)
            snapshot = view.snapshot
            if snapshot.up is None:
                self.waiting += 1
            if snapshot.cost:
                self.costs[snapshot.cost.currency] += snapshot.cost.value
            read = snapshot.last_success
            if read is None:
                self.unread += 1
            elif read < self.oldest and snapshot.finished_at is None:
                self.oldest = read

    def _count_troubles(self, view: OperationView) -> None:
        self.in_trouble += 1
        self.kinds.update([trouble.kind for trouble in view.troubles])
        self.troubles_by_resource[view.snapshot.watch.key.resource] += 1
        self.candidates.append((default_key(view), view))
        if len(self.candidates) > _MOST_CANDIDATES:
            self.worst_operations()

    def worst_operations(self) -> list[OperationView]:
        """The operations that the head names; the others are no longer kept."""
        self.candidates.sort(key=itemgetter(0))
        del self.candidates[_WORST_SHOWN:]
        return [view for _, view in self.candidates]


async def overview(sources: Sources, query: Query) -> Overview:
    """The page as of one time."""
    now = sources.clock()
    tally = _Tally()

    async def shown() -> AsyncIterator[list[OperationView]]:
        async for snapshots in slices(tuple(sources.store)):
            views = [OperationView.at(snapshot, now) for snapshot in snapshots]
            tally.count(views)
            yield filtered(views, query)

    part = await sorted_part(
        shown(),
        sort_key(query),
        descending=query.descending,
        page=query.page,
        per_page=query.per_page,
    )
    unwatched = sources.unwatched()
    return Overview(
        head=_head(sources, tally, now),
        resources=tuple(resource_rows(sources, tally.by_resource, tally.troubles_by_resource, now)),
        unwatched=tuple(map(_unwatched_row, unwatched[:_UNWATCHED_SHOWN])),
        more_unwatched=max(0, len(unwatched) - _UNWATCHED_SHOWN),
        query=replace(query, page=part.page),
        rows=(row(view, now) for view in part.items),
        part=part,
    )


def _unwatched_row(unwatched: Unwatched) -> tuple[str, str, str, str]:
    account, why = unwatched.account, public(unwatched.why)
    return public(account.name), public(account.resource_group), account.subscription, why


def _head(sources: Sources, tally: _Tally, now: float) -> StatusHead:
    problems = sources.problems()
    budgets = {name: client.budget for name, client in sources.clients().items()}
    waits = ((budget.longest_wait, name) for name, budget in budgets.items())
    longest_wait, resource = max(waits, default=(0.0, ""))
    waiting = sum(budget.waiting for budget in budgets.values())
    return StatusHead(
        total=sum(tally.states.values()),
        states=tuple(
            (state.value, tally.states[state], write(Query(state=state.value)))
            for state in _states(sources)
        ),
        in_trouble=tally.in_trouble,
        kinds=tuple(_kinds(tally)),
        worst=tuple(row(view, now) for view in tally.worst_operations()),
        oldest=when(tally.oldest, now) if math.isfinite(tally.oldest) else None,
        unread=tally.unread,
        waiting=tally.waiting,
        loaded=when(sources.telemetry.exporter.loaded_at, now),
        not_loaded=tuple(sources.not_loaded()),
        requests_waiting=waiting if longest_wait >= SHORT_WAIT else 0,
        longest_wait=(span(longest_wait), resource),
        left_out=tuple(
            (*key, watcher.lister.max_operations)
            for key, watcher in sources.lists.items()
            if watcher.cut
        ),
        costs=tuple(Cost(currency, value).words for currency, value in tally.costs.items()),
        problems=tuple(problems[:_PROBLEMS_SHOWN]),
        more_problems=max(0, len(problems) - _PROBLEMS_SHOWN),
        shard=sources.shard,
    )


def _kinds(tally: _Tally) -> Iterator[tuple[str, int, str]]:
    for kind in KINDS:
        if tally.kinds[kind]:
            yield kind, tally.kinds[kind], write(Query(trouble=kind))
