"""Filters, search, order and pages of the table; what is seen stands in the address."""

import pytest
from playwright.async_api import Browser, Page

from tests.e2e.browser import in_chromium
from tests.e2e.browser.reading import MISSING, Line, lines, names
from tests.e2e.browser.visiting import Visitor, visitor
from tests.e2e.browser.work import CLIPS

pytestmark = in_chromium

# Column, and in which cell its value stands.
COLUMNS = {
    "State": "State.state",
    "Operation": "name",
    "Resource and API": "Resource and API",
    "Progress": "Progress.share",
    "estimated end": "Estimated end",
    "Changed": "Changed",
    "created": "Created",
    "Charged": "Charged.own",
    "Error": "Error.code",
}


async def test_filters_together(chromium: Browser, reader: Visitor) -> None:
    """Each leaves less; the address says what was chosen, and shows the same to somebody else."""
    page = await reader.open()
    await page.locator("#f-api").select_option("avatar")
    await page.locator("#f-state").select_option("Running")
    await page.get_by_label("Search").fill("CLIP-02")
    await page.get_by_role("button", name="Filter").click()
    await page.wait_for_url("**q=CLIP-02**")
    assert "resource=" not in page.url
    found = await names(page)
    assert sorted(found) == ["clip-022", "clip-023", "clip-029"]
    address = page.url
    async with visitor(chromium, reader.home) as another:
        page = await another.open(address.removeprefix(reader.home))
        assert await names(page) == found
        assert await page.locator("#f-state").input_value() == "Running"
        assert await page.get_by_label("Search").input_value() == "CLIP-02"


async def test_a_state_of_the_head(reader: Visitor) -> None:
    """A count leads to those that it counts; the back button to where one was."""
    page = await reader.open("/?resource=qna")
    before = await names(page)
    await page.locator("#head .chip", has_text="ValidationFailed").click()
    await page.wait_for_url("**state=ValidationFailed**")
    assert [line["State.state"] for line in await lines(page)] == ["ValidationFailed"]
    await page.go_back()
    assert await names(page) == before


async def test_pages(reader: Visitor) -> None:
    """All operations of a filter stand on its pages, each once, in one order."""
    page = await reader.open("/?q=clip-&sort=operation&per_page=20")
    seen = await names(page)
    for number in (2, 3):
        await page.get_by_role("link", name="Next").click()
        await page.wait_for_url(f"**page={number}**")
        seen += await names(page)
    assert seen == list(CLIPS)
    assert await page.get_by_role("link", name="Next").count() == 0


@pytest.mark.parametrize("column", COLUMNS)
async def test_order(reader: Visitor, column: str) -> None:
    """By each column, both ways; what has no value comes last; the header says which it is."""
    page = await reader.open("/?per_page=500")
    ways = []
    for _ in range(2):
        await page.locator("thead a").get_by_text(column, exact=True).click()
        await page.wait_for_load_state()
        ways.append(await _sorted(page))
        _in_order([_place(line, column) for line in await lines(page)], ways[-1])
    assert sorted(ways) == ["ascending", "descending"]


async def _sorted(page: Page) -> str:
    said = await page.locator("[aria-sort]").evaluate_all("all => all.map(each => each.ariaSort)")
    assert len(said) == 1
    return str(said[0])


def _place(line: Line, column: str) -> str | int | None:
    text = line[COLUMNS[column]]
    if column == "Operation":
        return text.removesuffix(line["id"]).casefold()
    if text in {"", MISSING}:
        return None
    if column in {"Charged", "Progress"}:
        return int(text.replace(",", "").removesuffix("%"))
    return text


def _in_order(places: list[str | int | None], way: str) -> None:
    known = [each for each in places if each is not None]
    assert places == known + [None] * (len(places) - len(known))
    assert known == sorted(known, reverse=way == "descending")


async def test_nonsense_in_the_address(reader: Visitor) -> None:
    """It is said and left out."""
    page = await reader.open("/?sort=colour&colour=red&page=x&per_page=20")
    assert len(await page.locator(".notices p").all()) == 3
    assert len(await names(page)) == 20
