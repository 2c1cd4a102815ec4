"""The whole chain: simulator, exporter, Prometheus with our rules, Alertmanager, a receiver."""

import asyncio
import re
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import aiohttp
import pytest
import yaml
from pydantic import TypeAdapter

from exporter.simulator.play.building import batch, operation, rejected_batch, seeded_uuid
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import DEFAULT_KEY, Simulator
from tests.chart import with_thresholds
from tests.docs import ROOT
from tests.e2e.programs import free_port, program, ready
from tests.e2e.receiver import PATIENCE, Alert, Receiver, until
from tests.support.local import served

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        shutil.which("prometheus") is None or shutil.which("prometheus-alertmanager") is None,
        reason="needs Debian's packages prometheus and prometheus-alertmanager",
    ),
]

THRESHOLDS = {"stuckSeconds": "8", "unreadableFor": "10s", "unauthorisedFor": "2s"}
GROUP_INTERVAL = 2  # seconds between two messages of Alertmanager
FINE, STUCK, FAILED, PARTLY, REFUSED = (
    seeded_uuid("alerts", 0, what) for what in ("fine", "stuck", "failed", "partly", "refused")
)


def azure(now: float, *, takes: float = 20, stuck: int = 2) -> Scenario:
    """One batch that goes on for long, and one for each thing that goes wrong with batches.

    One was created a minute ago and `takes` so many seconds; of its documents some get `stuck`.
    """
    return Scenario(
        batches=(
            batch(id=FINE, created=now - 5, documents=60, takes=240),
            batch(id=STUCK, created=now - 60, documents=4, takes=takes, stuck=stuck),
            batch(id=FAILED, created=now - 5, documents=2, takes=8, failed=2),
            batch(id=PARTLY, created=now - 5, documents=5, takes=9, failed=2),
            rejected_batch(id=REFUSED, created=now, takes=6),
        )
    )


def films(now: float) -> Scenario:
    """Two operations that wait."""
    return Scenario(
        video_translation=tuple(
            operation(name, created=now, starts_after=600, takes=900)
            for name in ("First-film", "Second-film")
        )
    )


def exporter_config(translator: str, speech: str) -> dict[str, object]:
    return {
        "poll": {"interval": "1s", "requests_per_second": 50},
        "retention": {"stale_after": "5m"},
        "resources": [
            {
                "name": "translator",
                "endpoint": translator,
                "auth": {"key": DEFAULT_KEY},
                "document_translation": {"discover": {"interval": "1s"}},
            },
            {
                "name": "speech",
                "endpoint": speech,
                "auth": {"key_file": "speech-key"},
                "video_translation": {"operations": ["First-film", "Second-film"]},
            },
        ],
    }


def rules(folder: Path) -> str:
    """Our rules with other thresholds, as the chart replaces them; a pattern of their files."""
    for path in (ROOT / "helm/azure-ai-exporter/rules").glob("*.yaml"):
        text = with_thresholds(path.read_text(), THRESHOLDS)
        (folder / f"rules-{path.name}").write_text(text)
    return str(folder / "rules-*.yaml")


def prometheus_config(folder: Path, exporter: str, alertmanager: str) -> dict[str, object]:
    return {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": [rules(folder)],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
        "scrape_configs": [{"job_name": "azure", "static_configs": [{"targets": [exporter]}]}],
    }


def alertmanager_config(receiver: str) -> str:
    """The example, which calls us, and soon."""
    text = (ROOT / "examples/alertmanager.yaml").read_text()
    text = text.replace("http://127.0.0.1:9094", receiver)
    return re.sub(r"(group_wait|group_interval): \w+", rf"\1: {GROUP_INTERVAL}s", text)


async def test_the_right_alerts_arrive(tmp_path: Path) -> None:
    """Of what went wrong, grouped by resource and API; not of what is fine or only a consequence.

    A key that is revoked is one alert, which mutes those of the operations; a new key ends both.
    What was stuck and ends after all is told as well.
    """
    began = time.time()
    exporter_at, prometheus_at, alertmanager_at = (f"127.0.0.1:{free_port()}" for _ in range(3))
    receiver, speech = Receiver(), Simulator(films(began), cache=False)
    translator = Simulator(azure(began), cache=False)
    (tmp_path / "speech-key").write_text(DEFAULT_KEY)
    async with (
        served(translator.app()) as translator_url,
        served(speech.app()) as speech_url,
        served(receiver.app()) as receiver_url,
    ):
        files = {
            "config.yaml": yaml.safe_dump(exporter_config(translator_url, speech_url)),
            "prometheus.yml": yaml.safe_dump(
                prometheus_config(tmp_path, exporter_at, alertmanager_at)
            ),
            "alertmanager.yml": alertmanager_config(receiver_url),
        }
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        exporter = (
            *(sys.executable, "-m", "exporter", "run", f"--config.file={tmp_path}/config.yaml"),
            f"--web.listen-address={exporter_at}",
        )
        prometheus = (
            *("prometheus", f"--config.file={tmp_path}/prometheus.yml"),
            *(f"--storage.tsdb.path={tmp_path}/tsdb", f"--web.listen-address={prometheus_at}"),
            "--rules.alert.resend-delay=10s",
        )
        alertmanager = (
            *("prometheus-alertmanager", f"--config.file={tmp_path}/alertmanager.yml"),
            *(f"--storage.path={tmp_path}/alerts", f"--web.listen-address={alertmanager_at}"),
            "--cluster.listen-address=",
        )
        with (
            program(tmp_path / "exporter.log", *exporter),
            program(tmp_path / "alertmanager.log", *alertmanager),
            program(tmp_path / "prometheus.log", *prometheus),
        ):
            for at in (exporter_at, alertmanager_at, prometheus_at):
                await ready(f"http://{at}")
            await what_went_wrong(receiver)
            await a_key_is_revoked(receiver, speech, f"http://{alertmanager_at}")
            (tmp_path / "speech-key").write_text("a-new-key")
            end = time.time() - began + 60
            translator.azure = Simulator(azure(began, takes=end, stuck=0), cache=False).azure
            await until(lambda: receiver.told("resolved") >= HEALED, lambda: receiver.messages)
    only_these(receiver)


WRONG = {
    ("AzureAIOperationStuck", STUCK),
    ("AzureAIOperationFailed", FAILED),
    ("AzureAIDocumentsFailed", PARTLY),
    ("AzureAIOperationValidationFailed", REFUSED),
}
REVOKED = ("AzureAIResourceUnauthorised", "speech")
HEALED = {REVOKED, ("AzureAIOperationStuck", STUCK)}
MUTED = {("AzureAIOperationUnreadable", name) for name in ("First-film", "Second-film")}


async def what_went_wrong(receiver: Receiver) -> None:
    """Each thing that went wrong with a batch is told, in one group, with its reason."""
    await until(lambda: receiver.told("firing") >= WRONG, lambda: receiver.messages)
    group = {"job": "azure", "resource": "translator", "api": "document_translation"}
    assert all(message.groupLabels == group for message in receiver.messages)
    assert {message.receiver for message in receiver.messages} == {"team"}
    last = {alert.about: alert for alert in receiver.messages[-1].alerts}
    assert last.keys() >= WRONG, "they come together"
    said = last["AzureAIOperationValidationFailed", REFUSED].annotations["description"]
    assert said.startswith(f"document_translation operation {REFUSED} of resource translator")
    assert said.endswith("not valid: InvalidRequest (InvalidDocumentAccessLevel).")


async def a_key_is_revoked(receiver: Receiver, speech: Simulator, alertmanager: str) -> None:
    """On call hears of the resource; Alertmanager keeps the operations' alerts to itself."""
    speech.azure._key = "a-new-key"
    await until(lambda: REVOKED in receiver.told("firing"), lambda: receiver.messages)
    [message] = [each for each in receiver.messages if each.receiver == "on-call"]
    assert message.groupLabels == {"job": "azure", "resource": "speech"}
    end = time.monotonic() + PATIENCE
    while (muted := await inhibited(alertmanager)) != MUTED:
        assert time.monotonic() < end, muted
        await asyncio.sleep(0.2)
    await asyncio.sleep(GROUP_INTERVAL)
    assert receiver.told("firing") == WRONG | {REVOKED}


async def inhibited(alertmanager: str) -> set[tuple[str, str]]:
    """The alerts that Alertmanager has and mutes because of another one."""
    async with aiohttp.ClientSession(alertmanager) as session:
        query: Mapping[str, str] = {"active": "false", "silenced": "false"}
        async with session.get("/api/v2/alerts", params=query) as answer:
            found = TypeAdapter(list[Alert]).validate_json(await answer.read())
    return {alert.about for alert in found}


def only_these(receiver: Receiver) -> None:
    """Nothing else was ever said: not of what is fine.

    An operation that is polled again a second after its resource may be told in between.
    """
    assert receiver.told("firing") - MUTED == WRONG | {REVOKED}
    assert receiver.told("resolved") - MUTED == HEALED
