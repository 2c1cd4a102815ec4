"""Draws dashboards in Chromium, and reports what a person would find wrong with each panel."""

import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from playwright.async_api import Page, async_playwright

from tests.e2e.browser import ARGUMENTS, CHROMIUM
from tests.e2e.grafana import MODULES

WIDTH = 1340  # pixels, of a laptop
SHOWN = 900  # seconds

_HERE = Path(__file__).parent
BUILD = _HERE / "build.mjs"
SCRIPT = MODULES.with_name("draw.js")


class Drawn(msgspec.Struct):
    """A panel: whether no query has data, and its faults in words."""

    title: str
    empty: bool
    faults: list[str]


@dataclass(frozen=True)
class Drawing:
    """A page with the scripts; it draws one dashboard after the other."""

    page: Page

    async def draw(
        self, dashboard: str, variables: Mapping[str, str], picture: Path
    ) -> list[Drawn]:
        """Draw a dashboard's JSON."""
        order = {
            "dashboard": msgspec.json.decode(dashboard),
            "variables": variables,
            "theme": "dark",
            "width": WIDTH,
            "seconds": SHOWN,
        }
        found = await self.page.evaluate("order => draw(order)", order)
        await self.page.screenshot(path=picture, full_page=True)
        return msgspec.convert(found, list[Drawn])


@asynccontextmanager
async def drawing(script: Path, prometheus: str) -> AsyncIterator[Drawing]:
    """A page in Chromium, of Prometheus' origin, so that it may ask Prometheus."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": WIDTH, "height": 1000})
        await page.goto(f"{prometheus}/-/ready")
        await page.set_content('<!doctype html><body style="margin: 0">')
        await page.add_style_tag(path=script.with_suffix(".css"))
        await page.add_script_tag(path=script)
        yield Drawing(page)
        await browser.close()


def built() -> Path:
    """The script of the page, from `make` or made now; its styles are beside it."""
    sources = [BUILD, *(_HERE / "page").iterdir()]
    if not SCRIPT.exists() or SCRIPT.stat().st_mtime < max(
        each.stat().st_mtime for each in sources
    ):
        subprocess.run(["node", BUILD, MODULES, SCRIPT], check=True)  # noqa: S607 - any node
    return SCRIPT
