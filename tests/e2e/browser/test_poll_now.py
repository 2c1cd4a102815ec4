"""The button that polls an operation now."""

import asyncio

from aiohttp import web
from playwright.async_api import Browser, expect

from tests.e2e.browser import in_chromium
from tests.e2e.browser.sights import WORKING
from tests.e2e.browser.site import Site, standing
from tests.e2e.browser.visiting import visitor
from tests.support.local import served

pytestmark = in_chromium


async def test_it_polls(chromium: Browser) -> None:
    """What came of it stands in the list of polls, once the page has refreshed."""
    async with standing() as site, visitor(chromium, site.url) as each:
        await each.context.clock.install()
        page = await each.open(WORKING)
        before = await page.locator("#polls tr").count()
        asked = asyncio.create_task(site.asked())
        await page.get_by_role("button", name="Poll now").click()
        await page.wait_for_url("**&asked=*")
        await asked
        await page.clock.run_for(5000)
        await expect(page.locator("#polls tr")).not_to_have_count(before)


async def test_another_site_cannot(chromium: Browser, still: Site) -> None:
    """A form of another origin is refused, and nothing is asked of Azure."""
    fields = "".join(
        f'<input name="{name}" value="{value}">'
        for name, value in (("resource", "qna"), ("api", "qna_maker"), ("operation", "publish"))
    )
    text = f'<form method="post" action="{still.url}/-/poll">{fields}<button>Go</button></form>'

    async def trap(_: web.Request) -> web.Response:
        return web.Response(text=text, content_type="text/html")

    elsewhere = web.Application()
    elsewhere.add_routes([web.get("/", trap)])
    asked = _asked_for(still, "publish")
    async with served(elsewhere) as url, visitor(chromium, still.url) as each:
        each.expected = "status of 40[34]"
        page = each.page
        await page.goto(url)
        each.complaints.clear()
        async with page.expect_response("**/-/poll") as answer:
            await page.get_by_role("button").click()
        assert (await answer.value).status == 403
        await expect(page.locator("main")).to_contain_text("another site")
        each.complaints.clear()
    assert _asked_for(still, "publish") == asked > 0


def _asked_for(site: Site, operation: str) -> int:
    """How often; a resource that is paused may be asked for others of its own accord."""
    return sum(count for asked, count in site.azure.requests.items() if operation in asked)


async def test_only_where_it_is_allowed(chromium: Browser) -> None:
    """Otherwise the button is dead and says which flag it needs; the route refuses, too."""
    async with standing(lifecycle=False) as site, visitor(chromium, site.url) as each:
        each.expected = "status of 403"
        page = await each.open(WORKING)
        await expect(page.get_by_role("button", name="Poll now")).to_be_disabled()
        await expect(page.locator("#poll-why")).to_contain_text("--web.enable-lifecycle")
        status = await page.evaluate(
            """async () => (await fetch("/-/poll", {method: "POST"})).status"""
        )
        assert status == 403
