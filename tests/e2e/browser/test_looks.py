"""For every eye and hand: light and dark, narrow and wide, by keyboard, and what axe says."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.browser import in_chromium
from tests.e2e.browser.axe import needs_axe, violations
from tests.e2e.browser.sights import PAGES, SCHEMES, WIDTHS, Scheme
from tests.e2e.browser.site import Site
from tests.e2e.browser.visiting import visitor

pytestmark = in_chromium

MISSING = "status of 404"


@needs_axe
@pytest.mark.parametrize("width", [390, 1600])
@pytest.mark.parametrize("scheme", SCHEMES)
async def test_axe(chromium: Browser, still: Site, scheme: Scheme, width: int) -> None:
    """No violation on any page, contrast of its colours included."""
    size = {"width": width, "height": 900}
    async with visitor(chromium, still.url, color_scheme=scheme, viewport=size) as each:
        each.expected = MISSING
        found = [await violations(page) async for page in each.through(PAGES.values())]
    assert {name: said for name, said in zip(PAGES, found, strict=True) if said} == {}


@pytest.mark.parametrize("width", WIDTHS)
async def test_no_page_scrolls_sideways(chromium: Browser, still: Site, width: int) -> None:
    """What is wide scrolls within a region of its own."""
    async with visitor(chromium, still.url, viewport={"width": width, "height": 900}) as each:
        each.expected = MISSING
        async for page in each.through(PAGES.values()):
            shown = await page.evaluate("document.documentElement.scrollWidth")
            assert shown <= width, page.url


async def test_two_schemes(chromium: Browser, still: Site) -> None:
    """Dark on light and light on dark, as the visitor's system wants it."""
    seen = {}
    for scheme in SCHEMES:
        async with visitor(chromium, still.url, color_scheme=scheme) as each:
            page = await each.open()
            style = "getComputedStyle(document.body)"
            seen[scheme] = await page.evaluate(f"[{style}.color, {style}.backgroundColor]")
    light, dark = seen.values()
    assert light[0] != dark[0]
    assert light[1] != dark[1]


async def test_nothing_moves_for_those_who_want_it_so(chromium: Browser, still: Site) -> None:
    """`prefers-reduced-motion` is obeyed."""
    async with visitor(chromium, still.url, reduced_motion="reduce") as each:
        page = await each.open()
        moving = """[...document.querySelectorAll("*")].filter(each => {
            const style = getComputedStyle(each);
            return style.transitionDuration !== "0s" || style.animationName !== "none";
        }).length"""
        assert await page.evaluate(moving) == 0


async def test_by_keyboard(chromium: Browser, still: Site) -> None:
    """The first stop leads past the head; filters and operations are reached, and seen."""
    async with visitor(chromium, still.url) as each:
        page = await each.open("/?q=clip-001")
        await page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the content")
        await expect(skip).to_be_focused()
        await expect(skip).to_be_in_viewport()
        await page.keyboard.press("Enter")
        await expect(page.locator("main")).to_be_focused()
        stops = await _stops(page, "clip-001")
        for wanted in ("f-q", "f-state", "Filter", "State", "estimated end", "Error"):
            assert wanted in stops
        assert stops.index("f-q") < stops.index("Filter") < stops.index("State")
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_have_text("clip-001")


async def _stops(page: Page, last: str) -> list[str]:
    """What the tab key comes to, until there; each shows that it has the focus."""
    stops: list[str] = []
    while not stops or stops[-1] != last:
        await page.keyboard.press("Tab")
        name, outline = await page.evaluate("""() => {
            const now = document.activeElement;
            return [now.id || now.textContent.trim(), getComputedStyle(now).outlineStyle];
        }""")
        assert outline != "none", name
        stops.append(name)
        assert len(stops) < 100
    return stops
