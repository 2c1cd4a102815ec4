"""A local Azure, and an exporter that polls it, for tests that speak real HTTP."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path

import yaml
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families

from exporter.app.exporter import Exporter, build
from exporter.config.config import Config, parse_config
from exporter.config.plan import Changes, changes, plan
from exporter.exposition.negotiation import Format
from exporter.model.shard import ALONE, Shard
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import DEFAULT_KEY, Simulator
from exporter.web.server import listening

START = 1_800_000_000.0  # Unix seconds at which a jumping loop begins

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def clock() -> float:
    """Unix seconds that go with the loop's time."""
    return START + asyncio.get_running_loop().time()


@asynccontextmanager
async def served(application: web.Application) -> AsyncIterator[str]:
    """The endpoint at which an application answers."""
    async with listening(application, "127.0.0.1", 0) as address:
        yield f"http://{address}"


@asynccontextmanager
async def simulated(
    scenario: Scenario,
    *,
    cache: bool = False,
) -> AsyncIterator[tuple[Simulator, str]]:
    """A local Azure and its endpoint."""
    simulator = Simulator(scenario, clock=clock, cache=cache)
    async with served(simulator.app()) as endpoint:
        yield simulator, endpoint


def configured(*resources: Mapping[str, object], **top: object) -> Config:
    """A configuration of these resources; what they leave out is filled in."""
    filled = [
        {"name": f"r{number}", "auth": {"key": DEFAULT_KEY}, **resource}
        for number, resource in enumerate(resources)
    ]
    return parse_config("test", yaml.safe_dump({**top, "resources": filled}), Path())


@asynccontextmanager
async def polling(config: Config, shard: Shard = ALONE) -> AsyncIterator[Exporter]:
    """An exporter whose poller runs."""
    async with build(config, clock, shard) as exporter, asyncio.TaskGroup() as group:
        task = group.create_task(exporter.run())
        yield exporter
        task.cancel()


def scraped(exporter: Exporter) -> Samples:
    """All samples of a scrape at this moment."""
    routes = exporter.metrics_routes
    body = bytes(routes.pages.plain(routes.telemetry.render(Format.TEXT))).decode()
    lines = (line.rpartition(" ") for line in body.splitlines() if not line.startswith("#"))
    return {_series(series): float(number) for series, _, number in lines}


@lru_cache(maxsize=100_000)
def _series(text: str) -> tuple[str, frozenset[tuple[str, str]]]:
    """Name and labels, as prometheus-client reads them; most series are in many scrapes."""
    [family] = text_string_to_metric_families(f"{text} 0\n")
    [sample] = family.samples
    return sample.name, frozenset(sample.labels.items())


def values(samples: Samples, family: str, **labels: str) -> dict[str, float]:
    """Values of a family by the labels that are not given, as text."""
    wanted = frozenset(labels.items())
    return {
        ",".join(value for _, value in sorted(own - wanted)): sample
        for (name, own), sample in samples.items()
        if name == family and wanted <= own
    }


def value(samples: Samples, family: str, **labels: str) -> float | None:
    """The only value of a family with these labels; None where there is none."""
    found = values(samples, family, **labels)
    if len(found) > 1:
        raise AssertionError(f"{family} {labels}: {len(found)} samples")
    return next(iter(found.values()), None)


async def applied(exporter: Exporter, config: Config) -> Changes:
    """What a reload does, without its files."""
    after = plan(config, shard=exporter.plan.shard)
    changed = changes(exporter.plan, after)
    await exporter.apply(after, changed)
    return changed
