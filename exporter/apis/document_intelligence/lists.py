"""The lists of Document Intelligence, whose items tell less than single answers."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Generic

from msgspec.structs import replace

from exporter.apis.base import Azure, FindKnown, Found
from exporter.apis.recent import RecentList
from exporter.azure.body import Item, ItemsPage
from exporter.model.operation import Operation


class VersionedPage(ItemsPage[Item], Generic[Item]):
    """One page of a list; the link to the next one may lack the version of the API."""

    def following(self, path: str) -> str | None:
        link = super().following(path)
        if link is None or _version_in(link):
            return link
        return f"{link}{'&' if '?' in link else '?'}{_version_in(path)}"


def _version_in(url: str) -> str:
    """The part of the query that says the version; empty if there is none."""
    parts = url.partition("?")[2].split("&")
    return next((part for part in parts if part.startswith("api-version=")), "")


@dataclass
class BriefList(RecentList):
    """A list; what only a single answer tells of an operation stays until its state changes.

    Attributes:
        name: of items that have none of their own.
    """

    name: str = ""

    async def found(self, azure: Azure, known: FindKnown, now: float) -> AsyncIterator[Found]:
        async for found in super().found(azure, known, now):
            operation = _with_details(found.operation, known(found.id))
            yield found._replace(operation=operation, name=found.name or self.name)


def _with_details(item: Operation, known: Operation | None) -> Operation:
    """The operation of an item with what is known of it; the known one if that is all the same."""
    if known is None or known.state is not item.state:
        return item
    whole = replace(
        item,
        progress=known.progress if item.progress is None else item.progress,
        counts=item.counts or known.counts,
        submitted=item.submitted or known.submitted,
        fault=item.fault or known.fault,
    )
    return known if whole == known else whole
