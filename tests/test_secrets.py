"""Secrets that Azure or a person put where they do not belong are shown nowhere."""

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from glob import glob
from html import unescape
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import aiohttp
import pytest
from rich.console import Console

from exporter.app.exporter import Exporter
from exporter.app.serve import routes
from exporter.config import operation_files
from exporter.config.config import parse_config
from exporter.config.operation_files import OperationFiles
from exporter.config.plan import changes, plan
from exporter.errors import Gone
from exporter.exposition.pages import Pages
from exporter.settings.yaml_file import ConfigError
from exporter.simulator.messages import signed_url
from exporter.simulator.play.building import (
    batch,
    iteration,
    qna_operation,
    rejected_batch,
    synthesis,
    translation,
)
from exporter.simulator.play.scenario import Batch, Failure, Scenario
from exporter.telemetry import logs
from exporter.top.client import ExporterAnswer, RunningExporter
from exporter.top.row_filter import RowFilter
from exporter.top.table import Screen
from exporter.top.watch import draw
from tests.checkpoint.test_checkpoint import keeping
from tests.support.doctor import examined
from tests.support.local import START, configured, polling, served, simulated
from tests.support.planting import FORMS, OWN, SOME, planted_azure, resources
from tests.support.surfaces import Surfaces, planted_in

LEAK = signed_url("manuals/brakes.docx")


def scenario() -> Scenario:
    """Signed URLs in every field of an answer that Azure writes prose, names or paths into."""
    failure = Failure(inner_code=LEAK, message=f"Cannot open {LEAK}.", code=LEAK)
    return Scenario(
        batches=(
            with_signed_paths(batch(created=START - 90, documents=4, failed=2, failure=failure)),
            rejected_batch(created=START - 80, failure=failure),
        ),
        translations=(
            replace(
                translation(
                    "tour",
                    iteration(created=START - 80, outcome="Failed", failure_reason=f"At {LEAK}."),
                    created=START - 90,
                ),
                display_name=LEAK,
                description=LEAK,
            ),
        ),
        syntheses=(
            replace(
                synthesis("talk", created=START - 90, outcome="Failed", error=(LEAK, LEAK)),
                description=LEAK,
            ),
        ),
        qna_maker=(
            qna_operation(id="update", created=START - 90, outcome="Failed", failure=failure),
        ),
    )


def with_signed_paths(one: Batch) -> Batch:
    signed = (replace(each, source=LEAK, target=LEAK) for each in one.documents)
    return replace(one, documents=tuple(signed))


@pytest.mark.jumping
async def test_signed_urls_of_azure() -> None:
    """They are cut in labels, pages, JSON, probes and the log; where they lead is still told."""
    stream = io.StringIO()
    logs.configure("debug", "json", stream)
    async with simulated(scenario()) as (_, endpoint):
        resource = {
            "endpoint": endpoint,
            "document_translation": {"discover": True},
            "video_translation": {"discover": True},
            "avatar": {"discover": True},
            "qna_maker": {"operations": ["update"]},
        }
        async with polling(configured(resource)) as exporter:
            app = exporter.metrics_routes.application(*routes(exporter, None, lifecycle=False))
            async with served(app) as origin, aiohttp.ClientSession(origin) as session:
                await asyncio.sleep(300)
                bodies = [await body(session, path) for path in ("/metrics", "/sd", "/", "/config")]
                listed = "/api/v1/operations"
                bodies.append(await body(session, listed))
                for each in [snapshot.watch.key for snapshot in exporter.store]:
                    bodies.append(await body(session, f"{listed}/{'/'.join(each)}"))
                    asked = "&".join(f"{name}={said}" for name, said in each._asdict().items())
                    bodies.append(await body(session, f"/probe?{asked}"))
                    bodies.append(await body(session, f"/operation?{asked}"))
    shown = "\n".join([*bodies, stream.getvalue()])
    assert not re.search("sig=(?!<cut>)|sv=|sr=b", shown)
    assert "brakes" not in shown, "nor the name of a document, which nobody asked for"
    assert shown.count("/<cut>") > 20
    assert len(bodies) == 5 + 3 * 5


@pytest.mark.e2e
@pytest.mark.jumping
async def test_planted_secrets(tmp_path: Path) -> None:
    """The exporter's own, and others, planted by Azure, files and clients, show nowhere.

    Beside what is searched here, `tests.support.surfaces` searches all output for them.
    """
    log, shown = io.StringIO(), list[str]()
    logs.configure("debug", "json", log)
    key, second = tmp_path / "key", tmp_path / "second"
    key.write_text(OWN)
    second.write_text(f"{OWN}-second")
    good: dict[str, object] = {
        "resource": "r0",
        "api": "avatar",
        "operation": "one",
        "labels": {"note": OWN},
    }
    ids: list[dict[str, object]] = [
        {"operation": OWN},
        {"operation": f"batchsyntheses/{OWN}"},
        {"operation": f"/{OWN}"},
    ]
    others: list[dict[str, object]] = [{"labels": {OWN: "x"}}, {OWN: OWN}, {"api": OWN}]
    for number, odd in enumerate([{}, *ids, *others]):
        (tmp_path / f"{number}.yaml").write_text(json.dumps([{**good, **odd}]))
    auth = {"key_file": str(key), "secondary_key_file": str(second)}
    async with planted_azure() as endpoints:
        state = str(tmp_path / "state")
        settings = {"state_file": state, "operation_files": ["*.yaml"]}
        config = configured(*resources(endpoints, auth), **settings)
        files = operation_files.read(config, tmp_path, OperationFiles())
        registered, problems = operation_files.planned(config, files)
        assert len([*files.problems, *problems]) == 6
        shown += map(str, [*files.problems, *problems])
        async with keeping(config) as exporter:
            before, after = exporter.plan, plan(config, registered)
            await exporter.apply(after, changes(before, after))
            await asyncio.sleep(60)
            key.write_text(f"{OWN}-later")
            logs.configure("debug", "logfmt", log)
            await asyncio.sleep(60)
            app = exporter.metrics_routes.application(*routes(exporter, None, lifecycle=True))
            async with served(app) as origin, aiohttp.ClientSession(origin) as session:
                shown += [text async for text in _everything(session, exporter)]
                answer = await asyncio.to_thread(RunningExporter(urlsplit(origin)).ask)
            watched = len([*exporter.store])
        states = await asyncio.to_thread(glob, f"{state}*")
        shown += [path.read_bytes().decode("latin-1") for path in map(Path, states)]
        shown.append(_table(answer))
        for finding in await examined(*resources(endpoints, auth), folder=tmp_path):
            shown += [finding.subject, finding.what]
    shown.append(log.getvalue())
    assert watched > len(FORMS) + 3 * len(SOME)
    everything = "\n".join(shown)
    assert re.findall(r".{0,80}PlantedKey.{0,40}", everything) == []
    assert everything.count("<secret>") > 100
    assert everything.count("<cut>") > 1000


async def _everything(session: aiohttp.ClientSession, exporter: Exporter) -> AsyncIterator[str]:
    """All that the port answers, to requests that hold secrets as well."""
    openmetrics = {"Accept": "application/openmetrics-text;version=1.0.0"}
    page = {"Accept": "text/html"}
    keys = [snapshot.watch.key for snapshot in exporter.store]
    operations = [key for number, key in enumerate(keys) if number % 40 == 0]
    paths = ["/metrics", "/sd", "/", "/?per_page=500", "/config", "/api/v1/operations"]
    for key in operations:
        names = urlencode(key._asdict())
        paths += [f"/operation?{names}&per_page=500", f"/probe?{names}"]
        paths.append(f"/api/v1/operations/{'/'.join(key)}")
    names = urlencode(keys[0]._asdict() | {"operation": OWN})
    paths += [f"/{OWN}", f"/?q={OWN}&state={OWN}&{OWN}=1&sort={OWN}&page={OWN}", f"/probe?{names}"]
    paths += [f"/operation?{names}", f"/probe?resource={OWN}&api=avatar&operation=x"]
    paths += [f"/api/v1/operations/r0/avatar/{OWN}", f"/static/{OWN}", f"/-/{OWN}"]
    for path in paths:
        for headers in ({}, openmetrics, page):
            async with session.get(path, headers=headers) as answer:
                yield f"{unescape(await answer.text())}{dict(answer.headers)}"
    for form in (f"resource={OWN}&api={OWN}&operation={OWN}", OWN, f"{OWN}={OWN}&" * 20):
        async with session.post("/-/poll", data=form, allow_redirects=False) as answer:
            yield f"{await answer.text()}{dict(answer.headers)}"


def _table(answer: ExporterAnswer) -> str:
    console = Console(width=300, file=io.StringIO(), record=True)
    console.print(draw(answer, RowFilter(), Screen(300), None))
    return console.export_text()


async def body(session: aiohttp.ClientSession, path: str) -> str:
    async with session.get(path) as answer:
        assert answer.status == 200, path
        return unescape(await answer.text())


async def answered(text: str) -> None:
    async with polling(configured({"endpoint": "http://127.0.0.1:1", "avatar": {}})) as exporter:
        app = exporter.metrics_routes.application(*routes(exporter, None, lifecycle=False))
        async with served(app) as origin, aiohttp.ClientSession(origin) as session:
            url = "/probe", {"resource": text, "api": "avatar", "operation": "x"}
            async with session.get(url[0], params=url[1]) as answer:
                assert answer.status == 400


def logged(text: str) -> None:
    logs.configure("error", "logfmt", io.StringIO())
    logs.logger().debug("event", fact=text)


def failed(text: str) -> None:
    Gone("404", text)


def refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_config(text, "", Path())


def exposed(text: str) -> None:
    bytes(Pages().plain(text.encode()))


@pytest.mark.parametrize(
    ("surface", "show"),
    [
        ("log events", logged),
        ("failures", failed),
        ("refused configurations", refused),
        ("exposition", exposed),
    ],
)
def test_a_surface_is_searched(surface: str, show: Callable[[str], None]) -> None:
    """What is planted there is found, with where it is; what is not planted is not."""
    surfaces = Surfaces(["something-planted"])
    with surfaces.searching():
        show("nothing")
        assert surfaces.take_found() == []
        show("something-planted")
    found = surfaces.take_found()
    assert len(found) == 1
    assert found[0].startswith(f"{surface}: ")
    assert surfaces.take_found() == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://x/?sv=1&sig=abcd", True),
        ("https://x/?sv=1&Sig%3Dabcd", True),
        ("https://x/?sv=1&sig=<cut>", False),
        ("a signature of design=abcd", False),
    ],
)
def test_any_signature_is_found(text: str, found: bool) -> None:
    """Whoever planted it; one that was cut is none."""
    assert bool(planted_in(text)) is found


async def test_answers_are_searched() -> None:
    """Of the exporter's own port, their headers and bodies."""
    surfaces = Surfaces(["avatar"])
    with surfaces.searching():
        await answered("nobody")
    assert any(each.startswith("answers: ") for each in surfaces.take_found())
