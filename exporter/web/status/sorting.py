"""Sorts many items in slices, so that other tasks of the event loop run in between."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import Generic, TypeVar

_SLICE_ITEMS = 256  # they take some milliseconds

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


async def sorted_part(
    items: Iterable[Item],
    sort_key: Callable[[Item], SortKey | None],
    *,
    descending: bool,
    page: int,
    per_page: int,
) -> Part[Item]:
    """A page of the sorted items; items without a sort key are left out."""
    iterator = iter(items)
    runs: list[list[tuple[SortKey, Item]]] = []
    while items_of_slice := list(islice(iterator, _SLICE_ITEMS)):
        run = [(key, item) for item in items_of_slice if (key := sort_key(item)) is not None]
        run.sort(key=_sort_key, reverse=descending)
        runs.append(run)
        await asyncio.sleep(0)
    while len(runs) > 1:
        runs = [await _merged(runs[i : i + 2], descending) for i in range(0, len(runs), 2)]
    entries = runs[0] if runs else []
    pages = max(1, -(-len(entries) // per_page))
    page = min(page, pages)
    first = (page - 1) * per_page
    shown = [item for _, item in entries[first : first + per_page]]
    return Part(shown, len(entries), page, pages, first + 1)


async def _merged(
    pair: list[list[tuple[SortKey, Item]]],
    descending: bool,  # noqa: FBT001
) -> list[tuple[SortKey, Item]]:
    """One run made of two; the sort is fast, because it detects that both are sorted."""
    merged = [entry for run in pair for entry in run]
    merged.sort(key=_sort_key, reverse=descending)
    await asyncio.sleep(0)
    return merged


def order(value: object, *, descending: bool) -> tuple[object, object]:
    """The sort key of a value; None comes last in both directions."""
    missing = value is None
    return missing is not descending, 0 if missing else value
