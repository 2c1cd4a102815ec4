"""The cookbook's cost by team, in a real Prometheus: what the simulator charged times the price.

The demo's teams work for half an hour, which takes some seconds here.
"""

import asyncio
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NamedTuple

import aiohttp
import pytest
import yaml

from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import DEFAULT_KEY, Simulator
from exporter.simulator.show.demo import openings
from exporter.simulator.show.teams import STREAMS
from exporter.simulator.show.workday import Workday
from tests.chart.promtool import needs_prometheus
from tests.docs import recipes
from tests.e2e.programs import free_port, program, ready
from tests.e2e.prometheus import numbers
from tests.support import plain_yaml
from tests.support.local import served

HALF_AN_HOUR = 1800.0
SPEED = 300.0
PATIENCE = 60.0  # seconds
QUESTION = "What did each team pay in the last day?"

TEAMS = {
    "translator": "docs",
    "manuals": "docs",
    "letters": "care",
    "speech": "media",
    "openai": "research",
}

Job = Mapping[str, object]


class Charged(NamedTuple):
    """What of an API is charged, and where the simulator says how much."""

    api: str
    amount: str
    path: str
    field: tuple[str, ...]
    units: float = 1.0  # of the amount, in one of the field
    per: float = 1.0
    price: float = 1.0

    def of(self, job: Job) -> float:
        """The amount of one job, 0 if it does not say."""
        found: object = job
        for name in self.field:
            found = found.get(name) if isinstance(found, dict) else None
        return float(found) * self.units if isinstance(found, int | float) else 0.0

    def cost(self, job: Job) -> float:
        return self.of(job) / self.per * self.price

    def row(self) -> dict[str, object]:
        """In the configuration."""
        return {"api": self.api, "amount": self.amount, "per": self.per, "price": self.price}


CHARGES = {
    "document_translation": Charged(
        *("document_translation", "characters_charged"),
        "/translator/document/batches?api-version=2024-05-01",
        ("summary", "totalCharacterCharged"),
        per=1_000_000,
        price=14.2,
    ),
    "avatar": Charged(
        *("avatar", "billed_duration_seconds"),
        "/avatar/batchsyntheses?api-version=2024-08-01",
        ("properties", "billingDetails", "talkingAvatarDurationSeconds"),
        per=60,
        price=1.2,
    ),
    "speech_transcription": Charged(
        *("speech_transcription", "audio_seconds"),
        "/speechtotext/transcriptions?api-version=2025-10-15",
        ("properties", "durationMilliseconds"),
        units=0.001,
        per=3600,
        price=0.17,
    ),
    "openai_batch": Charged(
        *("openai_batch", "tokens"),
        "/openai/batches?api-version=2024-10-21",
        ("usage", "total_tokens"),
        per=1_000_000,
        price=1.25,
    ),
    "openai_fine_tuning": Charged(
        *("openai_fine_tuning", "tokens"),
        "/openai/fine_tuning/jobs?api-version=2024-10-21",
        ("trained_tokens",),
        per=1000,
        price=0.005,
    ),
}
DISCOVERING = {"discover": {"interval": "1s"}}
SECTIONS = dict.fromkeys(TEAMS, ("document_translation",)) | {
    "speech": ("avatar", "speech_transcription"),
    "openai": ("openai_batch", "openai_fine_tuning"),
}


class Clock:
    """Of the simulator: stands still until the work begins, and at the end of the half hour."""

    def __init__(self) -> None:
        self.start = time.time() - HALF_AN_HOUR
        self.begun: float | None = None

    def __call__(self) -> float:
        if self.begun is None:
            return self.start
        return self.start + min(HALF_AN_HOUR, (time.time() - self.begun) * SPEED)

    @property
    def is_over(self) -> bool:
        return self() == self.start + HALF_AN_HOUR


def exporter_config(endpoints: Mapping[str, str]) -> dict[str, object]:
    return {
        "poll": {"interval": "1s", "requests_per_second": 100},
        "prices": {"currency": "EUR", "table": [charged.row() for charged in CHARGES.values()]},
        "resources": [
            {
                "name": name,
                "endpoint": endpoint,
                "auth": {"key": DEFAULT_KEY},
                "labels": {"team": TEAMS[name]},
                **dict.fromkeys(SECTIONS[name], DISCOVERING),
            }
            for name, endpoint in endpoints.items()
        ],
    }


async def jobs(session: aiohttp.ClientSession, endpoint: str, path: str) -> AsyncIterator[Job]:
    """All jobs that the simulator lists."""
    headers = {"Ocp-Apim-Subscription-Key": DEFAULT_KEY, "api-key": DEFAULT_KEY}
    url: str | None = endpoint + path
    while url:
        async with session.get(url, headers=headers) as answer:
            page = await answer.json()
        assert answer.status == 200, page
        found = page.get("value") or page.get("values") or page.get("data") or []
        for job in found:
            yield job
        url = page.get("@nextLink") or page.get("nextLink")
        if page.get("has_more"):
            url = f"{endpoint}{path}&after={found[-1]['id']}"


async def charged(
    session: aiohttp.ClientSession, endpoints: Mapping[str, str]
) -> tuple[dict[str, float], set[str]]:
    """What the simulator charged, times the price, by team; and the APIs that charged."""
    costs: defaultdict[str, float] = defaultdict(float)
    apis: set[str] = set()
    for name, endpoint in endpoints.items():
        for api in SECTIONS[name]:
            async for job in jobs(session, endpoint, CHARGES[api].path):
                cost = CHARGES[api].cost(job)
                costs[TEAMS[name]] += cost
                apis |= {api} if cost else set()
    return dict(costs), apis


class Prometheus:
    """Asked for the costs."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def costs(self) -> dict[str, float]:
        """The counters, by resource."""
        return await numbers(self._session, "sum by (resource) (azure_ai_cost_total)", "resource")

    async def paid(self) -> dict[str, float]:
        """What the cookbook's query says of each team at the latest sample.

        Between two samples Prometheus extrapolates, by a part of what a few seconds cost.
        """
        scraped = "max by (job) (timestamp(azure_ai_cost_total))"
        latest = await numbers(self._session, scraped, "job")
        return await numbers(self._session, recipes()[QUESTION], "team", latest["azure"])


@pytest.mark.e2e
@needs_prometheus
async def test_a_day_costs_what_azure_charged_times_the_price(tmp_path: Path) -> None:
    """By team, over all resources and APIs of it, from the first charge to the last."""
    clock = Clock()
    simulators = {
        name: Simulator(Scenario(), clock=clock, cache=False, workdays=[workday(name, clock.start)])
        for name in TEAMS
    }
    at, prometheus_at = (f"127.0.0.1:{free_port()}" for _ in range(2))
    async with AsyncExitStack() as servers:
        endpoints = {
            name: await servers.enter_async_context(served(simulator.app()))
            for name, simulator in simulators.items()
        }
        config, prometheus_config = tmp_path / "config.yaml", tmp_path / "prometheus.yml"
        config.write_text(plain_yaml.dump(exporter_config(endpoints)))
        scraped = {"job_name": "azure", "static_configs": [{"targets": [at]}]}
        often = {"scrape_interval": "1s", "scrape_timeout": "1s"}
        prometheus_config.write_text(yaml.safe_dump({"global": often, "scrape_configs": [scraped]}))
        exporter = (
            *(sys.executable, "-m", "exporter", "run", f"--config.file={config}"),
            f"--web.listen-address={at}",
        )
        prometheus = (
            *("prometheus", f"--config.file={prometheus_config}"),
            *(f"--storage.tsdb.path={tmp_path / 'tsdb'}", f"--web.listen-address={prometheus_at}"),
        )
        with (
            program(tmp_path / "exporter.log", *exporter),
            program(tmp_path / "prometheus.log", *prometheus),
        ):
            await ready(f"http://{prometheus_at}")
            async with (
                aiohttp.ClientSession() as session,
                aiohttp.ClientSession(f"http://{prometheus_at}") as asking,
            ):
                asked = Prometheus(asking)
                while set((await asked.costs()).values()) != {0.0}:
                    await asyncio.sleep(0.2)
                for name, simulator in simulators.items():
                    simulator.azure.begin(openings(clock.start)[name])
                clock.begun = time.time()
                while not clock.is_over:
                    await asyncio.sleep(0.2)
                expected, apis = await charged(session, endpoints)
                assert apis == CHARGES.keys(), "all of them have charged something"
                assert expected.keys() == set(TEAMS.values())
                await equal(asked, expected)


def workday(name: str, start: float) -> Workday:
    return Workday(STREAMS[name], start, kept=HALF_AN_HOUR * 2)


async def equal(asked: Prometheus, expected: Mapping[str, float]) -> None:
    """Wait until the exporter has read the last charges, and Prometheus has scraped them."""
    until = time.monotonic() + PATIENCE
    while (paid := await asked.paid()) != pytest.approx(expected, rel=1e-9):
        assert time.monotonic() < until, (paid, expected)
        await asyncio.sleep(0.2)
