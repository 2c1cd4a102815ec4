"""Secrets that Azure or a person put where they do not belong are shown nowhere."""

import asyncio
import io
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path

import aiohttp
import pytest

from exporter.app.serve import routes
from exporter.config.config import parse_config
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
from tests.support.local import START, configured, polling, served, simulated
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
