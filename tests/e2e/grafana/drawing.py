"""Draws dashboards in Chromium, and reports what a person would find wrong with each panel."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from playwright.async_api import Browser

from tests.e2e.grafana import MODULES

WIDTH = 1340  # pixels, of a laptop
SHOWN = 900  # seconds

_HERE = Path(__file__).parent


class Drawn(msgspec.Struct):
    """A panel: whether no query has data, and its faults in words."""

    title: str
    empty: bool
    faults: list[str]


@dataclass(frozen=True)
class Drawing:
    """The page's script and styles, a browser, and the Prometheus that is asked."""

    script: Path
    browser: Browser
    prometheus: str

    async def draw(
        self, dashboard: str, variables: Mapping[str, str], picture: Path
    ) -> list[Drawn]:
        """Draw a dashboard's JSON."""
        page = await self.browser.new_page(viewport={"width": WIDTH, "height": 1000})
        # A page of Prometheus' origin may ask Prometheus.
        await page.goto(f"{self.prometheus}/-/ready")
        await page.set_content('<!doctype html><body style="margin: 0">')
        await page.add_style_tag(path=self.script.with_suffix(".css"))
        await page.add_script_tag(path=self.script)
        order = {
            "dashboard": msgspec.json.decode(dashboard),
            "variables": variables,
            "theme": "dark",
            "width": WIDTH,
            "seconds": SHOWN,
        }
        found = await page.evaluate("order => draw(order)", order)
        await page.screenshot(path=picture, full_page=True)
        await page.close()
        return msgspec.convert(found, list[Drawn])


def built(folder: Path) -> Path:
    """The script of the page; its styles are beside it."""
    script = folder / "draw.js"
    subprocess.run(
        ["node", _HERE / "build.mjs", MODULES, script],  # noqa: S607 - of the user's choosing
        check=True,
    )
    return script
