"""The head of the page at `/`: counts, the age of the data, charges, and what is in trouble."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exporter.model.operation import Number, State
from exporter.model.prices import Cost
from exporter.model.shard import Shard
from exporter.telemetry.today import Today
from exporter.web.status.formatting import When, amount, span, when
from exporter.web.status.in_trouble import TroubleGroup, TroubleTally
from exporter.web.status.query import Query, write
from exporter.web.status.resources import SHORT_WAIT, ResourceRow
from exporter.web.status.rows import OperationView
from exporter.web.status.sources import Sources

_PROBLEMS_SHOWN = 20  # problems with operation files


@dataclass(frozen=True, slots=True)
class Charged:
    """What was charged today.

    Attributes:
        start: the start of the exporter, if only what came after it is counted.
        cost: the estimate; empty without prices.
        amounts: such as `1,200 characters` and `2 h 5 min audio`.
    """

    start: When | None
    cost: str
    amounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StatusHead:
    """The head of the page.

    Attributes:
        states: the number of operations, and the address of a page that shows them.
        resources_down: the number of resources in trouble.
        health: the words for the health of resources, and how many have each.
        oldest: the oldest time at which an unfinished operation was last read.
        unread: operations that were never read.
        waiting: operations that were not polled yet.
        not_loaded: why the file of the configuration cannot be used.
        requests_waiting: for the budgets of all resources; 0 if none has waited for a second.
        longest_wait: the time that one of them has waited, and its resource.
        left_out: where `max_operations` leaves operations out: resource, API and the limit.
        costs: the estimated cost of these operations, for each currency.
        problems: with operation files; `more_problems` are not shown.
    """

    total: int
    states: tuple[tuple[str, int, str], ...]
    in_trouble: int
    resources_down: int
    health: tuple[tuple[str, int], ...]
    groups: tuple[TroubleGroup, ...]
    oldest: When | None
    unread: int
    waiting: int
    loaded: When | None
    not_loaded: tuple[str, ...]
    requests_waiting: int
    longest_wait: tuple[str, str]
    left_out: tuple[tuple[str, str, int], ...]
    charged: Charged
    costs: tuple[str, ...]
    problems: tuple[str, ...]
    more_problems: int
    shard: Shard


class Tally:
    """Counts operations while they are sorted."""

    def __init__(self) -> None:
        self.states: Counter[State] = Counter()
        self.by_resource: Counter[str] = Counter()
        self.troubles = TroubleTally()
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
                self.troubles.count(view)
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


def possible_states(sources: Sources) -> Iterator[State]:
    """The states that operations of the configured APIs can have."""
    resources = sources.config().resources
    settings = [section for resource in resources for _, section in resource.sections()]
    possible = {state for section in settings for state in section.states} | {State.UNKNOWN}
    return (state for state in State if state in possible)


def status_head(
    sources: Sources, tally: Tally, resources: Sequence[ResourceRow], now: float
) -> StatusHead:
    """The head, for all operations in the tally."""
    problems = sources.problems()
    budgets = {name: client.budget for name, client in sources.clients().items()}
    waits = ((budget.longest_wait, name) for name, budget in budgets.items())
    longest_wait, resource = max(waits, default=(0.0, ""))
    waiting = sum(budget.waiting for budget in budgets.values())
    return StatusHead(
        total=sum(tally.states.values()),
        states=tuple(
            (state.value, tally.states[state], write(Query(state=state.value)))
            for state in possible_states(sources)
        ),
        in_trouble=tally.troubles.operations,
        resources_down=sum(each.health == "bad" for each in resources),
        health=tuple(Counter(each.word for each in resources).most_common()),
        groups=tuple(tally.troubles.groups(resources, now)),
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
        charged=_charged(sources, now),
        costs=tuple(Cost(currency, value).words for currency, value in tally.costs.items()),
        problems=tuple(problems[:_PROBLEMS_SHOWN]),
        more_problems=max(0, len(problems) - _PROBLEMS_SHOWN),
        shard=sources.shard,
    )


def _charged(sources: Sources, now: float) -> Charged:
    today: Today = sources.today
    cost = today.cost
    return Charged(
        start=None if today.from_midnight else when(today.since, now),
        cost=cost.words if cost else "",
        amounts=tuple(_amount(noun, value) for noun, value in today.amounts().items()),
    )


def _amount(noun: str, value: Number) -> str:
    words = noun.replace("_", " ")
    if noun.endswith("_seconds"):
        return f"{span(value)} {words.removesuffix(' seconds')}"
    return f"{amount(value)} {words.removesuffix(' charged')}"
