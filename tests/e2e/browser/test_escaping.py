"""Foreign text, in a browser that would run it: it is shown as it is, and does nothing."""

import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import which

import pytest
import pytest_asyncio
import yaml
from msgspec.structs import replace
from playwright.async_api import Browser, Page, expect

from exporter.app.exporter import build
from exporter.app.serve import routes
from exporter.azure.exchange import Exchange
from exporter.errors import Details, Failure
from exporter.model.operation import Document, Fault, Operation, OperationKey, State
from exporter.model.snapshot import Watch
from tests.e2e.browser import in_chromium
from tests.e2e.browser.sights import page_of
from tests.e2e.browser.site import kept
from tests.e2e.browser.visiting import Visitor, visitor
from tests.support.local import clock, configured, served

pytestmark = in_chromium

EVIL = (
    "<script>window.hacked=1</script>",
    '"><img src=x onerror=window.hacked=1>',
    "'><svg/onload=window.hacked=1>",
    "javascript:window.hacked=1",
    "</code></pre></textarea><script>window.hacked=1</script>",
    "{{7*7}}${7*7}\\\"'`&lt;b&gt;",
    "\N{RIGHT-TO-LEFT OVERRIDE}evil\N{ZERO WIDTH SPACE}",
)
RESOURCE, API = "r0", "document_translation"


@asynccontextmanager
async def hostile_exporter() -> AsyncIterator[str]:
    """The address of an exporter to which everything foreign is evil."""
    config = configured({"endpoint": "http://127.0.0.1:1", API: {}})
    async with build(config, clock) as exporter:
        for text in EVIL:
            key, now = OperationKey(RESOURCE, API, text), clock()
            failure = Failure(text, text, Details(text, text, text, text, text, text))
            fault = Fault(text, text, text, text)
            document = Document(text, text, State.FAILED, text, fault=fault, name=text)
            watch = Watch(
                key, text, tuple(State), shows=frozenset(State), name=text, labels={"team": text}
            )
            known = Operation(State.FAILED, text, fault=fault, documents={text: document})
            exporter.store.watch(watch)
            one = Exchange(key, text, text, 0.1, 0.0, 1.0, failure, now, text)
            exporter.history.exchanged(one)
            exporter.activity.exchanged(one)
            exporter.store.put(key, replace(known, last_action=now, incomplete=text), now)
            exporter.store.fail(key, failure)
        async with served(
            exporter.metrics_routes.application(*routes(exporter, None, lifecycle=True))
        ) as url:
            yield url


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def attacked(chromium: Browser) -> AsyncIterator[Visitor]:
    """A visitor of that exporter, whose time jumps."""
    options = {"permissions": ["clipboard-read", "clipboard-write"]}
    async with kept(hostile_exporter()) as url, visitor(chromium, url, **options) as each:
        await each.context.clock.install()
        yield each


@pytest_asyncio.fixture(loop_scope="package")
async def victim(attacked: Visitor) -> AsyncIterator[Visitor]:
    """The same, without a complaint after each test."""
    yield attacked
    attacked.settle()


async def _is_harmless(page: Page) -> None:
    """Nothing ran, and nothing was made of the text but text."""
    assert await page.evaluate("window.hacked") is None
    assert await page.locator("main img, main svg:not(.chart), main script").count() == 0
    leads = await page.locator("a").evaluate_all("all => all.map(each => each.protocol)")
    assert set(leads) <= {"http:"}


@pytest.mark.parametrize("text", EVIL)
async def test_an_operation_of_a_bad_name(victim: Visitor, text: str) -> None:
    """On its page, in the search for it, and after either has refreshed itself."""
    page = await victim.open(page_of(RESOURCE, API, text))
    shown = text if text.isprintable() else "evil"  # what turns text around is not shown
    await expect(page.locator("h1")).to_have_text(shown)
    await expect(page.locator("main")).to_contain_text(shown)
    await _is_harmless(page)
    await page.clock.run_for(6000)
    await expect(page.locator("#refreshed")).to_contain_text("Refreshed")
    await _is_harmless(page)
    await page.get_by_role("link", name="Status").first.click()
    await page.get_by_label("Search").fill(text)
    await page.get_by_role("button", name="Filter").click()
    await expect(page.get_by_label("Search")).to_have_value(text)
    await _is_harmless(page)


async def test_all_bad_names_at_once(victim: Visitor) -> None:
    """In the table, among what is in trouble, and in the address of a page."""
    victim.expected = "status of 404"
    page = await victim.open()
    assert await page.locator("#rows tr").count() == len(EVIL)
    await _is_harmless(page)
    for path in ("/config", *(f"/{text}" for text in EVIL), page_of(*EVIL[:3])):
        await victim.open(path)
        await _is_harmless(page)


async def test_what_is_copied_is_promql(victim: Visitor, tmp_path: Path) -> None:
    """A button copies the query that stands beside it; Prometheus can read each."""
    copied: list[str] = []
    for text in EVIL:
        page = await victim.open(page_of(RESOURCE, API, text))
        queries = page.locator(".queries dd")
        await queries.get_by_role("button").last.click()
        copied += await queries.locator("code").all_text_contents()
        assert await page.evaluate("navigator.clipboard.readText()") == copied[-1]
    assert len(copied) >= 5 * len(EVIL)
    said = _promtool(copied, tmp_path)
    assert said.returncode == 0, said.stdout + said.stderr


def _promtool(queries: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """What Prometheus' own parser says of them."""
    promtool = which("promtool")
    if promtool is None:
        pytest.skip("needs Debian's package prometheus")
    rules = [{"record": f"q{number}", "expr": query} for number, query in enumerate(queries)]
    file = folder / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "copied", "rules": rules}]}))
    command = [promtool, "check", "rules", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)
