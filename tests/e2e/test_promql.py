"""Every query of the cookbook is answered by a real Prometheus that scrapes two shards."""

import asyncio
import math
import re
import sys
import time
from pathlib import Path

import aiohttp
import pytest
import yaml

from exporter.simulator.play.building import batch, operation, rejected_batch, seeded_uuid
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import DEFAULT_KEY, Simulator
from tests.chart.promtool import needs_prometheus
from tests.docs import COOKBOOK, recipes
from tests.e2e.programs import free_port, program, ready
from tests.e2e.prometheus import instant
from tests.support.local import served

DEADLINE = 180.0  # seconds; most queries have data after 15
PRICE = {
    "api": "document_translation",
    "amount": "characters_charged",
    "per": 1_000_000,
    "price": 14.2,
}
MANUALS = seeded_uuid("promql", "manuals")


def rules() -> str:
    """The recording rules at the end."""
    [found] = re.findall(r"```yaml\n(.*?)```", COOKBOOK.read_text(), re.DOTALL)
    return str(found)


def test_every_query_has_a_question() -> None:
    """And a sentence; none is left out of the test below."""
    text = COOKBOOK.read_text()
    assert 15 <= len(recipes()) == text.count("```promql") == text.count("\n### ")


def translations(now: float) -> Scenario:
    """Batches that run, end well and badly, are stuck, wait, and are refused."""
    return Scenario(
        batches=(
            batch(id=MANUALS, created=now - 5, documents=60, languages=("de", "fr"), takes=240),
            batch(created=now - 60, documents=4, takes=20, stuck=2),
            batch(created=now - 4, documents=2, takes=8, failed=2),
            batch(created=now - 3, documents=5, takes=9, failed=2),
            batch(created=now - 2, documents=3, starts_after=600, takes=900),
            rejected_batch(created=now - 1, takes=6),
            *(batch(created=now + each, documents=2, takes=9) for each in range(120)),
        )
    )


def films(now: float) -> Scenario:
    ids = [f"film-{number}" for number in range(4)]
    return Scenario(
        avatar=tuple(operation(id_, created=now, takes=None) for id_ in ids),
        video_translation=tuple(operation(id_, created=now, takes=None) for id_ in ids),
    )


def exporter_config(translator: str, speech: str) -> dict[str, object]:
    """Two resources that work, one of them throttled, and one whose key is refused."""
    operations = [f"film-{number}" for number in range(4)]
    return {
        "poll": {"interval": "1s", "requests_per_second": 50},
        "prices": {"currency": "EUR", "table": [PRICE]},
        "resources": [
            {
                "name": "translator",
                "labels": {"team": "docs"},
                "endpoint": translator,
                "auth": {"key": DEFAULT_KEY},
                "document_translation": {
                    "discover": True,
                    "document_names": True,
                    "batches": [{"id": MANUALS, "labels": {"project": "manuals"}}],
                },
            },
            {
                "name": "speech",
                "endpoint": speech,
                "auth": {"key": DEFAULT_KEY},
                "avatar": {"operations": operations, "requests_per_minute": 600},
            },
            {
                "name": "locked",
                "endpoint": speech,
                "auth": {"key": "a-wrong-key"},
                "video_translation": {"operations": operations},
            },
        ],
    }


def prometheus_config(ports: list[int]) -> dict[str, object]:
    targets = [f"127.0.0.1:{port}" for port in ports]
    return {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yml"],
        "scrape_configs": [{"job_name": "azure-ai", "static_configs": [{"targets": targets}]}],
    }


def sooner(query: str) -> str:
    """The same with a threshold that is reached within the test."""
    return re.sub(r"(?<=> )\d{3,}$", "5", query, flags=re.MULTILINE)


async def answered(session: aiohttp.ClientSession, query: str) -> bool:
    """Whether there is a number among what a query returns."""
    return not all(math.isnan(each.number) for each in await instant(session, query))


@pytest.mark.e2e
@needs_prometheus
async def test_every_query_is_answered(tmp_path: Path) -> None:
    """Each returns data, the recording rules too."""
    records = [rule["record"] for rule in yaml.safe_load(rules())["groups"][0]["rules"]]
    waiting = recipes() | {record: record for record in records}
    ports, prometheus_port = [free_port(), free_port()], free_port()
    now = time.time()
    throttled = Simulator(films(now), limits={"avatar": (2, 20.0)})
    async with (
        served(Simulator(translations(now)).app()) as translator,
        served(throttled.app()) as speech,
    ):
        (tmp_path / "config.yaml").write_text(yaml.safe_dump(exporter_config(translator, speech)))
        (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(prometheus_config(ports)))
        (tmp_path / "rules.yml").write_text(rules())
        shards = [
            program(
                tmp_path / f"shard-{number}.log",
                *(sys.executable, "-m", "exporter", "run"),
                f"--config.file={tmp_path / 'config.yaml'}",
                f"--web.listen-address=127.0.0.1:{port}",
                f"--shard={number}",
                "--total-shards=2",
            )
            for number, port in enumerate(ports)
        ]
        prometheus = program(
            tmp_path / "prometheus.log",
            "prometheus",
            f"--config.file={tmp_path / 'prometheus.yml'}",
            f"--storage.tsdb.path={tmp_path / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{prometheus_port}",
        )
        with shards[0], shards[1], prometheus:
            for port in (*ports, prometheus_port):
                await ready(f"http://127.0.0.1:{port}")
            async with aiohttp.ClientSession(f"http://127.0.0.1:{prometheus_port}") as session:
                while waiting and time.time() < now + DEADLINE:
                    waiting = {
                        question: query
                        for question, query in waiting.items()
                        if not await answered(session, sooner(query))
                    }
                    await asyncio.sleep(1)
    assert waiting == {}
