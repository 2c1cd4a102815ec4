"""Microsoft's own clients, unmodified, against the simulator: it is Azure-shaped."""

import asyncio
import json
import os
import sys
import time
from datetime import datetime
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiohttp.test_utils import TestServer

from exporter.simulator.play.building import EXTRACTION, batch, qna_operation
from exporter.simulator.play.document_building import model_operation
from exporter.simulator.play.fine_tuning import FineTuning
from exporter.simulator.play.openai import OpenaiBatch
from exporter.simulator.play.scenario import Pace, Scenario
from exporter.simulator.server import Simulator
from tests.support.simulator import KEY

pytestmark = pytest.mark.e2e

SCRIPTS = Path(__file__).parent / "clients"
OLDER = Path(sys.prefix) / "clients" / "azure-ai-translation-document-1.1.0"
PACE = Pace(
    listing=0.3, document=0.7, cancelling=0.5,
    validating=0.3, requests=0.5, finalizing=0.3, training=0.8,
    queue=0.2, analysis=0.5, notice=0.3, content_analysis=0.5,
    model_build=0.5, document_analysis=0.5, batch_analysis=1.0, batch_status=0.3,
)  # fmt: skip
OPENAI = "3.57.0"
# Betas, which need other versions of the clients that the rest of the tests have.
LANGUAGE_PYTHON = Path(sys.prefix) / "clients" / "language" / "bin" / "python"


async def seen_by(
    client: str,
    version: str,
    scenario: Scenario,
    *more: str,
    path: Path | None = None,
    python: str | Path = sys.executable,
) -> Any:
    """What a client's script printed."""
    server = TestServer(Simulator(scenario, key=KEY, cache=False).app())
    await server.start_server()
    environment = os.environ | ({} if path is None else {"PYTHONPATH": str(path)})
    try:
        process = await asyncio.create_subprocess_exec(
            python, SCRIPTS / f"{client}.py", f"http://127.0.0.1:{server.port}", KEY,
            version, *more, env=environment,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(60):
            out, err = await process.communicate()
    finally:
        await server.close()
    assert process.returncode == 0, err.decode()
    return json.loads(out)


@pytest.mark.parametrize("version", ["2.0.0", "1.1.0"])
async def test_document_translation(version: str) -> None:
    """A translation is begun, polled to its end, listed and looked at; another is cancelled."""
    path = OLDER if version == "1.1.0" else None
    if path is not None and not path.is_dir():
        pytest.skip(f"azure-ai-translation-document {version} is not in {path}")
    if path is None:
        needs("azure-ai-translation-document")
    before = [batch(created=float(number)) for number in range(60)]
    scenario = Scenario(batches=tuple(before), pace=PACE)
    seen = await seen_by("document_translation", version, scenario, path=path)
    assert seen["status"] == "Succeeded"
    count = len(seen["results"])
    assert count > 0
    target = "https://contoso.blob.core.windows.net:443/target/"
    for status, language, url in seen["results"]:
        assert (status, language) == ("Succeeded", "de")
        assert url.startswith(target)
    assert seen["batch"] == [True, "Succeeded", count]
    assert seen["succeeded"] == count
    assert seen["charged"] > 0
    # Both read `nextLink` only, and 2024-05-01 says `@nextLink`: 1.1.0 stops after its first page.
    assert seen["listed"] == [61 if version == "2.0.0" else 50, True]
    assert seen["documents"]
    assert seen["document"][:2] == ["Succeeded", 1]
    assert seen["document"][2] > 0
    assert datetime.fromisoformat(seen["created"]).tzinfo
    assert seen["cancelled"] in {"Canceling", "Canceled"}


async def test_qna_maker() -> None:
    """An operation's details: running, succeeded, failed."""
    needs("azure-cognitiveservices-knowledge-qnamaker")
    now = time.time()
    scenario = Scenario(
        qna_maker=(
            qna_operation(id="running", created=now - 60, takes=None),
            qna_operation(id="done", created=now - 60),
            qna_operation(id="bad", created=now - 60, outcome="Failed", failure=EXTRACTION),
        )
    )
    seen = await seen_by("qna_maker", "0.3.1", scenario, "running", "done", "bad")
    assert {name: one["state"] for name, one in seen.items()} == {
        "running": "Running", "done": "Succeeded", "bad": "Failed",
    }  # fmt: skip
    assert all(one["created"].endswith("+05:30") for one in seen.values())
    assert seen["done"]["location"].startswith("/knowledgebases/")
    assert seen["bad"]["error"] == "ExtractionFailure"


@pytest.mark.parametrize("api", ["2024-10-21", "2025-04-01-preview", "v1"])
async def test_openai_batches(api: str) -> None:
    """A batch is created, polled to its end and found in a list of pages; another is cancelled."""
    needs("openai")
    before = [OpenaiBatch(id=f"batch_{number}", created=float(number)) for number in range(60)]
    scenario = Scenario(openai_batches=tuple(before), pace=PACE)
    seen = await seen_by("openai_batches", OPENAI, scenario, api)
    assert seen["begun"] == ["validating", "file-first"]
    assert seen["ended"] == ["completed", [3, 3, 0]]
    created, started, completed, expires = seen["times"]
    assert created <= started <= completed < expires == created + 86400
    assert seen["cancelled"] == ["cancelling", "cancelled"]
    assert (seen["listed"], seen["newest"]) == (62, True)


@pytest.mark.parametrize("api", ["2024-10-21", "2025-04-01-preview", "v1", "/api/projects/letters"])
async def test_openai_fine_tuning(api: str) -> None:
    """A job is created, paused, resumed and found in a list of pages; another is cancelled."""
    needs("openai")
    before = [FineTuning(id=f"ftjob-{number}", created=float(number)) for number in range(60)]
    scenario = Scenario(fine_tunings=tuple(before), pace=PACE)
    seen = await seen_by("openai_fine_tuning", OPENAI, scenario, api)
    assert seen["begun"] == ["pending", "gpt-4o-mini-2024-07-18", None]
    assert seen["cancelled"] == ["cancelled", True]
    assert seen["paused"] == ["pausing", None, "resuming"]
    assert seen["ended"] == ["succeeded", 14022, True]
    assert (seen["listed"], seen["newest"]) == (62, True)


async def test_text_analysis() -> None:
    """An analysis is begun, polled to its end and read; another is cancelled."""
    needs("azure-ai-textanalytics")
    seen = await seen_by("textanalytics", "5.4.0", Scenario(pace=PACE))
    # The client's own word, until its thread has polled for the first time.
    assert seen["begun"] in {"InProgress", "notStarted", "running"}
    assert seen["ended"] == ["succeeded", "Night", 1]
    lifetime = datetime.fromisoformat(seen["expires"]) - datetime.fromisoformat(seen["created"])
    assert lifetime.total_seconds() == 86400
    assert seen["results"] == [["KeyPhraseExtraction", 12]] * 3
    assert seen["cancelled"] == "cancelled"


async def test_conversations() -> None:
    """A conversation is summarized; a model is trained, another training is cancelled."""
    needs("azure-ai-language-conversations")
    seen = await seen_by("conversations", "1.1.0", Scenario(pace=PACE))
    assert seen == {
        "analysis": ["succeeded", "Night", 1], "task": ["ConversationalSummarizationResults", 1],
        "trained": ["succeeded", "notStarted"], "listed": 2, "cancelled": "cancelling",
        "projects": ["Shop"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "version", "evaluation"),
    [("conversations", "1.0.0b4", "notStarted"), ("text", "1.0.0b1", "succeeded")],
)
async def test_trainings(kind: str, version: str, evaluation: str) -> None:
    """A model is trained, another training is cancelled, both are in the project's list."""
    needs_language_clients()
    seen = await seen_by(
        "language_authoring", version, Scenario(pace=PACE), kind, python=LANGUAGE_PYTHON
    )
    assert seen == {
        "trained": ["first", evaluation], "listed": ["first", "second"], "expires": 7 * 86400,
        "cancelled": "OperationStatus.CANCELLED", "projects": ["Shop"],
    }  # fmt: skip


async def test_question_answering() -> None:
    """A project is imported, exported, updated and deployed; the client waits as it is told."""
    needs_language_clients()
    seen = await seen_by(
        "question_answering", "1.0.0b1", Scenario(pace=PACE), python=LANGUAGE_PYTHON
    )
    kinds = ("import", "export", "sources", "deployment")
    assert seen == {
        "ended": {kind: [True, "succeeded"] for kind in kinds}, "projects": ["faq"],
    }  # fmt: skip


def needs_language_clients() -> None:
    """Skips where their environment is missing."""
    if not LANGUAGE_PYTHON.exists():
        pytest.skip(f"{LANGUAGE_PYTHON} is missing: make language-clients")


async def test_document_intelligence() -> None:
    """Models are built and composed, a document and a batch analysed; lists have many pages."""
    needs("azure-ai-documentintelligence")
    seen = await seen_by("document_intelligence", "1.0.2", models_before())
    assert seen["built"] == ["bills", "both"]
    assert seen["listed"] == [
        ["documentModelCompose", "succeeded"],
        ["documentModelBuild", "succeeded"],
    ]
    assert seen["newest"] == [True, 100]
    assert (seen["operations"], seen["failed"]) == (122, [])
    assert seen["analysed"] == ["prebuilt-layout", 1]
    assert seen["batch"] == [3, ["succeeded"] * 3]
    assert seen["batches"] == [["succeeded"], 0]


async def test_form_recognizer() -> None:
    """The client of 2023-07-31 builds a model, lists operations and analyses a document."""
    needs("azure-ai-formrecognizer")
    seen = await seen_by("form_recognizer", "3.3.3", models_before())
    assert seen["built"] == "bills"
    assert seen["listed"] == ["documentModelBuild", "succeeded", 100]
    assert (seen["operations"], seen["operation"]) == (121, [True, "succeeded"])
    assert seen["analysed"] == ["prebuilt-read", 1]


def models_before() -> Scenario:
    """Failed builds for two pages of the list."""
    now = time.time()
    jobs = [
        model_operation(f"bad-{number}", created=now - 90 - number, takes=9, outcome="Failed")
        for number in range(120)
    ]
    return Scenario(document_jobs=tuple(jobs), pace=PACE)


async def test_content_understanding() -> None:
    """An analyzer is made and listed, an analysis begun, polled to its end and deleted."""
    needs("azure-ai-contentunderstanding")
    scenario = Scenario(pace=PACE)
    seen = await seen_by("content_understanding", "1.1.0", scenario)
    begun, *ended = seen["making"]
    # The first body is the analyzer, whose own word the client takes for the operation's, until
    # its thread has polled for the first time.
    assert begun in {"creating", "NotStarted", "Running"}
    assert ended == ["Succeeded", "ready"]
    assert seen["names"] == ["delivery-notes"]
    assert seen["analysing"] == ["Succeeded", "delivery-notes", 1]
    assert str(UUID(seen["id"])) == seen["id"]
    pages, tokens = seen["usage"]
    assert pages == 2
    assert tokens.keys() == {"gpt-4.1-input", "gpt-4.1-output", "text-embedding-3-large-input"}
    assert seen["gone"] == [404, "NotFound"]


def needs(package: str) -> None:
    """Skips where a client is missing."""
    try:
        distribution(package)
    except PackageNotFoundError:
        pytest.skip(f"{package} is not installed")
