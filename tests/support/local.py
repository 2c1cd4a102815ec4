"""A simulator, and an exporter that polls it, for tests over real HTTP."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path

from aiohttp import web

from exporter.app.exporter import Exporter, build
from exporter.config.config import Config, parse_config
from exporter.config.plan import Changes, changes, plan
from exporter.exposition.negotiation import Format
from exporter.model.shard import ALONE, Shard
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import DEFAULT_KEY, Simulator
from exporter.web.server import listening
from tests.support import plain_yaml

START = 1_800_000_000.0  # Unix seconds at the start of a jumping loop

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def clock() -> float:
    """Unix seconds that follow the loop's time."""
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
    """A simulator and its endpoint."""
    simulator = Simulator(scenario, clock=clock, cache=cache)
    async with served(simulator.app()) as endpoint:
        yield simulator, endpoint


def configured(*resources: Mapping[str, object], **settings: object) -> Config:
    """A configuration of these resources, with defaults for a name and a key."""
    complete = [
        {"name": f"r{number}", "auth": {"key": DEFAULT_KEY}, **resource}
        for number, resource in enumerate(resources)
    ]
    return parse_config("test", plain_yaml.dump({**settings, "resources": complete}), Path())


@asynccontextmanager
async def polling(config: Config, shard: Shard = ALONE) -> AsyncIterator[Exporter]:
    """An exporter with a running poller."""
    async with build(config, clock, shard) as exporter, asyncio.TaskGroup() as group:
        task = group.create_task(exporter.run())
        yield exporter
        task.cancel()


def scraped(exporter: Exporter) -> Samples:
    """All samples of a scrape at this moment."""
    return _samples(exporter, exporter.telemetry.render(Format.TEXT))


def operations_scraped(exporter: Exporter) -> Samples:
    """The samples of operations alone, which take a tenth of the time."""
    return _samples(exporter, b"")


def _samples(exporter: Exporter, before: bytes) -> Samples:
    body = bytes(exporter.pages.plain(before)).decode()
    lines = (line.rpartition(" ") for line in body.splitlines() if not line.startswith("#"))
    return {read_series(series): float(number) for series, _, number in lines}


_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_ESCAPES = {"\\\\": "\\", "\\n": "\n", '\\"': '"'}


@lru_cache(maxsize=100_000)
def read_series(text: str) -> tuple[str, frozenset[tuple[str, str]]]:
    """Name and labels; prometheus-client's parser takes forty times as long."""
    name, _, labels = text.partition("{")
    return name, frozenset(
        (label, _unescaped(value) if "\\" in value else value)
        for label, value in _LABEL.findall(labels)
    )


def _unescaped(value: str) -> str:
    return re.sub(r"\\.", lambda escape: _ESCAPES[escape[0]], value)


def values(samples: Samples, family: str, **labels: str) -> dict[str, float]:
    """Values of a family by the values of their other labels, as text."""
    selector = frozenset(labels.items())
    return {
        ",".join(value for _, value in sorted(sample_labels - selector)): sample
        for (name, sample_labels), sample in samples.items()
        if name == family and selector <= sample_labels
    }


def value(samples: Samples, family: str, **labels: str) -> float | None:
    """The only value of a family with these labels; None if there is none."""
    matches = values(samples, family, **labels)
    if len(matches) > 1:
        raise AssertionError(f"{family} {labels}: {len(matches)} samples")
    return next(iter(matches.values()), None)


async def applied(exporter: Exporter, config: Config) -> Changes:
    """Apply a configuration as a reload does, without files."""
    new_plan = plan(config, shard=exporter.plan.shard)
    plan_changes = changes(exporter.plan, new_plan)
    await exporter.apply(new_plan, plan_changes)
    return plan_changes
