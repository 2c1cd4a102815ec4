"""Every query of every dashboard is answered by a real Prometheus that scrapes a demo."""

import asyncio
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import msgspec
import pytest
import yaml

from tests.dashboards import Target, dashboards, filled, selectors
from tests.e2e.test_discovery_prometheus import program
from tests.e2e.test_prometheus import free_port

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        shutil.which("prometheus") is None,
        reason="needs Debian's package prometheus",
    ),
]

DEADLINE = 50.0  # seconds; most queries have data after 15, a batch fails after 20
EMPTY_IN_THE_DEMO = {"azure_ai_api_errors_total"}  # its Azure may answer no error
ALL = {
    "resource": ".*",
    "api": ".*",
    "operation": ".*",
    "job": ".*",
    "stuck_after": "1",
    "__rate_interval": "10s",
}


class Series(msgspec.Struct):
    metric: dict[str, str]


class Data(msgspec.Struct):
    result: list[Series]


class Answer(msgspec.Struct):
    data: Data


async def series(session: aiohttp.ClientSession, promql: str) -> list[dict[str, str]]:
    """Labels of what an instant query returns."""
    async with session.get("/api/v1/query", params={"query": promql}) as answer:
        body = await answer.read()
    assert answer.status == 200, (promql, body)
    return [each.metric for each in msgspec.json.decode(body, type=Answer).data.result]


def _queries() -> Iterator[tuple[tuple[str, str], Target]]:
    for name, dashboard in dashboards().items():
        for panel, target in dashboard.queries:
            yield (name, panel.title), target


def _named(target: Target) -> set[str]:
    return {name for name, _ in selectors(target.expr)}


async def _answered(session: aiohttp.ClientSession, target: Target) -> bool:
    """Whether a query has data, for all operations or, where one is chosen, for any one."""
    choices = [ALL]
    if '="$operation"' in target.expr:
        choices = [ALL | each for each in await series(session, "azure_ai_operation_up")]
    for choice in choices:
        if found := await series(session, filled(target.expr, choice)):
            missing = target.legend - set().union(*found)
            assert not missing, (target.expr, missing)
            return True
    return False


async def test_every_query_is_answered(tmp_path: Path) -> None:
    """Each returns data in the demo, or is known not to, and has the labels of its legend."""
    port, prometheus_port = free_port(), free_port()
    scraped = {"job_name": "azure", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
    config = tmp_path / "prometheus.yml"
    config.write_text(
        yaml.safe_dump({"global": {"scrape_interval": "1s"}, "scrape_configs": [scraped]})
    )
    demo = [sys.executable, "-m", "exporter", "demo", f"--web.listen-address=127.0.0.1:{port}"]
    prometheus = [
        "prometheus",
        f"--config.file={config}",
        f"--storage.tsdb.path={tmp_path / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{prometheus_port}",
    ]
    known_empty = [each for each in _queries() if _named(each[1]) & EMPTY_IN_THE_DEMO]
    waiting = [each for each in _queries() if each not in known_empty]
    deadline = time.monotonic() + DEADLINE
    with program(tmp_path / "demo.log", *demo), program(tmp_path / "prometheus.log", *prometheus):
        await asyncio.sleep(15)
        async with aiohttp.ClientSession(f"http://127.0.0.1:{prometheus_port}") as session:
            while waiting and time.monotonic() < deadline:
                waiting = [each for each in waiting if not await _answered(session, each[1])]
                await asyncio.sleep(1)
            for _, target in known_empty:
                await _answered(session, target)
    assert [(name, target.expr) for name, target in waiting] == []
