"""Subscriptions, accounts, Prometheus with the chart's rules, Alertmanager, receivers of teams."""

import re
import shutil
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import yaml

from exporter.simulator.azure import Azure
from exporter.simulator.manager.account import Account
from exporter.simulator.manager.directory import Directory
from exporter.simulator.manager.login import IDENTITY_HEADER, IDENTITY_PATH
from exporter.simulator.manager.tenant import Tenant
from exporter.simulator.play.building import batch, seeded_uuid
from exporter.simulator.play.scenario import Batch, Scenario
from exporter.simulator.server import DEFAULT_KEY, Simulator
from tests.chart import rule_groups
from tests.docs import ROOT
from tests.e2e.programs import free_port, program, ready
from tests.e2e.receiver import Alert, Receiver, until
from tests.support import plain_yaml
from tests.support.local import served

Json = dict[str, object]

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        shutil.which("prometheus") is None or shutil.which("prometheus-alertmanager") is None,
        reason="needs Debian's packages prometheus and prometheus-alertmanager",
    ),
]

DOCS, LETTERS, MEDIA = (f"00000000-0000-0000-0000-00000000000{last}" for last in "abc")
CONTRACT, LETTER, FILM = (seeded_uuid("teams", 0, what) for what in ("contract", "letter", "film"))
JWT = "eyJ"  # what each token begins with


def failing(id_: str, created: float, *, takes: float) -> Azure:
    """One batch, whose documents all fail."""
    return working(batch(id=id_, created=created, documents=2, takes=takes, failed=2))


def working(each: Batch) -> Azure:
    """The services of an account with one batch."""
    return Azure(Scenario(batches=(each,)), DEFAULT_KEY, cache=False, seed=0, limits={})


@dataclass
class Cloud:
    """Three subscriptions of two teams, each with an account; the film's batch fails when asked to.

    Attributes:
        endpoint: of Azure Resource Manager, the login, and the accounts, which check tokens.
    """

    endpoint: str
    azures: dict[str, Azure]
    created: float

    @property
    def config(self) -> Json:
        """Of an exporter that finds the accounts."""
        entry = {"endpoint": self.endpoint, "auth": {"entra": {}}, "tag_labels": ["team"]}
        entries = [entry | {"subscription": each} for each in (DOCS, LETTERS, MEDIA)]
        return {"poll": {"interval": "1s"}, "discover_resources": entries}

    def fail_film(self) -> None:
        self.azures["films"] = failing(FILM, self.created, takes=time.time() - self.created)


@asynccontextmanager
async def cloud() -> AsyncIterator[Cloud]:
    """It runs, and the contract's batch is about to fail."""
    created = time.time() - 5
    azures = {
        "contracts": failing(CONTRACT, created, takes=8),
        "letters": working(batch(id=LETTER, created=created, documents=60, takes=600)),
        "films": failing(FILM, created, takes=600),
    }
    accounts = [
        Account(name=name, subscription=subscription, kind="TextTranslation", tags=tags)
        for name, subscription, tags in (
            ("contracts", DOCS, {"Team": "docs"}),
            ("letters", LETTERS, {"team": "docs"}),
            ("films", MEDIA, {"team": "media"}),
        )
    ]
    directory = Directory(Tenant(accounts=accounts), azures)
    async with served(Simulator(Scenario(), directory=directory).app()) as endpoint:
        yield Cloud(endpoint, azures, created)


def prometheus_config(exporter: str, alertmanager: str) -> Json:
    often = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    return {
        "global": often,
        "rule_files": ["rules.yml"],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
        "scrape_configs": [{"job_name": "azure", "static_configs": [{"targets": [exporter]}]}],
    }


def alertmanager_config(receivers: Mapping[str, str]) -> str:
    """The example for two teams, which calls these receivers, and soon."""
    text = (ROOT / "examples/alertmanager-teams.yaml").read_text()
    for name, url in receivers.items():
        text = text.replace(f"http://127.0.0.1:9094/{name}", f"{url}/{name}")
    return re.sub(r"(group_wait|group_interval): \w+", r"\1: 1s", text)


async def test_a_failed_batch_reaches_its_team_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two teams in three subscriptions: each is told of its own batch, with a link that opens."""
    exporter_at, prometheus_at, alertmanager_at = (f"127.0.0.1:{free_port()}" for _ in range(3))
    external = f"http://{exporter_at}"
    rules = rule_groups(prometheusRule__infoLabels=["team"], web__externalUrl=external)
    receivers = {name: Receiver() for name in ("docs", "media", "platform")}
    async with AsyncExitStack() as servers:
        urls = {
            name: await servers.enter_async_context(served(receiver.app()))
            for name, receiver in receivers.items()
        }
        azure = await servers.enter_async_context(cloud())
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{azure.endpoint}{IDENTITY_PATH}")
        monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_HEADER)
        files = {
            "config.yaml": plain_yaml.dump(azure.config),
            "rules.yml": yaml.safe_dump({"groups": rules}),
            "prometheus.yml": yaml.safe_dump(prometheus_config(exporter_at, alertmanager_at)),
            "alertmanager.yml": alertmanager_config(urls),
        }
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        commands = {
            "exporter": (
                *(sys.executable, "-m", "exporter", "run", f"--config.file={tmp_path}/config.yaml"),
                *(f"--web.listen-address={exporter_at}", f"--web.external-url={external}"),
            ),
            "alertmanager": (
                *("prometheus-alertmanager", f"--config.file={tmp_path}/alertmanager.yml"),
                *(f"--storage.path={tmp_path}/alerts", f"--web.listen-address={alertmanager_at}"),
                "--cluster.listen-address=",
            ),
            "prometheus": (
                *("prometheus", f"--config.file={tmp_path}/prometheus.yml"),
                *(f"--storage.tsdb.path={tmp_path}/tsdb", f"--web.listen-address={prometheus_at}"),
            ),
        }
        with ExitStack() as programs:
            for name, command in commands.items():
                programs.enter_context(program(tmp_path / f"{name}.log", *command))
            for at in (exporter_at, alertmanager_at, prometheus_at):
                await ready(f"http://{at}")
            await each_is_told_of_its_own(receivers, azure, external)
    assert JWT not in (tmp_path / "exporter.log").read_text()


async def each_is_told_of_its_own(
    receivers: Mapping[str, Receiver], azure: Cloud, external: str
) -> None:
    """The first failure is told to one team; when the other team hears of its own, still."""
    contract = ("AzureAIOperationFailed", CONTRACT)
    film = ("AzureAIOperationFailed", FILM)
    docs, media, platform = (receivers[name] for name in ("docs", "media", "platform"))

    def everything() -> list[object]:
        return [receiver.messages for receiver in receivers.values()]

    await until(lambda: contract in docs.told("firing"), everything)
    assert media.messages == []
    [alert] = docs.messages[0].alerts
    labels = {"team": "docs", "resource": "contracts", "api": "document_translation"}
    assert alert.labels.items() >= labels.items()
    await opens(alert, external, CONTRACT)
    azure.fail_film()
    await until(lambda: film in media.told("firing"), everything)
    [alert] = media.messages[0].alerts
    assert alert.labels["team"] == "media"
    await opens(alert, external, FILM)
    assert docs.told("firing") == {contract}
    assert media.told("firing") == {film}
    assert platform.messages == []


async def opens(alert: Alert, external: str, operation: str) -> None:
    """The alert's link leads to the page of the operation, which names it and says its end."""
    url = alert.annotations["page_url"]
    assert url.startswith(f"{external}/operation?")
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        page = await answer.text()
    assert answer.status == 200, page
    assert operation in page
    assert "Failed" in page
    assert JWT not in page
