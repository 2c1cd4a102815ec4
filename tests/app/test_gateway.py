"""A resource behind a gateway, whose endpoint has a path: everything is asked below it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from exporter.app.serve import routes
from exporter.doctor.kinds import Severity
from exporter.simulator.play.building import batch
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import Simulator
from tests.support.doctor import examined
from tests.support.local import START, clock, configured, polling, scraped, served, value, values

pytestmark = pytest.mark.jumping

BATCHES = tuple(batch(created=START - 90 - number, documents=1) for number in range(150))
BASE = "/Gateway/v1"


@asynccontextmanager
async def gateway(asked: list[str]) -> AsyncIterator[dict[str, object]]:
    """The settings of a resource behind a gateway, which does not rewrite the links of a list."""

    @web.middleware
    async def forward(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        asked.append(request.path)
        if not request.raw_path.startswith(f"{BASE}/"):
            return web.json_response({"error": {"code": "404"}}, status=404)
        return await handler(request.clone(rel_url=request.raw_path.removeprefix(BASE)))

    app = Simulator(Scenario(batches=BATCHES), clock=clock, cache=False).app()
    app.middlewares.append(forward)
    async with served(app) as endpoint:
        yield {
            "endpoint": f"{endpoint}{BASE}/",
            "document_translation": {"discover": {"interval": "30s"}},
        }


async def test_polls_and_probes_behind_a_gateway() -> None:
    """Statuses, documents and further pages of lists are read, by `/probe` as well."""
    asked: list[str] = []
    async with gateway(asked) as resource, polling(configured(resource)) as exporter:
        await asyncio.sleep(120)
        samples = scraped(exporter)
        assert len(values(samples, "azure_ai_operation_up")) == len(BATCHES)
        assert value(samples, "azure_ai_exporter_list_up", api="document_translation") == 1
        app = exporter.metrics_routes.application(*routes(exporter, None, lifecycle=False))
        names = {"resource": "r0", "api": "document_translation", "operation": BATCHES[0].id}
        async with (
            served(app) as origin,
            aiohttp.ClientSession(origin) as session,
            session.get("/probe", params=names) as answer,
        ):
            assert "azure_ai_probe_success 1" in await answer.text()
    assert {path[: len(BASE) + 1] for path in asked} == {f"{BASE}/"}


async def test_the_doctor_behind_a_gateway() -> None:
    """Each of its requests goes below the path, the one without a key too."""
    asked: list[str] = []
    async with gateway(asked) as resource:
        findings = await examined(resource)
    severities = {finding.severity for finding in findings if finding.subject != "clock"}
    assert severities == {Severity.OK, Severity.INFO}
    assert asked[0] == f"{BASE}/"
    assert {path[: len(BASE) + 1] for path in asked} == {f"{BASE}/"}
