"""Many items put in order, in slices: others have their turn in between."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import Generic, TypeVar

_SLICE = 256  # items; some milliseconds

Item = TypeVar("Item")
SortKey = tuple[object, ...]
_place = itemgetter(0)


@dataclass(frozen=True)
class Part(Generic[Item]):
    """One page of what was wanted; `total` items on `pages` pages. Numbers begin at 1."""

    items: list[Item]
    total: int
    page: int
    pages: int
    first: int


async def arranged(
    items: Iterable[Item],
    place: Callable[[Item], SortKey | None],
    *,
    descending: bool,
    page: int,
    per_page: int,
) -> Part[Item]:
    """A page of the items that have a place, in its order."""
    each = iter(items)
    runs: list[list[tuple[SortKey, Item]]] = []
    while taken := list(islice(each, _SLICE)):
        run = [(at, item) for item in taken if (at := place(item)) is not None]
        run.sort(key=_place, reverse=descending)
        runs.append(run)
        await asyncio.sleep(0)
    while len(runs) > 1:
        runs = [await _merged(runs[at : at + 2], descending) for at in range(0, len(runs), 2)]
    wanted = runs[0] if runs else []
    pages = max(1, -(-len(wanted) // per_page))
    page = min(page, pages)
    first = (page - 1) * per_page
    shown = [item for _, item in wanted[first : first + per_page]]
    return Part(shown, len(wanted), page, pages, first + 1)


async def _merged(
    pair: list[list[tuple[SortKey, Item]]],
    descending: bool,  # noqa: FBT001
) -> list[tuple[SortKey, Item]]:
    """Both in one: the sort finds that each is in order, and merges them."""
    one = [entry for run in pair for entry in run]
    one.sort(key=_place, reverse=descending)
    await asyncio.sleep(0)
    return one


def order(value: object, *, descending: bool) -> tuple[object, object]:
    """A place by a value; whoever has none comes last, either way."""
    missing = value is None
    return missing is not descending, 0 if missing else value
