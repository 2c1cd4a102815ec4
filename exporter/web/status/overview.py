"""The page at `/`: its head, resources, operations."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace

from exporter.accounts.found import Unwatched
from exporter.model.trouble import KINDS
from exporter.redaction.own_secrets import own_secrets
from exporter.text import public
from exporter.web.status.head import StatusHead, Tally, possible_states, status_head
from exporter.web.status.query import PAGE_SIZES, Query
from exporter.web.status.resources import ResourceRow, resource_rows
from exporter.web.status.rows import SORTS, OperationRow, OperationView, filtered, row, sort_key
from exporter.web.status.sorting import Part, phone_part, slices, sorted_part
from exporter.web.status.sources import Sources

_UNWATCHED_SHOWN = 50  # accounts that cannot be watched


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole page. Rows are made while the page is rendered.

    Attributes:
        unwatched: name, resource group, subscription and reason of accounts that cannot be
            watched; `more_unwatched` are not shown.
        phone_part: what a phone shows of `part`, where that is less.
    """

    head: StatusHead
    resources: tuple[ResourceRow, ...]
    unwatched: tuple[tuple[str, str, str, str], ...]
    more_unwatched: int
    query: Query
    rows: Iterator[OperationRow]
    part: Part[OperationView]
    phone_part: Part[OperationView] | None


def parameter_values(sources: Sources) -> dict[str, tuple[str, ...]]:
    """The parameters of the page, and the values that each may have now."""
    resources = sources.config().resources
    apis = dict.fromkeys(api for resource in resources for api, _ in resource.sections())
    return {
        "q": (),
        "resource": tuple(resource.name for resource in resources),
        "api": tuple(apis),
        "state": tuple(state.value for state in possible_states(sources)),
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


async def overview(sources: Sources, query: Query) -> Overview:
    """The page as of one time."""
    now = sources.clock()
    tally = Tally()

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
    by_resource, in_trouble = tally.by_resource, tally.troubles.by_resource
    resources = tuple(resource_rows(sources, by_resource, in_trouble, now))
    return Overview(
        head=status_head(sources, tally, resources, now),
        resources=resources,
        unwatched=tuple(map(_unwatched_row, unwatched[:_UNWATCHED_SHOWN])),
        more_unwatched=max(0, len(unwatched) - _UNWATCHED_SHOWN),
        query=replace(query, page=part.page),
        rows=(row(view, now) for view in part.items),
        part=part,
        phone_part=phone_part(part, query),
    )


def _unwatched_row(unwatched: Unwatched) -> tuple[str, str, str, str]:
    account, why = unwatched.account, public(unwatched.why)
    return public(account.name), public(account.resource_group), account.subscription, why
