"""Accessibility: both colour schemes, all widths, the keyboard, and axe."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.browser import in_chromium
from tests.e2e.browser.axe import needs_axe, violations
from tests.e2e.browser.sights import PAGES, SCHEMES, WIDTHS
from tests.e2e.browser.site import Site
from tests.e2e.browser.visiting import Visitor, visitor

pytestmark = in_chromium

ERRORS = "status of 40[034]"


@needs_axe
@pytest.mark.parametrize("name", [*PAGES, "refused"])
async def test_axe(reader: Visitor, name: str) -> None:
    """No violation on any page at any width in either scheme.

    Between the schemes nothing but the colours differs, so the other rules run in one; what is
    seen at a middle width is seen at one of the outermost as well.
    """
    reader.expected = ERRORS
    page = await (_refused(reader) if name == "refused" else reader.open(PAGES[name]))
    found = {}
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        await page.emulate_media(color_scheme="light", reduced_motion="reduce")
        found[width, "light"] = await violations(page)
        if width in {WIDTHS[0], WIDTHS[-1]}:
            await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
            found[width, "dark"] = await violations(page, "color-contrast")
    assert {where: what for where, what in found.items() if what} == {}


async def _refused(visitor: Visitor) -> Page:
    """The page with 403 that answers the form of another site."""
    page = visitor.page
    await page.goto("about:blank")
    await page.set_content(f'<form method="post" action="{visitor.home}/-/poll"><button>Go')
    await page.get_by_role("button").click()
    await expect(page.locator("h1")).to_have_text("403 Forbidden")
    return page


@pytest.mark.parametrize("name", PAGES)
async def test_no_page_scrolls_sideways(reader: Visitor, name: str) -> None:
    """What is wide scrolls within a region of its own."""
    reader.expected = ERRORS
    page = await reader.open(PAGES[name])
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_two_schemes(reader: Visitor) -> None:
    """Dark on light and light on dark, as the visitor's system wants it."""
    page, seen = await reader.open(), {}
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme)
        style = "getComputedStyle(document.body)"
        seen[scheme] = await page.evaluate(f"[{style}.color, {style}.backgroundColor]")
    light, dark = seen.values()
    assert light[0] != dark[0]
    assert light[1] != dark[1]


async def test_nothing_moves_for_those_who_want_it_so(reader: Visitor) -> None:
    """`prefers-reduced-motion` is obeyed."""
    await reader.page.emulate_media(reduced_motion="reduce")
    page = await reader.open()
    moving = """[...document.querySelectorAll("*")].filter(each => {
        const style = getComputedStyle(each);
        return style.transitionDuration !== "0s" || style.animationName !== "none";
    }).length"""
    assert await page.evaluate(moving) == 0


async def test_by_keyboard(reader: Visitor) -> None:
    """The first stop leads past the head; filters and operations are reached, and seen."""
    page = await reader.open("/?q=clip-001")
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


async def test_a_phone_sees_operations_first(chromium: Browser, still: Site) -> None:
    """Twenty of them, then the folded resources, which a link unfolds; no script is needed."""
    options = {"viewport": {"width": 390, "height": 844}, "java_script_enabled": False}
    async with visitor(chromium, still.url, **options) as each:
        page = await each.open()
        rows = page.locator("#rows tr:visible")
        await expect(rows).to_have_count(20)
        resources = page.locator("#resource-rows")
        await expect(resources).to_be_hidden()
        table = await page.locator("#operations").bounding_box()
        unfold = page.get_by_role("link", name="Show 5 resources")
        folded = await unfold.bounding_box()
        assert table
        assert folded
        assert table["y"] < folded["y"]
        await unfold.click()
        await expect(resources).to_be_visible()
        await page.get_by_role("link", name="Hide the resources").click()
        await expect(resources).to_be_hidden()
        await page.get_by_role("link", name="Next").click()
        await page.wait_for_url("**per_page=20**")
        await expect(page.locator("#operations")).to_be_in_viewport()
        await expect(rows).to_have_count(20)


@pytest.mark.parametrize("width", [1280, 1366])
async def test_columns_earn_their_width(reader: Visitor, width: int) -> None:
    """The table fits, and no error code breaks within a word."""
    await reader.page.set_viewport_size({"width": width, "height": 900})
    page = await reader.open("/?per_page=500")
    wide = "table => table.scrollWidth <= table.closest('.scroll').clientWidth"
    assert await page.locator("table.operations").evaluate(wide)
    broken = """codes => codes.filter(code => [...code.childNodes].some(part => {
        const range = document.createRange();
        range.selectNodeContents(part);
        return part.nodeType === Node.TEXT_NODE && range.getClientRects().length > 1;
    })).map(code => code.textContent)"""
    assert await page.locator("#rows code").evaluate_all(broken) == []


async def test_sorting_stays_at_the_table(reader: Visitor) -> None:
    """Orders, filters and pages do not lead back to the top."""
    page = await reader.open("/?per_page=20")
    title = page.locator("#operations")
    await page.locator("thead a").get_by_text("Operation", exact=True).click()
    await page.wait_for_url("**sort=operation**")
    await expect(title).to_be_in_viewport()
    await page.locator("#f-api").select_option("avatar")
    await page.get_by_role("button", name="Filter").click()
    await page.wait_for_url("**api=avatar**")
    await expect(title).to_be_in_viewport()
    await page.get_by_role("link", name="Next").click()
    await page.wait_for_url("**page=2**")
    await expect(title).to_be_in_viewport()
