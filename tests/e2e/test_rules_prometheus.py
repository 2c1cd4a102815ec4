"""Every rule of the chart finds its trouble in a real Prometheus, and none where all is well."""

import asyncio
import json
import re
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from itertools import pairwise
from pathlib import Path

import aiohttp
import msgspec
import pytest
import yaml

from tests.chart import Object, objects_at, rule_groups
from tests.chart.promtool import needs_prometheus
from tests.e2e import troubles
from tests.e2e.panels import answered
from tests.e2e.panels import queries as panels
from tests.e2e.programs import free_port, program, ready
from tests.e2e.prometheus import complaints, get, labels, ranged
from tests.e2e.troubled_azures import Azures
from tests.e2e.troubles import Labels
from tests.support.local import served

pytestmark = pytest.mark.e2e

FIRING = 'ALERTS{alertstate="firing"}'
MISSED = 7  # seconds
PATIENCE = 240  # seconds; in all it takes 70 on a machine with nothing else to do


class Alert(msgspec.Struct):
    labels: dict[str, str]
    annotations: dict[str, str]
    state: str


class Rule(msgspec.Struct, rename="camel"):
    name: str
    last_error: str = ""
    alerts: list[Alert] = []


class Group(msgspec.Struct):
    rules: list[Rule]


class Groups(msgspec.Struct):
    groups: list[Group]


class Rules(msgspec.Struct):
    data: Groups


class Prometheus:
    """Where Prometheus is asked, and the alerts that have fired so far."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._fired: list[Labels] = []

    async def now(self, promql: str) -> list[dict[str, str]]:
        """Labels of what a query returns."""
        return await labels(self._session, promql)

    async def ever(self, promql: str, since: float) -> list[dict[str, str]]:
        """Labels of what a query returned in any second since then."""
        found = await ranged(self._session, promql, since, time.time())
        return [each.metric for each in found]

    async def empty_panels(self) -> list[str]:
        """Queries of the dashboards that the demo leaves empty, and this one, too."""
        asked = [target for _, target in panels(known_empty=True)]
        return [each.expr for each in asked if not await answered(self._session, each)]

    async def not_fired(self, wanted: Mapping[str, Iterable[Labels]]) -> list[Labels]:
        """Of these alerts, those that have not fired yet; what is said in alerts is looked at."""
        found = msgspec.json.decode(await get(self._session, "rules"), type=Rules).data
        for rule in (rule for group in found.groups for rule in group.rules):
            assert not rule.last_error, rule
            for alert in rule.alerts:
                said = " ".join(alert.annotations.values())
                assert "<error" not in said, said
                assert "<no value>" not in said, said
                if alert.state == "firing":
                    self._fired.append(alert.labels)
        return [each for each in _named(wanted) if not _among(each, self._fired)]

    async def firing(self, wanted: Mapping[str, Iterable[Labels]]) -> list[Labels]:
        """Of these alerts, those that fire now."""
        found = await self.now(FIRING)
        return [each for each in _named(wanted) if _among(each, found)]

    async def not_once(
        self, wanted: Mapping[str, Iterable[Labels]], since: float
    ) -> list[tuple[Labels, list[float]]]:
        """Those of these alerts that began to fire several times, with the seconds in between.

        For some seconds there is no alert where a slow machine has missed a scrape.
        """
        found = [
            (
                each.metric,
                [gap for start, end in pairwise(each.times) if (gap := end - start) > MISSED],
            )
            for each in await ranged(self._session, FIRING, since, time.time())
            if any(_among(labels, [each.metric]) for labels in _named(wanted))
        ]
        return [(labels, gaps) for labels, gaps in found if gaps]


def _named(wanted: Mapping[str, Iterable[Labels]]) -> list[Labels]:
    """The labels of alerts with their names."""
    return [{**each, "alertname": name} for name, labels in wanted.items() for each in labels]


def _among(wanted: Labels, found: Iterable[Labels]) -> bool:
    """Whether one of these has the labels that are wanted, and no job where none is."""
    return any(
        wanted.items() <= labels.items() and labels.get("job") == wanted.get("job")
        for labels in found
    )


async def until(left: Callable[[], Awaitable[object]]) -> None:
    """Wait until nothing is left."""
    end = time.monotonic() + PATIENCE
    while missing := await left():
        assert time.monotonic() < end, missing
        await asyncio.sleep(0.3)


def every_second(groups: Iterable[Object]) -> list[Object]:
    """The groups without intervals of their own, because Prometheus evaluates often here.

    The hour and the day of a cost are half a minute, so that they are over within the test; so are
    the ten minutes in which no request is sent, because a first scrape may see the first request.
    """
    long = r"(azure_ai_cost_total|azure_ai_exporter_request_wait_seconds_count)\[(1[hd]|10m)\]"
    text = re.sub(long, r"\1[30s]", json.dumps([*groups]))
    found: list[Object] = json.loads(text)
    return [{name: each for name, each in group.items() if name != "interval"} for group in found]


def queries(kind: str) -> dict[str, str]:
    """Queries of all rules, with the thresholds that nobody changed, by `alert` or `record`."""
    rules = [rule for group in rule_groups() for rule in objects_at(group, "rules")]
    return {str(rule[kind]): str(rule["expr"]) for rule in rules if kind in rule}


def test_every_rule_has_its_trouble() -> None:
    """A rule that comes anew needs one; what is here and is no rule goes."""
    expected = [troubles.BEFORE, troubles.ALERTS, troubles.AFTER]
    assert queries("alert").keys() == set().union(*expected)
    assert queries("record").keys() == troubles.RECORDS.keys()


def prometheus_config(targets: Mapping[str, str]) -> dict[str, object]:
    """A job for each exporter, and our rules."""
    often = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    scraped = [
        {"job_name": job, "static_configs": [{"targets": [target]}]}
        for job, target in targets.items()
    ]
    return {"global": often, "rule_files": ["rules.yml"], "scrape_configs": scraped}


@needs_prometheus
async def test_every_rule_finds_its_trouble(tmp_path: Path) -> None:
    """Each alert fires in its trouble, each recording records; the healthy one is in no answer.

    What Azure heals fires no more, and has fired once.
    """
    azures, at = Azures(), f"127.0.0.1:{free_port()}"
    rules = rule_groups(prometheusRule__thresholds={**troubles.THRESHOLDS})
    targets = {job: f"127.0.0.1:{free_port()}" for job in troubles.FLAGS}
    async with (
        served(azures.troubled.app()) as troubled,
        served(azures.healthy.app()) as healthy,
        served(azures.films.app()) as films,
        served(azures.throttling.app()) as throttling,
        served(azures.silent.app()) as silent,
        aiohttp.ClientSession(f"http://{at}") as session,
    ):
        files = {
            "working.yaml": troubles.working(troubled, films, throttling, silent),
            "ailing.yaml": troubles.ailing(films),
            "healthy.yaml": troubles.healthy(healthy),
            "web.yaml": {"http_server_config": {"headers": {"X-Frame-Options": "deny"}}},
            "rules.yml": {"groups": every_second(rules)},
            "prometheus.yml": prometheus_config(targets),
        }
        for name, content in files.items():
            (tmp_path / name).write_text(yaml.safe_dump(content))
        command = (
            *("prometheus", f"--config.file={tmp_path}/prometheus.yml"),
            *(f"--storage.tsdb.path={tmp_path}/tsdb", f"--web.listen-address={at}"),
        )
        with program(tmp_path / "prometheus.log", *command):
            await ready(f"http://{at}")
            await all_fire(Prometheus(session), tmp_path, azures, targets)
    assert complaints(tmp_path / "prometheus.log") == []


async def all_fire(
    asked: Prometheus, folder: Path, azures: Azures, targets: Mapping[str, str]
) -> None:
    """Let everything happen, one after the other."""
    began, quiet = time.time(), queries("alert")

    def exporter(job: str) -> AbstractContextManager[None]:
        command = sys.executable, "-m", "exporter", "run", f"--config.file={folder}/{job}.yaml"
        flags = [flag.format(folder=folder) for flag in troubles.FLAGS[job]]
        listen = f"--web.listen-address={targets[job]}"
        return program(folder / f"{job}.log", *command, listen, *flags)

    async def not_scraped() -> set[str]:
        found = await asked.now("azure_ai_exporter_build_info")
        return targets.keys() - {labels["job"] for labels in found}

    async def not_recorded() -> list[str]:
        return [
            name
            for name, labels in troubles.RECORDS.items()
            if not _among(labels, await asked.now(name))
        ]

    async def not_happened() -> set[str]:
        found = await asked.ever(troubles.HEALTHY, began)
        return troubles.STATES - {labels["state"] for labels in found}

    healed = {name: troubles.ALERTS[name] for name in troubles.HEALED}
    await until(lambda: asked.not_fired(troubles.BEFORE))
    with exporter("working"), exporter("ailing"):
        with exporter("healthy"):
            await until(not_scraped)
            azures.work()
            for name in troubles.BROKEN:
                (folder / name).write_text("nonsense: {")
            await until(lambda: asked.not_fired(troubles.ALERTS))
            await until(not_recorded)
            await until(not_happened)
            await until(asked.empty_panels)
            azures.heal()
            await until(lambda: asked.firing(healed))
            assert not (again := await asked.not_once(healed, began)), str(again)
            for name in troubles.ALERTS:  # a slow scrape makes it seem gone for a moment
                answers = await asked.ever(quiet[name], began)
                about = [labels for labels in answers if labels.get("job") == "healthy"]
                assert not about, (name, about)
        await until(lambda: asked.not_fired(troubles.AFTER))
