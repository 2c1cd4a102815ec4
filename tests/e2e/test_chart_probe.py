"""A real Prometheus asks what the chart's Probe says, as the Prometheus Operator passes it on."""

import asyncio
import re
import sys
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest
import yaml

from exporter.apis import Apis
from tests.chart import CHART, Json, Object, at, manifests, objects_at, of_kind, values
from tests.chart.promtool import needs_prometheus
from tests.e2e.programs import free_port, program
from tests.e2e.prometheus import numbers

pytestmark = [
    pytest.mark.e2e,
    needs_prometheus,
]


async def shown(exporter: str) -> list[Object]:
    """The operations that the exporter shows; none while it is not there."""
    with suppress(aiohttp.ClientError):
        async with (
            aiohttp.ClientSession(exporter) as session,
            session.get("/api/v1/operations") as answer,
        ):
            return objects_at(await answer.json(), "operations")
    return []


async def followed(exporter: str) -> list[str]:
    """One operation of each API, and one with a slash in its id, as a Probe's targets."""
    chosen: dict[str, str] = {}
    slashes = {"custom_speech", "language", "question_answering", "content_understanding"}
    wanted = {f"{api} {api in slashes}" for api in Apis.model_fields}
    wanted |= {"video_translation True", "avatar True"}
    async with asyncio.timeout(60):
        while not wanted <= chosen.keys():
            await asyncio.sleep(0.2)
            for each in await shown(exporter):
                resource, api, id_ = (str(each[key]) for key in ("resource", "api", "operation"))
                chosen[f"{api} {'/' in id_}"] = f"{resource}/{api}/{id_}"
    return sorted(chosen.values())


async def probed(prometheus: str, wanted: int) -> dict[str, float]:
    """What came of so many probes, by target."""
    found: dict[str, float] = {}
    async with asyncio.timeout(60), aiohttp.ClientSession(prometheus) as session:
        while len(found) != wanted:
            await asyncio.sleep(0.2)
            with suppress(aiohttp.ClientError):
                found = await numbers(session, "azure_ai_probe_success", "instance")
    return found


def snake(name: str) -> str:
    """A name of the operator's as Prometheus spells it."""
    return re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", name)


def as_the_operator(probe: Object, address: str) -> dict[str, Json]:
    """Prometheus' configuration for a Probe, but that the prober is elsewhere.

    https://github.com/prometheus-operator/prometheus-operator/blob/main/pkg/prometheus/promcfg.go
    """
    spec = probe["spec"]
    relabelings: list[Json] = [
        {"source_labels": ["__address__"], "target_label": "__param_target"},
        {"source_labels": ["__param_target"], "target_label": "instance"},
        {"target_label": "__address__", "replacement": address},
    ]
    relabelings += [
        {snake(key): value for key, value in each.items()}
        for each in objects_at(spec, "targets", "staticConfig", "relabelingConfigs")
    ]
    job: Object = {
        "job_name": at(spec, "jobName"),
        "metrics_path": at(spec, "prober", "path"),
        "scheme": at(spec, "prober", "scheme"),
        "static_configs": [{"targets": at(spec, "targets", "staticConfig", "static")}],
        "relabel_configs": relabelings,
    }
    # Azure takes 3 s for the status of a running batch analysis.
    return {"global": {"scrape_interval": "5s"}, "scrape_configs": [job]}


async def test_prometheus_asks_for_the_operations_of_the_probe(tmp_path: Path) -> None:
    """Each becomes one request that is answered, whatever its id looks like."""
    port, prometheus_port = free_port(), free_port()
    demo = [sys.executable, "-m", "exporter", "demo", f"--web.listen-address=127.0.0.1:{port}"]
    with program(tmp_path / "demo.log", *demo):
        operations = await followed(f"http://127.0.0.1:{port}")
        assert any("/" in each.split("/", 2)[2] for each in operations)
        given = values("minimal", probe={"enabled": True, "operations": [*operations]})
        (probe,) = of_kind(manifests(CHART, given), "Probe")
        config = tmp_path / "prometheus.yml"
        config.write_text(yaml.safe_dump(as_the_operator(probe, f"127.0.0.1:{port}")))
        prometheus = [
            "prometheus",
            f"--config.file={config}",
            f"--storage.tsdb.path={tmp_path / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{prometheus_port}",
        ]
        with program(tmp_path / "prometheus.log", *prometheus):
            seen = await probed(f"http://127.0.0.1:{prometheus_port}", len(operations))
    assert seen == dict.fromkeys(operations, 1)
