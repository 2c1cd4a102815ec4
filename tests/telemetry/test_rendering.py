"""The exporter's own metrics as text: prometheus-client's lines, in parts."""

import asyncio
from collections.abc import Iterable

import aiohttp
import pytest
from prometheus_client import Metric
from prometheus_client.exposition import generate_latest as text
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics
from prometheus_client.registry import Collector

from exporter.exposition.negotiation import Format
from exporter.exposition.pages import Pages
from exporter.model.operation import State
from exporter.telemetry.metrics import Telemetry
from exporter.telemetry.rendering import parts
from exporter.web import server
from exporter.web.server import MetricsRoutes
from tests.support.local import served
from tests.telemetry.test_metrics import busy


@pytest.mark.parametrize("form", Format)
def test_the_lines_are_those_of_the_library(form: Format) -> None:
    """Every type of metric, in both formats; labels with special characters among them."""
    telemetry = busy().telemetry
    telemetry.resources.show({"res": {"team": 'a"b\\c\nd', "empty": ""}})
    telemetry.exporter.scraped(12_345_678.9)
    metrics = list(telemetry.registry.collectors.collect())

    class Collected(Collector):
        def collect(self) -> Iterable[Metric]:
            return metrics

    library = openmetrics if form is Format.OPENMETRICS else text
    assert b"".join(parts(metrics, form)) == library(Collected())


async def test_others_have_their_turn_during_a_scrape(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scrape of many own series does not hold the event loop until it ends."""
    monkeypatch.setattr(server, "_SLICE_SECONDS", -1.0)  # a pause after each part
    telemetry, turns = Telemetry(), 0
    for number in range(100):
        telemetry.expect(f"account-{number}", "openai_batch", State, ())
    routes = MetricsRoutes(Pages(), telemetry, lambda: 0)

    async def another_task() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with served(routes.application()) as endpoint, aiohttp.ClientSession() as session:
        task = asyncio.create_task(another_task())
        async with session.get(f"{endpoint}/metrics") as answer:
            body = await answer.text()
        task.cancel()
    assert body.count("account-99") > 10
    assert turns > len(list(telemetry.parts(Format.TEXT))) > 50
