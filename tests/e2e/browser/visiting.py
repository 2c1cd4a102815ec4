"""Visitors: each has a fresh profile, and hears all that a page complains about."""

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, WebError


@dataclass
class Visitor:
    """A person with a browser.

    Attributes:
        expected: what a test lets the console say, as a regular expression; nothing otherwise.
        complaints: what the console said, what a script raised, and what was asked of other hosts.
    """

    context: BrowserContext
    home: str
    expected: str = r"(?!)"
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str = "/") -> Page:
        """A new tab at an address of the site."""
        page = await self.context.new_page()
        await page.goto(self.home + path)
        return page

    async def through(self, paths: Iterable[str]) -> AsyncIterator[Page]:
        """One tab, at one address after the other; a tab for each costs a second of Chromium's."""
        page = await self.context.new_page()
        for path in paths:
            await page.goto(self.home + path)
            yield page

    def hear(self) -> None:
        """Begin to note complaints."""
        self.context.on("console", self._said)
        self.context.on("weberror", self._raised)
        self.context.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        if not re.search(self.expected, message.text):
            self.complaints.append(f"console {message.type}: {message.text}")

    def _raised(self, error: WebError) -> None:
        self.complaints.append(f"raised: {error.error}")

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.home).netloc:
            self.complaints.append(f"asked of another host: {request.url}")


@asynccontextmanager
async def visitor(browser: Browser, home: str, **options: Any) -> AsyncIterator[Visitor]:
    """Somebody who comes with these options of a context; without a complaint at the end."""
    context = await browser.new_context(**options)
    context.set_default_timeout(60_000)
    each = Visitor(context, home)
    each.hear()
    try:
        yield each
    finally:
        await context.close()
    assert each.complaints == []
