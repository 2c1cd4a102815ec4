"""Without JavaScript everything can be read and done."""

import asyncio

from playwright.async_api import Browser, expect

from tests.e2e.browser import in_chromium
from tests.e2e.browser.reading import lines, names
from tests.e2e.browser.sights import BATCH, WORKING
from tests.e2e.browser.site import Site, standing
from tests.e2e.browser.visiting import visitor

pytestmark = in_chromium


async def test_looking(chromium: Browser, still: Site) -> None:
    """Filters by their button, order, pages, an operation and its documents."""
    async with visitor(chromium, still.url, java_script_enabled=False) as each:
        page = await each.open()
        await expect(page.locator("#refresh")).to_be_hidden()
        await page.locator("#f-api").select_option("avatar")
        await page.locator("#f-per_page").select_option("20")
        await page.get_by_role("button", name="Filter").click()
        assert {line.key.api for line in await lines(page)} == {"avatar"}
        await page.locator("thead a").get_by_text("Operation", exact=True).click()
        first = await names(page)
        assert len(first) == 20
        await page.get_by_role("link", name="Next").click()
        assert not set(first) & set(await names(page))
        page = await each.open(BATCH)
        await page.locator("#f-state").select_option("Failed")
        await page.get_by_role("button", name="Filter").click()
        assert {line["State.state"] for line in await lines(page)} == {"Failed"}
        await expect(page.get_by_role("button", name="Copy")).to_have_count(0)


async def test_poll_now(chromium: Browser) -> None:
    """The button is a form's."""
    async with (
        standing() as site,
        visitor(chromium, site.url, java_script_enabled=False) as each,
    ):
        page = await each.open(WORKING)
        before = await page.locator("#polls tr").count()
        asked = asyncio.create_task(site.asked())
        await page.get_by_role("button", name="Poll now").click()
        await expect(page.get_by_role("status")).to_contain_text("A poll was requested")
        await asked
        await page.reload()
        assert await page.locator("#polls tr").count() > before
