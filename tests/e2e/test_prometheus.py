"""A real Prometheus scrapes a real demo for the first minute of its work."""

import asyncio
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import aiohttp
import pytest
import yaml

from exporter.exposition.families import SNAPSHOT_FAMILIES
from exporter.simulator.show.demo import demo_scenario
from tests.chart.promtool import needs_prometheus
from tests.e2e.programs import free_port, program, ready
from tests.e2e.prometheus import complaints, instant, labels, numbers, until_up

pytestmark = [
    pytest.mark.e2e,
    needs_prometheus,
]

SPEED = 3  # what takes the demo's Azure a minute takes 20 seconds here
SCRAPES = 15  # at least
PATIENCE = 180  # seconds
HAPPENS = (
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
    f"count_over_time(up[10m]) >= {SCRAPES}",
)
"""Within the minute something started, progressed, failed, was cancelled and was charged."""


async def test_prometheus_scrapes_the_demo(tmp_path: Path) -> None:
    """Target up, no scrape error, every operation in one state, nothing for promtool to mend."""
    port, prometheus_port = free_port(), free_port()
    config = {
        "global": {"scrape_interval": "1s"},
        "scrape_configs": [
            {"job_name": "azure", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]},
        ],
    }
    config_file = tmp_path / "prometheus.yml"
    config_file.write_text(yaml.safe_dump(config))
    demo = [
        *(sys.executable, "-m", "exporter", "demo", f"--speed={SPEED}"),
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    prometheus = [
        "prometheus",
        f"--config.file={config_file}",
        f"--storage.tsdb.path={tmp_path / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{prometheus_port}",
        "--log.level=debug",
    ]
    log = tmp_path / "prometheus.log"
    with ExitStack() as stack:
        stack.enter_context(program(tmp_path / "demo.log", *demo))
        await ready(f"http://127.0.0.1:{port}")
        stack.enter_context(program(log, *prometheus))
        async with aiohttp.ClientSession(f"http://127.0.0.1:{prometheus_port}") as session:
            await until_up(session, azure=1)
            await _things_happen(session)
            assert {each.number for each in await instant(session, "min_over_time(up[10m])")} == {1}
            await _every_operation_has_one_state(session)
            async with session.get("/api/v1/targets") as answer:
                targets = (await answer.json())["data"]["activeTargets"]
            assert [target["lastError"] for target in targets] == [""]
        await _promtool_is_content(port)
    assert "Server is ready" in log.read_text()
    assert complaints(log) == []


async def _every_operation_has_one_state(session: aiohttp.ClientSession) -> None:
    scenario = demo_scenario(0)
    iterations = sum(len(each.iterations) for each in scenario.translations)
    opening = {
        "document_translation": len(scenario.batches),
        "video_translation": len(scenario.video_translation) + iterations,
        "avatar": len(scenario.avatar) + len(scenario.syntheses),
        "qna_maker": len(scenario.qna_maker),
        "openai_batch": len(scenario.openai_batches),
        "openai_fine_tuning": len(scenario.fine_tunings),
        "speech_synthesis": len(scenario.speech_syntheses),
        "speech_transcription": len(scenario.transcriptions),
        "custom_speech": len(scenario.custom_speech),
        "language": len(scenario.analyses) + len(scenario.trainings),
        "question_answering": len(scenario.questions),
        "document_intelligence": len(scenario.document_jobs),
        "content_understanding": len(scenario.content_understanding),
    }
    watched = await numbers(session, "count by (api) (azure_ai_operation_state == 1)", "api")
    assert watched.keys() == opening.keys()
    assert all(watched[api] >= count for api, count in opening.items()), "new ones have come"
    doubled = "sum by (resource, api, operation) (azure_ai_operation_state) != 1"
    assert await instant(session, doubled) == []
    assert await instant(session, "azure_ai_operation_up == 0") == []


async def _things_happen(session: aiohttp.ClientSession) -> None:
    """Each was seen, now or before, and every family has samples."""
    waiting: tuple[str, ...] = HAPPENS
    until = time.monotonic() + PATIENCE
    while waiting := tuple([each for each in waiting if not await instant(session, each)]):
        assert time.monotonic() < until, waiting
        await asyncio.sleep(0.5)
    every = 'count by (__name__) ({__name__=~"azure_ai_(operation|document)_.+"})'
    names = {each["__name__"] for each in await labels(session, every)}
    assert {family.name for family in SNAPSHOT_FAMILIES} <= names


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
