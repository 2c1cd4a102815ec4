"""Pictures of every page, as wide as phones and screens are, in both schemes.

python -m tests.e2e.browser.pictures FOLDER
"""

import asyncio
import sys
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from exporter.telemetry import logs
from tests.e2e.browser import ARGUMENTS, CHROMIUM
from tests.e2e.browser.sights import PAGES, SCHEMES, WIDTHS, Scheme
from tests.e2e.browser.site import standing
from tests.e2e.browser.visiting import visitor

HEIGHT = 900


async def pictures(folder: Path, browser: Browser) -> None:
    """One file for each page, width and scheme."""
    async with standing() as site:
        for width in WIDTHS:
            for scheme in SCHEMES:
                await _taken(folder, browser, site.url, width, scheme)


async def _taken(folder: Path, browser: Browser, url: str, width: int, scheme: Scheme) -> None:
    size = {"width": width, "height": HEIGHT}
    options = {"viewport": size, "color_scheme": scheme}
    async with visitor(browser, url, **options) as each:
        each.expected = "40[04]"
        for name, path in PAGES.items():
            page = await each.open(path)
            await page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)


async def main(folder: Path) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        await pictures(folder, browser)
        await browser.close()


if __name__ == "__main__":
    logs.configure("error", "logfmt")
    wanted = Path(sys.argv[1])
    wanted.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(wanted))
