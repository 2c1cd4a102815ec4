"""The demo: a local Azure and an exporter that polls it, in one process."""

import asyncio
import time
from pathlib import Path

import yaml

from exporter import serve
from exporter.config import Config, parse_config
from exporter.logs import logger
from exporter.simulator.demo import demo_scenario
from exporter.simulator.scenario import Scenario
from exporter.simulator.server import DEFAULT_KEY, Simulator
from exporter.web.server import listening

_LOOPBACK = "127.0.0.1"


def demo_config(endpoint: str, scenario: Scenario) -> Config:
    """A configuration that watches all of the scenario, read as a file of a user's would be."""
    common = {"endpoint": endpoint, "auth": {"key": DEFAULT_KEY}}
    batches = [batch.id for batch in scenario.batches]
    resources: list[dict[str, object]] = [
        {
            "name": "translator",
            **common,
            "document_translation": {"discover": True, "document_names": True},
        },
        {
            "name": "manuals",
            **common,
            "document_translation": {"api_version": "v1.0", "batches": batches[:3]},
        },
        {
            "name": "letters",
            **common,
            "document_translation": {
                "api_version": "2026-03-01",
                "documents": "failed",
                "batches": [{"id": batches[3], "labels": {"project": "letters"}}],
            },
        },
        {
            "name": "speech",
            **common,
            "video_translation": {
                "discover": True,
                "operations": [each.id for each in scenario.video_translation],
            },
            "avatar": {
                "discover": {"interval": "5s"},
                "requests_per_minute": 600,
                "operations": [each.id for each in scenario.avatar],
            },
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


async def demo(address: tuple[str | None, int], stop: asyncio.Event) -> None:
    """Run both until `stop` is set.

    Raises:
        ListenError: the port cannot be had.
    """
    scenario = demo_scenario(time.time())
    async with listening(Simulator(scenario).app(), _LOOPBACK, 0) as azure:
        config = demo_config(f"http://{azure}", scenario)
        await serve.run(config, address, stop)


async def simulate(address: tuple[str | None, int], stop: asyncio.Event) -> None:
    """Run the local Azure alone until `stop` is set.

    Raises:
        ListenError: the port cannot be had.
    """
    scenario = demo_scenario(time.time())
    async with listening(Simulator(scenario).app(), *address) as azure:
        logger().info("local Azure started", endpoint=f"http://{azure}", key=DEFAULT_KEY)
        await stop.wait()
