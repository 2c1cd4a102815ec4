"""Sorts many items in slices, so that other tasks of the event loop run in between."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import Generic, TypeVar

from exporter.web.status.query import Query

_SLICE_ITEMS = 256  # they take a millisecond or two
_SAMPLE = 32  # items whose median parts the others

Item = TypeVar("Item")
SortKey = tuple[object, ...]
_sort_key = itemgetter(0)


@dataclass(frozen=True)
class Part(Generic[Item]):
    """One page of a table with `total` items on `pages` pages. Numbers start at 1."""

    items: list[Item]
    total: int
    page: int
    pages: int
    first: int


PHONE_ROWS = 20  # of the first page; the rest of its rows only wide screens show


def phone_part(part: Part[Item], query: Query) -> Part[Item] | None:
    """The first page as a phone shows it, if no page size was chosen; None: as it is."""
    if part.page > 1 or query.per_page != Query.per_page or part.total <= PHONE_ROWS:
        return None
    pages = -(-part.total // PHONE_ROWS)
    return Part(part.items[:PHONE_ROWS], part.total, 1, pages, 1)


async def slices(items: Iterable[Item]) -> AsyncIterator[list[Item]]:
    """All items, some at a time; other tasks run after each slice."""
    iterator = iter(items)
    while items_of_slice := list(islice(iterator, _SLICE_ITEMS)):
        yield items_of_slice
        await asyncio.sleep(0)


async def sorted_part(
    slices_of_items: AsyncIterable[Sequence[Item]],
    sort_key: Callable[[Item], SortKey],
    *,
    descending: bool,
    page: int,
    per_page: int,
) -> Part[Item]:
    """A page of the sorted items, whose keys are distinct."""
    entries = [(sort_key(item), item) async for items in slices_of_items for item in items]
    total = len(entries)
    pages = max(1, -(-total // per_page))
    page = min(page, pages)
    first = (page - 1) * per_page
    after = min(first + per_page, total)
    if descending:
        shown = (await _selected(entries, total - after, total - first))[::-1]
    else:
        shown = await _selected(entries, first, after)
    return Part([item for _, item in shown], total, page, pages, first + 1)


async def _selected(
    entries: list[tuple[SortKey, Item]], start: int, stop: int
) -> list[tuple[SortKey, Item]]:
    """`sorted(entries)[start:stop]` by quickselect: nothing else is sorted."""
    if start >= stop:
        return []
    if len(entries) <= _SLICE_ITEMS:
        return sorted(entries, key=_sort_key)[start:stop]
    sample = sorted(entries[:: len(entries) // _SAMPLE], key=_sort_key)
    pivot = sample[len(sample) // 2][0]
    lower: list[tuple[SortKey, Item]] = []
    upper: list[tuple[SortKey, Item]] = []
    async for entries_of_slice in slices(entries):
        for entry in entries_of_slice:
            (lower if entry[0] < pivot else upper).append(entry)
    if not lower:  # a value without an order, such as NaN
        return sorted(upper, key=_sort_key)[start:stop]
    count = len(lower)
    return [
        *await _selected(lower, start, min(stop, count)),
        *await _selected(upper, max(0, start - count), stop - count),
    ]


def order(
    value_of: Callable[[Item], object],
    otherwise: Callable[[Item], object],
    *,
    descending: bool,
) -> Callable[[Item], SortKey]:
    """Sort keys by a value, and by another one where it is the same; None is last both ways."""

    def sort_key(item: Item) -> SortKey:
        value = value_of(item)
        if value is None:
            return not descending, 0, otherwise(item)
        return descending, value, otherwise(item)

    return sort_key
