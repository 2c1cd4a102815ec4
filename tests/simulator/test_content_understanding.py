"""Content Understanding in the simulator: begun, polled, failed, and gone."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from exporter.simulator.play.content_building import analysis
from exporter.simulator.play.scenario import Pace, Scenario
from tests.support.local import START
from tests.support.simulator import Local, local_azure

ROOT = "/contentunderstanding"
VERSION = "?api-version=2025-11-01"
USAGE = {"documentPagesStandard": 3, "tokens": {"gpt-4.1-input": 30}}
LONG = analysis("long", created=START, takes=60, usage=USAGE, megabytes=2, warnings=("Cut",))
BAD = analysis(
    "bad", created=START - 9, takes=5, outcome="Failed",
    error=("InvalidRequest", "InvalidContent", "The file is corrupted."),
)  # fmt: skip


@pytest_asyncio.fixture
async def azure() -> AsyncIterator[Local]:
    scenario = Scenario(content_understanding=(LONG, BAD), pace=Pace(analysis=20))
    async with local_azure(scenario) as local:
        yield local


async def ask(azure: Local, path: str, method: str = "GET", **options: Any) -> Any:
    return await azure.ask(f"{ROOT}/{path}{VERSION}", method, **options)


async def test_the_life_of_an_analysis(azure: Local) -> None:
    """Running at once; the status is before the result, the usage behind it; gone after a day."""
    running = await ask(azure, "analyzerResults/long")
    azure.clock.at(60)
    ended = await ask(azure, "analyzerResults/long")
    assert list(running.json) == ["id", "status", "result"]
    assert (running.json["status"], running.json["result"]["contents"]) == ("Running", [])
    assert running.json["result"]["createdAt"] == ended.json["result"]["createdAt"]
    assert list(ended.json) == ["id", "status", "result", "usage"]
    assert (ended.json["status"], ended.json["usage"]) == ("Succeeded", USAGE)
    assert [one["code"] for one in ended.json["result"]["warnings"]] == ["Cut"]
    assert 1.8e6 < len(ended.text) < 2.5e6
    assert "Retry-After" not in {*running.headers, *ended.headers}
    azure.clock.at(60 + 86400)
    gone = await ask(azure, "analyzerResults/long")
    assert (gone.status, gone.json["error"]["code"]) == (404, "NotFound")
    assert gone.headers["x-ms-error-code"] == "NotFound"


async def test_a_failed_one_is_http_200(azure: Local) -> None:
    """With an error beside the state."""
    answer = await ask(azure, "analyzerResults/bad")
    assert (answer.status, answer.json["status"]) == (200, "Failed")
    assert answer.json["error"]["code"] == "InvalidRequest"
    assert answer.json["error"]["innererror"]["code"] == "InvalidContent"


async def test_an_analysis_is_begun_and_deleted(azure: Local) -> None:
    """202 with a body and a link; the link leads to it until a DELETE."""
    body = {"inputs": [{"url": "https://contoso.example/a.pdf"}]}
    begun = await ask(azure, "analyzers/prebuilt-read:analyze", "POST", json=body)
    assert (begun.status, begun.json["status"]) == (202, "Running")
    place = f"analyzerResults/{begun.json['id']}"
    assert begun.headers["Operation-Location"] == f"{azure.origin}{ROOT}/{place}{VERSION}"
    azure.clock.at(20)
    ended = await ask(azure, place)
    assert (ended.json["status"], ended.json["result"]["analyzerId"]) == (
        "Succeeded", "prebuilt-read",
    )  # fmt: skip
    assert (await ask(azure, place, "DELETE")).status == 204
    assert (await ask(azure, place)).status == 404


async def test_an_analyzer_is_made(azure: Local) -> None:
    """201; the analyzer's own status is in lower case, and other words than the operation's."""
    made = await ask(azure, "analyzers/notes", "PUT", json={"baseAnalyzerId": "prebuilt-document"})
    assert (made.status, made.json["status"]) == (201, "creating")
    place = made.headers["Operation-Location"].removeprefix(f"{azure.origin}{ROOT}/")
    words = []
    for moment in (0, 20):
        azure.clock.at(moment)
        operation = (await ask(azure, place.removesuffix(VERSION))).json
        words += [operation["status"], operation["result"]["status"]]
    assert words == ["Running", "creating", "Succeeded", "ready"]
    listed = (await ask(azure, "analyzers")).json
    assert (list(listed), [one["analyzerId"] for one in listed["value"]]) == (["value"], ["notes"])
    assert (await ask(azure, "analyzers/notes")).json["status"] == "ready"


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("analyzerResults", "GET", 404),
        ("analyzers/notes/operations", "GET", 404),
        ("analyzers/notes/operations/long", "GET", 404),
        ("analyzers/notes", "GET", 404),
        ("analyzers/notes:copy", "POST", 404),
        ("analyzers/notes:analyze", "POST", 400),
    ],
)
async def test_what_is_refused(azure: Local, path: str, method: str, status: int) -> None:
    """There is no list of results, none of operations; an id belongs to one kind."""
    assert (await ask(azure, path, method)).status == status
    assert (await azure.ask(f"{ROOT}/{path}", method)).status in {400, 404}
