"""The page refreshes itself, and disturbs nobody."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Locator, Page, Request, expect

from exporter.app.serve import routes
from exporter.web.server import listening
from tests.e2e.browser import in_chromium
from tests.e2e.browser.sights import page_of
from tests.e2e.browser.site import Site, standing
from tests.e2e.browser.visiting import Visitor, visitor
from tests.e2e.browser.work import CLIPS

pytestmark = in_chromium

STEP = 5000  # milliseconds, the page's own
HIDE = "Object.defineProperty(document, 'hidden', {get: () => window.isHidden ?? false});"
CLIP = ("speech", "avatar", CLIPS[0])  # NotStarted for another ten minutes


@asynccontextmanager
async def watching(chromium: Browser, site: Site) -> AsyncIterator[tuple[Visitor, Page]]:
    """A page whose time jumps."""
    size = {"width": 1200, "height": 600}
    async with visitor(chromium, site.url, viewport=size) as each:
        await each.context.add_init_script(HIDE)
        await each.context.clock.install()
        yield each, await each.open("/?q=clip-&sort=operation")


async def refreshed(page: Page) -> None:
    """Let the next refresh come."""
    async with page.expect_response(lambda answer: answer.request.resource_type == "fetch"):
        await page.clock.run_for(STEP)
    await expect(page.locator("#refreshed")).to_contain_text("Refreshed")


async def quiet(page: Page) -> None:
    """Time in which the page may ask for nothing."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.resource_type == "fetch":  # the browser fetches its icon when it likes
            asked.append(request.url)

    page.on("request", note)
    await page.clock.run_for(3 * STEP)
    await page.wait_for_timeout(100)
    assert asked == []


async def test_a_change_appears(chromium: Browser) -> None:
    """Without a reload; focus and scroll position stay, and the text that is being typed."""
    async with standing() as site, watching(chromium, site) as (_, page):
        first = page.locator("#rows tr").first
        await expect(first).to_contain_text("NotStarted")
        await page.evaluate("window.same = true")
        link = page.get_by_role("link", name=CLIPS[20], exact=True)
        await link.focus()
        await link.scroll_into_view_if_needed()
        stood = await _height(link)
        site.clock.now += 700
        await site.poll(*CLIP)
        await refreshed(page)
        await expect(first).to_contain_text("Running")
        await expect(link).to_be_focused()
        assert await page.evaluate("window.same") is True
        assert abs(await _height(link) - stood) < 1
        search = page.get_by_label("Search")
        await search.fill("half a wo")
        await quiet(page)
        assert await search.input_value() == "half a wo"
        await link.focus()
        await refreshed(page)
        assert await search.input_value() == "half a wo"


async def _height(link: Locator) -> float:
    """Where it stands in the window, in pixels."""
    box = await link.bounding_box()
    assert box
    assert 0 < box["y"] < 600
    return box["y"]


async def test_it_can_be_stopped(chromium: Browser, still: Site) -> None:
    """By a button that says so; pressed again, it goes on."""
    async with watching(chromium, still) as (_, page):
        button = page.get_by_role("button", name="Stop refreshing")
        await button.click()
        await expect(button).to_have_attribute("aria-pressed", "true")
        await quiet(page)
        await button.click()
        await refreshed(page)


async def test_a_hidden_tab_rests(chromium: Browser, still: Site) -> None:
    """It asks for nothing until somebody looks again."""
    async with watching(chromium, still) as (_, page):
        await page.evaluate("window.isHidden = true")
        await quiet(page)
        async with page.expect_response("**/?q=clip-**"):
            await page.evaluate(
                "window.isHidden = false; document.dispatchEvent(new Event('visibilitychange'))"
            )


async def test_the_exporter_is_gone(chromium: Browser) -> None:
    """The page stays as it is and says so; it goes on when the exporter is there again."""
    async with standing() as site:
        application = site.exporter.metrics_routes.application(
            *routes(site.exporter, None, lifecycle=False)
        )
        async with listening(application, "127.0.0.1", 0) as address:
            port = int(address.rpartition(":")[2])
            gone = Site(f"http://{address}", site.exporter, site.azure, site.clock)
            context = watching(chromium, gone)
            each, page = await context.__aenter__()
        each.expected = "ERR_CONNECTION_REFUSED"
        rows = await page.locator("#rows tr").count()
        await page.clock.run_for(STEP)
        await expect(page.locator("#refreshed")).to_contain_text("Not refreshed")
        assert await page.locator("#rows tr").count() == rows
        application = site.exporter.metrics_routes.application(
            *routes(site.exporter, None, lifecycle=False)
        )
        async with listening(application, "127.0.0.1", port):
            await refreshed(page)
            await context.__aexit__(None, None, None)


async def test_the_page_of_an_operation(chromium: Browser, still: Site) -> None:
    """It refreshes as well."""
    async with watching(chromium, still) as (each, _):
        page = await each.open(page_of(*CLIP))
        await refreshed(page)


async def test_what_was_unfolded_stays_so(chromium: Browser, still: Site) -> None:
    """The last error of a resource stays open over a refresh, and keeps the focus."""
    async with visitor(chromium, still.url) as each:
        await each.context.clock.install()
        page = await each.open("/")
        error = page.locator("#resource-rows details").first
        await error.locator("summary").click()
        await expect(error.locator("p")).to_be_visible()
        await page.evaluate("document.querySelector('#resource-rows th').textContent = 'old'")
        await refreshed(page)
        await expect(page.locator("#resource-rows th").first).not_to_have_text("old")
        await expect(error.locator("p")).to_be_visible()
        await expect(error.locator("summary")).to_be_focused()
