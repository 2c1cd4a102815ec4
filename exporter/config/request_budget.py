"""Pure: what a configuration asks of Azure in an hour, at most, beside what its budget allows.

For each API of a resource, with what each API says of itself (`exporter.apis.request_counts`):

    operations: 3600 / interval * look + once
    documents:  3600 / interval * documents
    lists:      3600 / interval of the lists * round

While nothing fails: a request that fails in a way that can pass is tried up to three times.
`/probe`, registered operations and further shards come on top.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from exporter.apis.request_counts import Assumed
from exporter.config.config import Config
from exporter.config.plan import plan

_HOUR = 3600.0
_HEAD = ("resource", "api", "operations", "lists", "documents", "all", "budget", "used")
_NAMES = 2  # columns of text, before those of numbers


@dataclass(frozen=True)
class Hour:
    """Requests in an hour, to one API of a resource or, with `api` empty, to all of it.

    Attributes:
        budget: how many may leave, by the API's own limit or by that of the resource.
    """

    resource: str
    api: str
    operations: float
    lists: float
    documents: float
    budget: float

    @property
    def all(self) -> float:
        return self.operations + self.lists + self.documents

    @property
    def used(self) -> float:
        """Of the budget; above 1 everything comes so many times later than wanted."""
        return self.all / self.budget


def hours(config: Config, assumed: Assumed) -> Iterator[Hour]:
    """Each API of each resource, and after several APIs of a resource their sum."""
    wanted = plan(config)
    sections = wanted.sections.values()
    for resource, group in groupby(sections, lambda section: section.resource):
        connection = wanted.connections[resource]
        budget = connection.poll.requests_per_second * _HOUR
        rows = []
        for section in group:
            counts, lister = section.settings.request_counts(assumed), section.lister
            looks = _HOUR / section.interval
            rounds = _HOUR / ((lister.interval if lister else None) or section.interval)
            limit = connection.limits.get(section.api)
            rows.append(
                Hour(
                    resource,
                    section.api,
                    looks * counts.poll + counts.once,
                    rounds * counts.round,
                    looks * counts.documents,
                    min(budget, limit * _HOUR) if limit else budget,
                )
            )
        yield from rows
        if len(rows) > 1:
            yield _sum(resource, rows, budget)


def _sum(resource: str, rows: Sequence[Hour], budget: float) -> Hour:
    return Hour(
        resource,
        "",
        sum(row.operations for row in rows),
        sum(row.lists for row in rows),
        sum(row.documents for row in rows),
        budget,
    )


def report(config: Config, assumed: Assumed) -> str:
    """The table for people, and a line for each budget that does not suffice."""
    rows = list(hours(config, assumed))
    head = (
        f"requests an hour, at most, where each discovery finds {assumed.operations} operations "
        f"that run and a batch has {assumed.documents} documents:"
    )
    table = _table([_HEAD, *map(_cells, rows)])
    return "\n".join([head, *table, *(_excess(row) for row in rows if row.used > 1)])


def _excess(row: Hour) -> str:
    return (
        f"{row.resource}/{row.api or 'together'}: more than the budget: looks come {row.used:.1f} "
        "times as seldom as wanted; choose longer intervals, fewer operations or documents, or "
        "a larger budget"
    )


def _cells(row: Hour) -> tuple[str, ...]:
    counts = (row.operations, row.lists, row.documents, row.all, row.budget)
    return (
        row.resource,
        row.api or "together",
        *(f"{count:,.0f}" for count in counts),
        f"{row.used:.0%}",
    )


def _table(rows: Sequence[tuple[str, ...]]) -> Iterable[str]:
    """Names to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(
            cell.ljust(width) if place < _NAMES else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
