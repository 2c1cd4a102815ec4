"""Every query of every dashboard is answered by a real Prometheus that scrapes a demo."""

import asyncio
import shutil
import sys
import time
from pathlib import Path

import aiohttp
import msgspec
import pytest
import yaml

from tests.e2e.programs import free_port, program, ready
from tests.support.dashboards import RECORDED, Target, dashboards, selectors, with_values

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        shutil.which("prometheus") is None,
        reason="needs Debian's package prometheus",
    ),
]

DEADLINE = 120.0  # seconds; most queries have data after 15, a batch fails after 20
# The demo's Azure may answer no error, and here are no rules; test_rules_prometheus.py has both.
EMPTY_IN_THE_DEMO = {"azure_ai_api_errors_total", *RECORDED}
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


def queries(*, known_empty: bool) -> list[tuple[str, Target]]:
    """Those of all panels with their dashboard's name, that the demo leaves empty or not."""
    return [
        (name, target)
        for name, dashboard in dashboards().items()
        for _, target in dashboard.queries
        if bool({each for each, _ in selectors(target.expr)} & EMPTY_IN_THE_DEMO) == known_empty
    ]


async def answered(session: aiohttp.ClientSession, target: Target) -> bool:
    """Whether a query has data, for all operations or, where one is chosen, for any one."""
    choices = [ALL]
    if '="$operation"' in target.expr:
        choices = [ALL | each for each in await series(session, "azure_ai_operation_up")]
    for choice in choices:
        if found := await series(session, with_values(target.expr, choice)):
            missing = target.legend - set().union(*found)
            assert not missing, (target.expr, missing)
            return True
    return False


async def test_every_query_is_answered(tmp_path: Path) -> None:
    """Each but a few returns data in the demo, and has the labels of its legend."""
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
    waiting = queries(known_empty=False)
    deadline = time.monotonic() + DEADLINE
    with program(tmp_path / "demo.log", *demo), program(tmp_path / "prometheus.log", *prometheus):
        await ready(f"http://127.0.0.1:{prometheus_port}")
        async with aiohttp.ClientSession(f"http://127.0.0.1:{prometheus_port}") as session:
            while waiting and time.monotonic() < deadline:
                waiting = [each for each in waiting if not await answered(session, each[1])]
                await asyncio.sleep(1)
    assert [(name, target.expr) for name, target in waiting] == []
