"""The exporter's own port, over real HTTP."""

import asyncio
import gzip
import re

import aiohttp
import pytest
from aiohttp import web
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as text

from exporter import __version__
from exporter.app import Exporter
from exporter.serve import routes
from exporter.simulator.building import operation
from exporter.simulator.scenario import Scenario
from tests.local import START, configured, polling, served, simulated

pytestmark = pytest.mark.jumping

RUNNING = Scenario(video_translation=(operation("one", created=START, takes=None),))
SECTION = {"video_translation": {"operations": ["one"]}}


def application_of(exporter: Exporter) -> web.Application:
    """All routes, as `run` serves them without a configuration file."""
    return exporter.face.application(*routes(exporter, None, lifecycle=False))


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
                assert "operations were not asked for yet" in await answer.text()
            await asyncio.sleep(60)
            async with session.get("/-/ready") as answer:
                assert (answer.status, await answer.text()) == (200, "ready\n")


async def test_the_page_at_the_root() -> None:
    """Name, version, and links that all work; nothing is loaded from elsewhere."""
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
            assert "http" not in page
            for link in re.findall(r'href="([^"]+)"', page):
                async with session.get(link) as answer:
                    assert answer.status in {200, 503}
            for method, path, status in [("GET", "/nothing", 404), ("POST", "/metrics", 405)]:
                async with session.request(method, path) as answer:
                    assert answer.status == status
            async with session.head("/metrics") as answer:
                assert answer.status == 200
