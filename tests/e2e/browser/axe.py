"""Accessibility checks of a page with axe-core."""

import sys
from pathlib import Path
from typing import TypedDict

import pytest
from playwright.async_api import Page

AXE = Path(sys.prefix) / "axe" / "node_modules" / "axe-core" / "axe.min.js"
"""Where `make` puts it, if there is npm."""

_RUN = """async rules => (await axe.run({
    resultTypes: ['violations'], preload: false, ...(rules && {runOnly: rules}),
})).violations"""
"""Only violations are reported, which is faster."""

needs_axe = pytest.mark.skipif(not AXE.exists(), reason="needs npm when `make` sets up .venv")


class Found(TypedDict):
    """One kind of violation, as far as it is told here."""

    id: str
    nodes: list[dict[str, object]]


async def violations(page: Page, *rules: str) -> list[tuple[str, object]]:
    """Which of these rules, or of all, and where; an empty list is what a page wants."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[Found] = await page.evaluate(_RUN, rules or None)
    return [(each["id"], node["html"]) for each in found for node in each["nodes"]]
