"""Pages of a sorted table: the same as of the whole table sorted, and nobody waits for them."""

import asyncio
import random

import pytest

from exporter.web.status.sorting import Part, order, slices, sorted_part

Row = tuple[int, float | None]


def _number(row: Row) -> int:
    return row[0]


def _value(row: Row) -> float | None:
    return row[1]


async def part(rows: list[Row], *, descending: bool, page: int, per_page: int) -> Part[Row]:
    key = order(_value, _number, descending=descending)
    return await sorted_part(slices(rows), key, descending=descending, page=page, per_page=per_page)


@pytest.mark.parametrize("values", [1, 5, 100_000])
@pytest.mark.parametrize("count", [0, 1, 256, 257, 3000])
@pytest.mark.parametrize("descending", [False, True])
async def test_pages_of_any_table(count: int, values: int, descending: bool) -> None:
    """All pages are the sorted table; rows without a value are last, and a later page is last."""
    chance = random.Random(count)
    rows: list[Row] = [
        (number, chance.choice([None, chance.randrange(values)])) for number in range(count)
    ]
    chance.shuffle(rows)
    known = sorted(
        (row for row in rows if row[1] is not None),
        key=lambda row: (row[1], row[0]),
        reverse=descending,
    )
    unknown = sorted((row for row in rows if row[1] is None), reverse=descending)
    shown: list[Row] = []
    page = await part(rows, descending=descending, page=1, per_page=50)
    for number in range(1, page.pages + 1):
        page = await part(rows, descending=descending, page=number, per_page=50)
        assert (page.total, page.page, page.first) == (count, number, len(shown) + 1)
        shown += page.items
    assert shown == known + unknown
    assert await part(rows, descending=descending, page=999, per_page=50) == page


async def test_values_without_an_order() -> None:
    """A page comes all the same."""
    rows: list[Row] = [(0, float("nan"))] * 1000
    page = await part(rows, descending=False, page=3, per_page=50)
    assert len(page.items) == 50


async def test_others_have_their_turn() -> None:
    """While 10,000 rows are sorted, others run between any few hundred of them."""
    rows: list[Row] = [(number, -number) for number in range(10_000)]
    sorting = asyncio.create_task(part(rows, descending=False, page=100, per_page=50))
    turns = 0
    while not sorting.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns >= 10_000 // 256
