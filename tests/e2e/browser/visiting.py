"""Visitors: each has a fresh profile and one tab, and hears all that a page complains about."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    WebError,
)

NOTHING = "(?!)"
SIZE: ViewportSize = {"width": 1280, "height": 720}  # pixels


@dataclass
class Visitor:
    """A person with a browser, who opens one address after the other in one tab.

    Attributes:
        expected: what a test lets the console say, as a regular expression; nothing otherwise.
        complaints: what the console said, what a script raised, and what was asked of other hosts.
    """

    context: BrowserContext
    page: Page
    home: str
    expected: str = NOTHING
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str = "/") -> Page:
        """The tab, at an address of the site."""
        await self.page.goto(self.home + path)
        return self.page

    def settle(self) -> None:
        """The end of a visit, without a complaint; from now on none is expected."""
        complaints, self.complaints, self.expected = self.complaints, [], NOTHING
        assert complaints == []

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
    context = await browser.new_context(**{"viewport": SIZE, **options})
    context.set_default_timeout(60_000)
    each = Visitor(context, await context.new_page(), home)
    each.hear()
    try:
        yield each
    finally:
        await context.close()
    each.settle()
