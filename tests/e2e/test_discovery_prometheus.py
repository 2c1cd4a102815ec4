"""A real Prometheus watches batches of Microsoft's client come, end and leave by themselves."""

import asyncio
import json
import re
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest
import yaml

from exporter.simulator.play.scenario import Pace, Scenario
from exporter.simulator.server import DEFAULT_KEY, Simulator
from tests.chart.promtool import needs_prometheus
from tests.e2e.programs import free_port, program, ready
from tests.e2e.prometheus import complaints, instant, numbers
from tests.support.local import served

CLIENT = "2.0.0"

pytestmark = [
    pytest.mark.e2e,
    needs_prometheus,
]

SCRAPE = 1.0  # seconds, all of them
MARGIN = 0.5  # of a scrape's time, which a probe keeps for its answer
DISCOVERY = 2.0
RETENTION = 5.0
SWEEP = 5.0  # between two looks of the exporter for what has been here long enough
SD_UPDATE = 5.0  # Prometheus takes over what its service discovery found no more often
SLACK = 5.0  # what a machine that does much else may be late
PATIENCE = 90.0  # all that is waited for has come by then; 28 is usual
PACE = Pace(listing=1.0, document=3.0)  # a batch takes 5 to 7 s


class Sample(NamedTuple):
    """A sample with the time at which Prometheus took it."""

    at: float
    value: float


def exporter_config(endpoint: str) -> dict[str, object]:
    resource = {
        "name": "translator",
        "endpoint": endpoint,
        "auth": {"key": DEFAULT_KEY},
        "document_translation": {"discover": {"interval": f"{DISCOVERY:g}s"}},
    }
    return {
        "poll": {"interval": "1s", "requests_per_second": 100},
        "retention": {"finished": f"{RETENTION:g}s"},
        "resources": [resource],
    }


def prometheus_config(target: str) -> dict[str, object]:
    discovery = {"url": f"http://{target}/sd", "refresh_interval": "1s"}
    return {
        "global": {"scrape_interval": f"{SCRAPE:g}s", "scrape_timeout": f"{SCRAPE:g}s"},
        "scrape_configs": [
            {"job_name": "metrics", "static_configs": [{"targets": [target]}]},
            {"job_name": "probe", "http_sd_configs": [discovery]},
        ],
    }


async def samples(
    session: aiohttp.ClientSession, selector: str, label: str
) -> dict[str, list[Sample]]:
    """Every sample that was ever taken, as it was taken, by one of the labels."""
    found: dict[str, list[Sample]] = {}
    for series in await instant(session, f"{selector}[10m]"):
        taken = [Sample(at, float(value)) for at, value in series.values]
        found.setdefault(series.metric[label], []).extend(taken)
    return {name: sorted(each) for name, each in found.items()}


async def ids(session: aiohttp.ClientSession, promql: str) -> dict[str, float]:
    """The values that a query returns, by operation."""
    return await numbers(session, promql, "operation")


async def test_batches_come_and_go(tmp_path: Path) -> None:
    """Each appears within a discovery interval and a scrape, ends, and leaves in its time.

    Its series have no gap; what it was charged stays in the counter. A second job that finds its
    targets on /sd and asks /probe tells the same states.
    """
    try:
        found = version("azure-ai-translation-document")
    except PackageNotFoundError:
        pytest.skip("azure-ai-translation-document is not installed")
    assert found == CLIENT
    target, prometheus_at = (f"127.0.0.1:{free_port()}" for _ in range(2))
    scenario = Scenario(pace=PACE)
    async with served(Simulator(scenario, cache=False).app()) as endpoint:
        config, prometheus_yml = tmp_path / "config.yaml", tmp_path / "prometheus.yml"
        config.write_text(yaml.safe_dump(exporter_config(endpoint)))
        prometheus_yml.write_text(yaml.safe_dump(prometheus_config(target)))
        exporter = (
            *(sys.executable, "-m", "exporter", "run", f"--config.file={config}"),
            f"--web.listen-address={target}",
        )
        prometheus = (
            *("prometheus", f"--config.file={prometheus_yml}"),
            *(f"--storage.tsdb.path={tmp_path / 'tsdb'}", f"--web.listen-address={prometheus_at}"),
        )
        logs = tmp_path / "exporter.log", tmp_path / "prometheus.log"
        with program(logs[0], *exporter):
            await ready(f"http://{target}")
            with program(logs[1], *prometheus):
                await ready(f"http://{prometheus_at}")
                batches = await watched(endpoint, f"http://{prometheus_at}")
    told = logs[0].read_text()
    for each in batches:
        assert re.search(rf'"operation state".*{each["id"]}.*state=Succeeded', told)
        assert re.search(rf'"operation is dropped".*{each["id"]}', told)
    assert "level=warning" not in told
    assert "level=error" not in told
    assert DEFAULT_KEY not in told
    assert complaints(logs[1]) == []


async def watched(endpoint: str, prometheus: str) -> list[Mapping[str, Any]]:
    """The batches that were submitted, once all that Prometheus saw of them was checked."""
    async with aiohttp.ClientSession(prometheus) as session:
        await first_scrape(session)
        batches = await submitted(endpoint)
        await gone(session, batches)
        await come_and_go(session, batches)
        await both_jobs_agree(session)
        await nothing_was_wrong(session)
    return batches


async def first_scrape(session: aiohttp.ClientSession) -> None:
    """Wait until Prometheus, which takes its time after it is ready, has scraped."""
    async with asyncio.timeout(PATIENCE):
        while not await samples(session, 'up{job="metrics"}', "job"):
            await asyncio.sleep(0.2)


async def gone(session: aiohttp.ClientSession, batches: list[Mapping[str, Any]]) -> None:
    """Wait until all batches have come and left, from both jobs."""
    wanted = {each["id"] for each in batches}
    ever = "count by (operation) (present_over_time(azure_ai_operation_state[10m]))"
    async with asyncio.timeout(PATIENCE):
        while set(await ids(session, ever)) != wanted:
            await asyncio.sleep(0.2)
        while await ids(session, "azure_ai_operation_state"):
            await asyncio.sleep(0.2)
    await asyncio.sleep(2 * SCRAPE)


async def submitted(endpoint: str) -> list[Mapping[str, Any]]:
    """Three batches of Microsoft's client; what it saw of them in the end."""
    script = Path(__file__).parent / "clients" / "batches.py"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, script, endpoint, DEFAULT_KEY, CLIENT, "3", "3"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(PATIENCE):
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    batches: list[Mapping[str, Any]] = json.loads(out)
    assert [each["state"] for each in batches] == ["Succeeded"] * 3
    return batches


async def come_and_go(session: aiohttp.ClientSession, batches: list[Mapping[str, Any]]) -> None:
    of_metrics = 'azure_ai_operation_{}{{job="metrics",resource="translator"{}}}'
    succeeded = await samples(
        session, of_metrics.format("state", ',state="Succeeded"'), "operation"
    )
    ended_at = await samples(
        session, of_metrics.format("last_action_timestamp_seconds", ""), "operation"
    )
    charged = await samples(session, of_metrics.format("characters_charged", ""), "operation")
    documents = await samples(
        session, 'azure_ai_document_state{job="metrics",state="Succeeded"}', "operation"
    )
    scraped = [
        sample.at
        for sample in (await samples(session, 'up{job="metrics"}', "job"))["metrics"]
        if sample.value == 1
    ]
    assert set(succeeded) == {each["id"] for each in batches}
    for each in batches:
        id_, seen = each["id"], succeeded[each["id"]]
        came, left = seen[0].at, seen[-1].at
        assert 0 <= came - each["at"] < DISCOVERY + SCRAPE + SLACK
        assert (seen[0].value, seen[-1].value) == (0, 1), "it was seen to run, and to end"
        assert [sample.value for sample in seen] == sorted(sample.value for sample in seen)
        ended = ended_at[id_][-1].value
        assert next(sample.at for sample in seen if sample.value) - ended < 1 + SCRAPE + SLACK
        assert RETENTION - SCRAPE <= left - ended < RETENTION + SWEEP + SCRAPE + SLACK
        assert [at for at in scraped if came <= at <= left] == [sample.at for sample in seen]
        assert len(documents[id_]) >= each["documents"], "its documents too"
        assert abs(documents[id_][-1].at - left) < SCRAPE / 2, "they leave in the same scrape"

    # As a user would ask.
    now = 'azure_ai_operation_state{job="metrics"}'
    assert await ids(session, now) == {}, "Prometheus knows that they are gone"
    ever = await ids(session, f"count by (operation) (present_over_time({now}[5m]))")
    assert set(ever) == set(succeeded)
    counts = await ids(
        session, 'count_over_time(azure_ai_operation_state{job="metrics",state="Succeeded"}[5m])'
    )
    assert counts == {id_: len(seen) for id_, seen in succeeded.items()}
    totals = await samples(session, 'azure_ai_characters_charged_total{job="metrics"}', "resource")
    last = totals["translator"][-1]
    assert last.value == sum(each[-1].value for each in charged.values()) > 0
    assert last.at > max(seen[-1].at for seen in succeeded.values()), "it outlives the batches"


async def failed_early(
    session: aiohttp.ClientSession, success: str, took: str, limit: float
) -> list[tuple[str, Sample]]:
    """What failed before the time was over that it had; a slow machine may need more."""
    succeeded = await samples(session, success, "instance")
    seconds = await samples(session, took, "instance")
    in_time = {(name, at) for name, seen in seconds.items() for at, value in seen if value < limit}
    return [
        (name, sample)
        for name, seen in succeeded.items()
        for sample in seen
        if sample.value != 1 and (name, sample.at) in in_time
    ]


async def both_jobs_agree(session: aiohttp.ClientSession) -> None:
    """At every moment a probe tells a state that /metrics told within one interval of it."""
    states: dict[tuple[str, str], dict[str, list[float]]] = {}
    for job in ("metrics", "probe"):
        for state in ("NotStarted", "Running", "Succeeded"):
            selector = f'azure_ai_operation_state{{job="{job}",state="{state}"}}'
            for id_, seen in (await samples(session, selector, "operation")).items():
                times = [sample.at for sample in seen if sample.value == 1]
                states.setdefault((job, id_), {})[state] = times
    operations = {id_ for job, id_ in states if job == "metrics"}
    assert {id_ for job, id_ in states if job == "probe"} == operations
    for id_ in operations:
        metrics, probed = states["metrics", id_], states["probe", id_]
        gone = max(times[-1] for times in metrics.values() if times)
        first = min(times[0] for times in metrics.values() if times)
        begun = min(times[0] for times in probed.values() if times)
        assert begun - first < SCRAPE * 2 + SD_UPDATE + SLACK, "it became a target in time"
        assert probed["Succeeded"], "its end was probed"
        compared = 0
        for state, times in probed.items():
            for at in times:
                if at > gone:
                    assert at < gone + SCRAPE * 2 + SD_UPDATE + SLACK, "it is no target any more"
                    continue
                near = [abs(at - other) for other in metrics[state]]
                assert min(near, default=60.0) <= SCRAPE + 1, (id_, state, at)
                compared += 1
        assert compared >= 3


async def nothing_was_wrong(session: aiohttp.ClientSession) -> None:
    """No scrape of either job failed; no target is left in the end but the exporter itself."""
    for job in ("metrics", "probe"):
        up, took = f'up{{job="{job}"}}', f'scrape_duration_seconds{{job="{job}"}}'
        assert await failed_early(session, up, took, SCRAPE) == []
    success = await samples(session, "azure_ai_probe_success", "instance")
    took = "azure_ai_probe_duration_seconds"
    assert await failed_early(session, "azure_ai_probe_success", took, SCRAPE - MARGIN) == []
    assert all(
        re.fullmatch(r"translator/document_translation/[0-9a-f-]{36}", id_) for id_ in success
    )
    async with session.get("/api/v1/targets") as answer:
        targets = (await answer.json())["data"]["activeTargets"]
    left = [(target["labels"]["job"], target["lastError"]) for target in targets]
    assert left == [("metrics", "")]
