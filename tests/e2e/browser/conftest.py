"""One Chromium and one site that stands still, for all tests of this folder."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from tests.e2e.browser import ARGUMENTS, CHROMIUM
from tests.e2e.browser.site import Site, kept, standing
from tests.e2e.browser.visiting import SIZE, Visitor, visitor

expect.set_options(timeout=60_000)  # a slow machine is no fault of the page


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def chromium() -> AsyncIterator[Browser]:
    """The browser; it makes a profile of its own and throws it away."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def still() -> AsyncIterator[Site]:
    """Work in every state, at a moment that does not pass; tests only look at it."""
    async with kept(standing()) as site:
        yield site


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def regular(chromium: Browser, still: Site) -> AsyncIterator[Visitor]:
    """A visitor of the site that stands still: a profile and a tab cost a second of a processor."""
    async with visitor(chromium, still.url) as each:
        yield each


@pytest_asyncio.fixture(loop_scope="package")
async def reader(regular: Visitor) -> AsyncIterator[Visitor]:
    """The same, without a complaint and with all options as they were after each test."""
    yield regular
    await regular.page.set_viewport_size(SIZE)
    await regular.page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    regular.settle()
