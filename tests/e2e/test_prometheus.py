"""A real Prometheus scrapes a real demo for a minute."""

import asyncio
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import aiohttp
import pytest
import yaml

from exporter.exposition.families import OPERATION_FAMILIES
from exporter.simulator.demo import demo_scenario

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        shutil.which("prometheus") is None or shutil.which("promtool") is None,
        reason="needs Debian's package prometheus",
    ),
]

SCRAPED_FOR = 60  # seconds


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(log: Path, *command: str) -> Iterator[None]:
    """A program that ends with the test; what it says goes to `log`."""
    with log.open("wb") as file, subprocess.Popen(command, stderr=file) as process:
        yield
        process.terminate()


async def query(session: aiohttp.ClientSession, promql: str) -> dict[str, float]:
    """An instant query: value by the labels of the result."""
    async with session.get("/api/v1/query", params={"query": promql}) as answer:
        body = await answer.json()
    assert body["status"] == "success", body
    return {
        ",".join(each["metric"].values()): float(each["value"][1])
        for each in body["data"]["result"]
    }


async def until_up(session: aiohttp.ClientSession, **jobs: float) -> None:
    """Wait until of these jobs, and no others, some scrape succeeded (1) or none did (0)."""
    seen: dict[str, float] = {}
    async with asyncio.timeout(60):
        while seen != jobs:
            await asyncio.sleep(0.2)
            with suppress(aiohttp.ClientError):  # Prometheus is not there yet
                seen = await query(session, "max by (job) (max_over_time(up[10m]))")


async def test_prometheus_scrapes_the_demo(tmp_path: Path) -> None:
    """Target up, no scrape error, every operation in one state, nothing for promtool to mend."""
    port, prometheus_port = free_port(), free_port()
    config = {
        "global": {"scrape_interval": "4s"},
        "scrape_configs": [
            {"job_name": "azure", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]},
        ],
    }
    config_file = tmp_path / "prometheus.yml"
    config_file.write_text(yaml.safe_dump(config))
    demo = [sys.executable, "-m", "exporter", "demo", f"--web.listen-address=127.0.0.1:{port}"]
    prometheus = [
        "prometheus",
        f"--config.file={config_file}",
        f"--storage.tsdb.path={tmp_path / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{prometheus_port}",
        "--log.level=debug",
    ]
    log = tmp_path / "prometheus.log"
    with running(tmp_path / "demo.log", *demo), running(log, *prometheus):
        async with aiohttp.ClientSession(f"http://127.0.0.1:{prometheus_port}") as session:
            await until_up(session, azure=1)
            await asyncio.sleep(SCRAPED_FOR)
            assert set((await query(session, "up")).values()) == {1}
            assert set((await query(session, "min_over_time(up[40s])")).values()) == {1}
            await _every_operation_has_one_state(session)
            await _things_happened(session)
            async with session.get("/api/v1/targets") as answer:
                targets = (await answer.json())["data"]["activeTargets"]
            assert [target["lastError"] for target in targets] == [""]
        await _promtool_is_content(port)
    said = log.read_text()
    assert "Server is ready" in said
    complaints = [line for line in said.splitlines() if re.search("level=(warn|error)", line)]
    assert [line for line in complaints if "Received SIGTERM" not in line] == []


async def _every_operation_has_one_state(session: aiohttp.ClientSession) -> None:
    scenario = demo_scenario(0)
    iterations = sum(len(each.iterations) for each in scenario.translations)
    opening = {
        "document_translation": len(scenario.batches),
        "video_translation": len(scenario.video_translation) + iterations,
        "avatar": len(scenario.avatar) + len(scenario.syntheses),
        "qna_maker": len(scenario.qna_maker),
    }
    watched = await query(session, "count by (api) (azure_ai_operation_state == 1)")
    assert watched.keys() == opening.keys()
    assert all(watched[api] >= count for api, count in opening.items()), "new ones have come"
    doubled = "sum by (resource, api, operation) (azure_ai_operation_state) != 1"
    assert await query(session, doubled) == {}
    assert await query(session, "azure_ai_operation_up == 0") == {}


async def _things_happened(session: aiohttp.ClientSession) -> None:
    """Within the minute something started, progressed, failed, was cancelled and was charged."""
    for promql in (
        'azure_ai_state_transitions_total{from="NotStarted",to="Running"} > 0',
        'azure_ai_operation_state{state="Failed"} == 1',
        'azure_ai_operation_state{state="ValidationFailed"} == 1',
        'azure_ai_operation_state{api="document_translation",state="Running"} == 1',
        'azure_ai_operation_state{api="video_translation",state="Cancelled"} == 1',
        "delta(azure_ai_operation_progress_ratio[40s]) > 0",
        "azure_ai_operation_estimated_completion_timestamp_seconds > time()",
        "sum(azure_ai_characters_charged_total) > 0",
        'azure_ai_operation_error_info{inner_code="InvalidDocumentAccessLevel"} == 1',
        "azure_ai_document_error_info == 1",
        "azure_ai_document_characters_charged > 0",
    ):
        assert await query(session, promql), promql
    names = await query(
        session, 'count by (__name__) ({__name__=~"azure_ai_(operation|document)_.+"})'
    )
    assert {family.name for family in OPERATION_FAMILIES} <= names.keys()


async def _promtool_is_content(port: int) -> None:
    """`promtool check metrics` on both formats' samples, from the port itself."""
    url = f"http://127.0.0.1:{port}/metrics"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        body = await answer.read()
    assert b'api="document_translation"' in body
    assert b'api="video_translation"' in body
    command = ["promtool", "check", "metrics"]
    promtool = await asyncio.to_thread(
        subprocess.run,
        command,
        input=body,
        capture_output=True,
        check=False,
    )
    assert (promtool.returncode, promtool.stdout + promtool.stderr) == (0, b"")
