"""The demo: a local Azure and an exporter that polls it, in one process."""

import asyncio
import time
from pathlib import Path

import yaml

from exporter import app
from exporter.config import Config, parse_config
from exporter.logs import logger
from exporter.simulator.demo import demo_scenario
from exporter.simulator.scenario import Batch, Scenario
from exporter.simulator.server import DEFAULT_KEY, Simulator
from exporter.web.server import listening

_LOOPBACK = "127.0.0.1"


def demo_config(endpoint: str, scenario: Scenario, now: float) -> Config:
    """A configuration that watches all of the scenario, read as a file of a user's would be."""
    thirds = [scenario.batches[start::3] for start in range(3)]
    versions = ("2024-05-01", "2026-03-01", "v1.0")
    common = {"endpoint": endpoint, "auth": {"key": DEFAULT_KEY}}
    resources: list[dict[str, object]] = [
        {
            "name": f"translator-{version}",
            **common,
            "document_translation": {
                "api_version": version,
                "batches": [_batch(batch, now) for batch in batches],
            },
        }
        for version, batches in zip(versions, thirds, strict=True)
    ]
    resources += [
        {
            "name": "speech",
            **common,
            "video_translation": {"operations": [each.id for each in scenario.video_translation]},
            "avatar": {"operations": [each.id for each in scenario.avatar]},
        },
        {
            "name": "qna",
            **common,
            "qna_maker": {"operations": [each.id for each in scenario.qna_maker]},
        },
    ]
    poll = {"interval": "5s", "requests_per_second": 50}
    text = yaml.safe_dump({"poll": poll, "resources": resources})
    return parse_config("demo", text, Path())


def _batch(batch: Batch, now: float) -> dict[str, object]:
    """A batch with all documents that Azure has listed by now: earlier they have no id."""
    listed = batch.listed is not None and batch.listed <= now
    return {"id": batch.id, "documents": [each.id for each in batch.documents if listed]}


async def demo(address: tuple[str | None, int], stop: asyncio.Event) -> None:
    """Run both until `stop` is set.

    Raises:
        ListenError: the port cannot be had.
    """
    now = time.time()
    scenario = demo_scenario(now)
    simulator = Simulator(scenario)
    async with listening(simulator.app(), _LOOPBACK, 0) as azure:
        config = demo_config(f"http://{azure}", scenario, now)
        await app.run(config, address, stop)


async def simulate(address: tuple[str | None, int], stop: asyncio.Event) -> None:
    """Run the local Azure alone until `stop` is set.

    Raises:
        ListenError: the port cannot be had.
    """
    scenario = demo_scenario(time.time())
    async with listening(Simulator(scenario).app(), *address) as azure:
        logger().info("local Azure started", endpoint=f"http://{azure}", key=DEFAULT_KEY)
        await stop.wait()
