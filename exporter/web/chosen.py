"""The operations that the parameters of the status page choose, for programs."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass

from exporter.model.snapshot import Snapshot
from exporter.web.status.query import read
from exporter.web.status.rows import OperationView, filtered, sort_key
from exporter.web.status.sorting import slices, sorted_part


@dataclass(frozen=True)
class Chosen:
    """Some operations.

    Attributes:
        total: how many pass the filters, on all pages.
        notices: a sentence for each parameter that is ignored or selects nothing.
    """

    snapshots: Sequence[Snapshot]
    total: int
    notices: Sequence[str]


async def chosen(
    snapshots: Sequence[Snapshot],
    parameters: Mapping[str, str],
    allowed: Mapping[str, Collection[str]],
    now: float,
) -> Chosen:
    """All that pass the filters, in the order of the status page.

    A page of them only if `page` or `per_page` is given.
    """
    query, notices = read(parameters, allowed)

    async def passing() -> AsyncIterator[list[OperationView]]:
        async for some in slices(snapshots):
            yield filtered([OperationView.at(snapshot, now) for snapshot in some], query)

    paged = not parameters.keys().isdisjoint({"page", "per_page"})
    part = await sorted_part(
        passing(),
        sort_key(query),
        descending=query.descending,
        page=query.page if paged else 1,
        per_page=query.per_page if paged else max(1, len(snapshots)),
    )
    if query.page > part.pages:
        notices += (f"Page {query.page} does not exist; this is the last page.",)
    return Chosen([view.snapshot for view in part.items], part.total, notices)
