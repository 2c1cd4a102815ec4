"""Pure: how many requests a configuration needs in an hour, at most, and its budget.

For each API of a resource, with the API's own counts (`exporter.apis.request_counts`):

    operations: 3600 / interval * look + once
    documents:  3600 / interval * documents
    lists:      3600 / interval of the lists * round

This is without failures: after a temporary failure a request is tried up to three times.
`/probe`, registered operations and further shards are not included.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from exporter.apis.request_counts import Assumed
from exporter.config.config import Config
from exporter.config.plan import plan

_HOUR_SECONDS = 3600.0
_HEADINGS = ("resource", "api", "operations", "lists", "documents", "all", "budget", "used")
_TEXT_COLUMNS = 2  # before the columns of numbers


@dataclass(frozen=True)
class HourlyRequests:
    """Requests in an hour to one API of a resource, or with an empty `api` to the resource.

    Attributes:
        budget: how many are allowed, by the limit of the API or of the resource.
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
        """The used part of the budget; 2 means that polls come half as often as configured."""
        return self.all / self.budget


def hourly_requests(config: Config, assumed: Assumed) -> Iterator[HourlyRequests]:
    """Each API of each resource; after several APIs of a resource, their sum."""
    planned = plan(config)
    sections = planned.sections.values()
    for resource, group in groupby(sections, lambda section: section.resource):
        connection = planned.connections[resource]
        budget = connection.poll.requests_per_second * _HOUR_SECONDS
        rows = []
        for section in group:
            counts, lister = section.settings.request_counts(assumed), section.lister
            polls = _HOUR_SECONDS / section.interval
            rounds = _HOUR_SECONDS / ((lister.interval if lister else None) or section.interval)
            limit = connection.limits.get(section.api)
            rows.append(
                HourlyRequests(
                    resource,
                    section.api,
                    polls * counts.poll + counts.once,
                    rounds * counts.round,
                    polls * counts.documents,
                    min(budget, limit * _HOUR_SECONDS) if limit else budget,
                )
            )
        yield from rows
        if len(rows) > 1:
            yield _sum(resource, rows, budget)


def _sum(resource: str, rows: Sequence[HourlyRequests], budget: float) -> HourlyRequests:
    return HourlyRequests(
        resource,
        "",
        sum(row.operations for row in rows),
        sum(row.lists for row in rows),
        sum(row.documents for row in rows),
        budget,
    )


def report(config: Config, assumed: Assumed) -> str:
    """The table as text, and a line for each budget that is too small."""
    rows = list(hourly_requests(config, assumed))
    title = (
        f"requests an hour, at most, where each discovery finds {assumed.operations} running "
        f"operations, a batch has {assumed.documents} documents, and a resource "
        f"{assumed.projects} projects:"
    )
    table = _table([_HEADINGS, *map(_row_cells, rows)])
    return "\n".join([title, *table, *(_budget_warning(row) for row in rows if row.used > 1)])


def _budget_warning(row: HourlyRequests) -> str:
    return (
        f"{row.resource}/{row.api or 'together'}: more than the budget: polls come {row.used:.1f} "
        "times less often than configured; use longer intervals, fewer operations or documents, "
        "or a larger budget"
    )


def _row_cells(row: HourlyRequests) -> tuple[str, ...]:
    counts = (row.operations, row.lists, row.documents, row.all, row.budget)
    return (
        row.resource,
        row.api or "together",
        *(f"{count:,.0f}" for count in counts),
        f"{row.used:.0%}",
    )


def _table(rows: Sequence[tuple[str, ...]]) -> Iterable[str]:
    """Lines with text aligned left and numbers aligned right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(
            cell.ljust(width) if index < _TEXT_COLUMNS else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
