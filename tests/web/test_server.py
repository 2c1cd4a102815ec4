"""The exporter's own port, over real HTTP."""

import asyncio
import gzip
import re
from html import unescape
from urllib.parse import urljoin

import aiohttp
import pytest
from aiohttp import web
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as text

from exporter import __version__
from exporter.app.exporter import Exporter
from exporter.app.serve import routes
from exporter.exposition.pages import Pages
from exporter.model.operation import Document, Operation, OperationKey, State
from exporter.model.snapshot import Watch
from exporter.model.store import Store
from exporter.simulator.play.building import operation
from exporter.simulator.play.scenario import Scenario
from exporter.telemetry.metrics import Telemetry
from exporter.web.server import MetricsRoutes
from tests.support.local import START, configured, polling, served, simulated

pytestmark = pytest.mark.jumping

RUNNING = Scenario(video_translation=(operation("one", created=START, takes=None),))
SECTION = {"video_translation": {"operations": ["one"]}}
STATES_SHOWN = ("Running", "Succeeded")


def application_of(exporter: Exporter) -> web.Application:
    """All routes, as `run` serves them without a configuration file."""
    return exporter.metrics_routes.application(*routes(exporter, None, lifecycle=False))


async def test_both_formats_plain_and_packed_say_the_same() -> None:
    """What differs is the form; a gzip body is one member, for browsers and curl."""
    async with simulated(RUNNING) as (_, endpoint):
        config = configured({"endpoint": endpoint, **SECTION})
        async with (
            polling(config) as exporter,
            served(application_of(exporter)) as url,
            aiohttp.ClientSession(auto_decompress=False) as session,
        ):
            bodies = {}
            for accept, parse in (
                ("text/plain", text),
                ("application/openmetrics-text", openmetrics),
            ):
                for encoding in ("identity", "gzip"):
                    headers = {"Accept": accept, "Accept-Encoding": encoding}
                    async with session.get(url + "/metrics", headers=headers) as answer:
                        assert answer.status == 200
                        assert answer.content_type == accept
                        assert answer.headers["Vary"] == "Accept, Accept-Encoding"
                        body = await answer.read()
                    plain = gzip.decompress(body) if encoding == "gzip" else body
                    families = [family.name for family in parse(plain.decode())]
                    assert len(families) == len(set(families)), "each family once"
                    bodies[accept, encoding] = {
                        line
                        for line in plain.decode().splitlines()
                        if line.startswith("azure_ai_operation_")
                    }
            assert len({frozenset(lines) for lines in bodies.values()}) == 1


def of_many_documents(word: State) -> Operation:
    """A batch of which the lines of documents take more than sockets hold."""
    ids = [f"{number:036d}" for number in range(20_000)]
    documents = {id_: Document(id_, "de", word, word.value) for id_ in ids}
    return Operation(word, word.value, documents=documents)


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_a_scrape_is_of_one_moment(encoding: str) -> None:
    """What changes while a slow scraper reads is not in its answer; others are served meanwhile."""
    pages = Pages()
    pages.documents_limit = 10**6
    store = Store([pages.update])
    key = OperationKey("r", "document_translation", "b")
    store.watch(Watch(key, "batch", (State.RUNNING, State.SUCCEEDED), shows=frozenset(State)))
    store.put(key, of_many_documents(State.RUNNING), 1.0)
    face = MetricsRoutes(pages, Telemetry(), lambda: 0)
    async with (
        served(face.application()) as url,
        aiohttp.ClientSession(url, headers={"Accept-Encoding": encoding}) as session,
    ):
        async with session.get("/metrics") as slow:
            length = int(slow.headers["Content-Length"])
            said = await slow.content.read(1000)
            store.put(key, of_many_documents(State.SUCCEEDED), 2.0)
            async with session.get("/-/healthy") as answer:
                assert answer.status == 200
            async with session.get("/metrics") as answer:
                other = await answer.text()
            said += await slow.content.read()
        assert encoding == "gzip" or len(said) == length
        for body, states in ((said.decode(), (20_000, 0)), (other, (0, 20_000))):
            counted = [body.count(f'language="de",state="{word}"') for word in STATES_SHOWN]
            assert tuple(counted) == states


async def test_head_says_how_long_it_would_be() -> None:
    """The headers of a scrape without its body, and the connection stays usable."""
    face = MetricsRoutes(Pages(), Telemetry(), lambda: 0)
    async with served(face.application()) as url, aiohttp.ClientSession(url) as session:
        for _ in range(2):
            async with session.head("/metrics") as answer:
                assert answer.status == 200
                assert int(answer.headers["Content-Length"]) > 1000
                assert await answer.read() == b""
        async with session.get("/metrics") as answer:
            assert "azure_ai_exporter_build_info" in await answer.text()


async def test_health_and_readiness() -> None:
    """Alive from the start; ready once every operation was asked for, with or without success."""
    async with simulated(RUNNING) as (_, endpoint):
        reachable = {"endpoint": endpoint, **SECTION}
        unreachable = {"endpoint": "http://127.0.0.1:1", **SECTION}
        async with (
            polling(configured(reachable, unreachable)) as exporter,
            served(application_of(exporter)) as url,
            aiohttp.ClientSession(url) as session,
        ):
            async with session.get("/-/healthy") as answer:
                assert (answer.status, await answer.text()) == (200, "healthy\n")
            async with session.get("/-/ready") as answer:
                assert answer.status == 503
                assert "operations were not polled yet" in await answer.text()
            await asyncio.sleep(60)
            async with session.get("/-/ready") as answer:
                assert (answer.status, await answer.text()) == (200, "ready\n")


async def test_the_page_at_the_root() -> None:
    """Name, version, and links that all work; no address is of another host."""
    async with simulated(RUNNING) as (_, endpoint):
        config = configured({"endpoint": endpoint, **SECTION})
        async with (
            polling(config) as exporter,
            served(application_of(exporter)) as url,
            aiohttp.ClientSession(url) as session,
        ):
            async with session.get("/") as answer:
                page = await answer.text()
                assert answer.content_type == "text/html"
                assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
            assert "azure-ai-exporter" in page
            assert __version__ in page
            assert "http" not in page.replace(endpoint, "")
            for link in {unescape(link) for link in re.findall(r'(?:href|src)="([^"]+)"', page)}:
                async with session.get(urljoin("/", link)) as answer:
                    assert answer.status in {200, 503}
            for method, path, status in [("GET", "/nothing", 404), ("POST", "/metrics", 405)]:
                async with session.request(method, path) as answer:
                    assert answer.status == status
            async with session.head("/metrics") as answer:
                assert answer.status == 200
