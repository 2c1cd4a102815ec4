"""Language in the simulator: analyses and trainings, with the quirks of recorded traffic."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from exporter.simulator.messages import Request
from exporter.simulator.play.building import seeded_uuid
from exporter.simulator.play.language import DAY, Analysis, Training, project_job_id
from exporter.simulator.play.scenario import Pace, Scenario
from exporter.simulator.services.language_requests import accepted
from tests.support.local import START
from tests.support.simulator import Local, local_azure

A, B = seeded_uuid("a"), seeded_uuid("b")
T, U = (project_job_id(seeded_uuid(name), START) for name in "tu")
TEXT = "/language/analyze-text/jobs"
PROJECTS = "/language/authoring/analyze-text/projects"
CONVERSATIONS = "/language/authoring/analyze-conversations/projects"
NEW, OLD, AUTHORING = (f"?api-version={one}" for one in ("2024-11-01", "2022-05-01", "2023-04-01"))
SCENARIO = Scenario(
    analyses=(
        Analysis(id=A, created=START, started=START + 2, finished=START + 22,
                 tasks=("KeyPhraseExtraction", "EntityLinking")),
        Analysis(id=B, created=START, started=START + 2, finished=START + 22, failed_tasks=1,
                 outcome="failed", error=("InternalServerError", "1 out of 1 job tasks failed.")),
    ),
    trainings=(
        Training(id=T, created=START, started=START + 8.5, evaluating=START + 28,
                 finished=START + 57),
        Training(id=U, created=START, started=START + 2.25, finished=START + 42,
                 kind="analyze-conversations", project="Shop"),
    ),
    pace=Pace(queue=3, analysis=15, training=40, cancelling=4),
)  # fmt: skip


@pytest_asyncio.fixture
async def azure() -> AsyncIterator[Local]:
    async with local_azure(SCENARIO) as local:
        yield local


async def ask(azure: Local, path: str, method: str = "GET", **options: Any) -> Any:
    return (await azure.ask(path, method, **options)).json


async def test_the_life_of_an_analysis(azure: Local) -> None:
    """Tasks that wait count as in progress; each that is done has its results; gone after a day."""
    seen = []
    for moment in (0, 11.9, 12.5, 22):
        azure.clock.at(moment)
        job = await ask(azure, f"{TEXT}/{A}{NEW}")
        tasks = job["tasks"]
        counts = [tasks[key] for key in ("inProgress", "completed", "failed", "total")]
        seen.append((job["status"], *counts, len(tasks["items"])))
    assert seen == [
        ("notStarted", 2, 0, 0, 2, 0), ("running", 2, 0, 0, 2, 0), ("running", 1, 1, 0, 2, 1),
        ("succeeded", 0, 2, 0, 2, 2),
    ]  # fmt: skip
    assert job["errors"] == []
    assert job["expirationDateTime"] == "2027-01-16T08:00:00Z"
    item = job["tasks"]["items"][0]
    assert (item["kind"], item["status"]) == ("KeyPhraseExtractionLROResults", "succeeded")
    assert "lastUpdatedDateTime" in job
    assert "lastUpdateDateTime" in item
    failed = await ask(azure, f"{TEXT}/{B}{NEW}")
    assert (failed["status"], failed["tasks"]["failed"]) == ("failed", 1)
    assert failed["errors"] == [
        {"code": "InternalServerError", "message": "1 out of 1 job tasks failed."}
    ]
    azure.clock.at(DAY)
    assert (await azure.ask(f"{TEXT}/{A}{NEW}")).status == 404


async def test_results_are_large_and_come_in_pages(azure: Local) -> None:
    """`top` makes them small; the link leads to the next results of the same job."""
    azure.clock.at(60)
    whole = await azure.ask(f"{TEXT}/{A}{NEW}")
    part = await azure.ask(f"{TEXT}/{A}{NEW}&top=10")
    assert len(whole.text) > 30_000
    assert len(part.text) < 0.5 * len(whole.text)
    assert "nextLink" not in whole.json
    found = [part.json]
    while link := found[-1].get("nextLink"):
        found.append(await ask(azure, link))
    documents = [len(one["tasks"]["items"][0]["results"]["documents"]) for one in found]
    assert documents == [10, 10, 5]


async def test_the_word_of_2022(azure: Local) -> None:
    """The last update has another name in that version."""
    job = await ask(azure, f"{TEXT}/{A}{OLD}")
    assert "lastUpdateDateTime" in job
    assert "lastUpdatedDateTime" not in job


async def test_an_analysis_is_submitted_and_cancelled(azure: Local) -> None:
    """202 without a body; five seconds after the end of a cancellation there is only an error."""
    body = {
        "displayName": "Night", "analysisInput": {"documents": [{"id": "1", "text": "x"}]},
        "tasks": [{"kind": "KeyPhraseExtraction"}],
    }  # fmt: skip
    made = await azure.ask(f"{TEXT}{NEW}", "POST", json=body)
    assert (made.status, made.text) == (202, "")
    location = made.headers["operation-location"]
    assert made.headers["apim-request-id"] not in location
    azure.clock.at(5)
    running = await ask(azure, location)
    assert (running["status"], running["displayName"]) == ("running", "Night")
    asked = await azure.ask(location.replace("?", ":cancel?"), "POST")
    assert (asked.status, asked.headers["operation-location"]) == (202, location)
    words = []
    for moment in (5, 9, 13):
        azure.clock.at(moment)
        words.append((await ask(azure, location))["status"])
    assert words == ["cancelling", "cancelled", "cancelled"]
    azure.clock.at(14)
    lost = await azure.ask(location)
    assert (lost.status, lost.json["error"]["code"]) == (500, "InternalServerError")


async def test_azure_sees_the_end_of_a_text_training_late(azure: Local) -> None:
    """Every half minute: until then it repeats itself, although the last phase has ended."""
    path = f"{PROJECTS}/Claims/train/jobs/{T}{AUTHORING}"
    seen = {}
    for moment in (0, 29, 30, 59, 60, 61):
        azure.clock.at(moment)
        seen[moment] = await ask(azure, path)
    assert [one["status"] for one in seen.values()] == [
        "notStarted", "notStarted", "running", "running", "succeeded", "succeeded",
    ]  # fmt: skip
    assert seen[59] == seen[30]
    assert seen[61] == seen[60]
    running, ended = seen[30]["result"], seen[60]["result"]
    assert running["trainingStatus"] == {
        "percentComplete": 100, "startDateTime": "2027-01-15T08:00:08.5000000Z",
        "endDateTime": "2027-01-15T08:00:28.0000000Z", "status": "succeeded",
    }  # fmt: skip
    assert running["evaluationStatus"]["percentComplete"] == 6
    assert ended["evaluationStatus"]["endDateTime"] == "2027-01-15T08:00:57.0000000Z"
    assert seen[60]["lastUpdatedDateTime"] == "2027-01-15T08:01:00Z"
    assert "warnings" in seen[60]
    assert "warnings" not in seen[30]


async def test_a_conversational_training(azure: Local) -> None:
    """It succeeds although its evaluation has not begun; its id ends with its day in ticks."""
    azure.clock.at(42)
    page = await ask(azure, f"{CONVERSATIONS}/Shop/train/jobs{AUTHORING}")
    assert page["nextLink"] is None
    [job] = page["value"]
    assert job["jobId"] == U
    assert U.endswith("_639355680000000000")
    assert (job["status"], job["expirationDateTime"]) == ("succeeded", "2027-01-22T08:00:00Z")
    assert job["result"]["evaluationStatus"] == {"percentComplete": 0, "status": "notStarted"}
    azure.clock.at(7 * DAY)
    assert (await azure.ask(f"{CONVERSATIONS}/Shop/train/jobs{AUTHORING}")).status == 404


async def test_a_training_is_started_listed_and_cancelled(azure: Local) -> None:
    """Pages have links; a cancelled one stops where it is."""
    body = {"modelLabel": "m", "trainingMode": "standard"}
    made = await azure.ask(f"{CONVERSATIONS}/Shop/:train{AUTHORING}", "POST", json=body)
    location = made.headers["operation-location"]
    azure.clock.at(23)
    root, _, query = location.partition("?")
    asked = await azure.ask(f"{root}/:cancel?{query}", "POST")
    assert (asked.status, asked.headers["operation-location"]) == (202, location)
    azure.clock.at(27)
    job = await ask(azure, location)
    assert job["status"] == "cancelled"
    assert job["result"]["trainingStatus"] == {
        "percentComplete": 50, "startDateTime": "2027-01-15T08:00:03.0000000Z",
        "status": "cancelled",
    }  # fmt: skip
    first = await ask(azure, f"{CONVERSATIONS}/Shop/train/jobs{AUTHORING}&maxpagesize=1")
    second = await ask(azure, first["nextLink"])
    assert second["nextLink"] is None
    assert {one["jobId"] for one in first["value"] + second["value"]} == {U, job["jobId"]}
    names = [one["projectName"] for one in (await ask(azure, CONVERSATIONS + AUTHORING))["value"]]
    assert names == ["Shop"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", f"{TEXT}/{A}?api-version=2021-01-01", 400, "InvalidRequest"),
        ("GET", f"/language/analyze-documents/jobs/{A}{NEW}", 400, "InvalidRequest"),
        ("GET", f"{TEXT}/{seeded_uuid('none')}{NEW}", 404, "NotFound"),
        ("GET", f"{TEXT}/{A}{NEW}&top=x", 400, "InvalidRequest"),
        ("POST", f"{TEXT}{NEW}", 400, "InvalidRequest"),
        ("GET", f"{TEXT}{NEW}", 404, "404"),
        ("GET", f"{PROJECTS}/None/train/jobs{AUTHORING}", 404, "ProjectNotFound"),
        ("GET", f"{PROJECTS}{NEW}", 400, "InvalidRequest"),
        ("GET", f"/language/authoring/analyze-documents/projects{AUTHORING}", 404, "404"),
    ],
)
async def test_errors(azure: Local, method: str, path: str, status: int, code: str) -> None:
    """Those of the service in Azure's form, with the code in a header; others of the gateway."""
    answer = await azure.ask(path, method)
    assert (answer.status, answer.json["error"]["code"]) == (status, code)
    assert answer.headers.get("x-ms-error-code") == (None if code == "404" else code)


@pytest.mark.parametrize(
    ("origin", "location"),
    [
        ("https://contoso.example", "https://contoso.example:443/a?api-version=1"),
        ("http://127.0.0.1:80", "http://127.0.0.1:80/a?api-version=1"),
    ],
)
def test_the_port_in_a_location(origin: str, location: str) -> None:
    """Question answering names it."""
    request = Request("POST", origin, "/x", query=(("api-version", "1"),))
    assert accepted(request, "/a", port=True).headers["operation-location"] == location
