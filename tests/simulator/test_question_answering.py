"""Question answering in the simulator, with the quirks of recorded traffic."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from exporter.simulator.play.building import seeded_uuid
from exporter.simulator.play.language import QuestionJob
from exporter.simulator.play.scenario import Pace, Scenario
from tests.support.local import START
from tests.support.simulator import Local, local_azure

A, B = seeded_uuid("a"), seeded_uuid("b")
PROJECTS = "/language/authoring/query-knowledgebases/projects"
OLD_PROJECTS = "/language/query-knowledgebases/projects"
NEW, OLD = "?api-version=2023-04-01", "?api-version=2021-10-01"
SCENARIO = Scenario(
    questions=(
        QuestionJob(id=A, created=START, started=START + 1, finished=START + 8),
        QuestionJob(id=B, created=START, started=START + 1, finished=START + 8, route="sources",
                    outcome="failed", error=("InvalidRequest", "A source cannot be read.")),
    ),
    pace=Pace(queue=3, analysis=15),
)  # fmt: skip


@pytest_asyncio.fixture
async def azure() -> AsyncIterator[Local]:
    async with local_azure(SCENARIO) as local:
        yield local


async def ask(azure: Local, path: str, method: str = "GET", **options: Any) -> Any:
    return await azure.ask(path, method, **options)


async def test_the_life_of_a_job(azure: Local) -> None:
    """Times with an offset, Retry-After until its end, warnings on every answer, six hours."""
    words = []
    for moment in (0, 1, 8):
        azure.clock.at(moment)
        answer = await ask(azure, f"{PROJECTS}/faq/import/jobs/{A}{NEW}")
        assert answer.headers["warn-code"] == "299"
        words.append((answer.json["status"], answer.headers.get("Retry-After")))
    assert words == [("notStarted", "5"), ("running", "5"), ("succeeded", None)]
    assert answer.json == {
        "jobId": A, "status": "succeeded", "createdDateTime": "2027-01-15T08:00:00+00:00",
        "lastUpdatedDateTime": "2027-01-15T08:00:08+00:00",
        "expirationDateTime": "2027-01-15T14:00:00+00:00",
    }  # fmt: skip
    failed = await ask(azure, f"{PROJECTS}/faq/sources/jobs/{B}{NEW}")
    assert failed.json["errors"] == [
        {"code": "InvalidRequest", "message": "A source cannot be read."}
    ]
    azure.clock.at(6 * 3600)
    assert (await ask(azure, f"{PROJECTS}/faq/import/jobs/{A}{NEW}")).status == 404


@pytest.mark.parametrize(
    ("method", "starter", "route", "result"),
    [
        ("PUT", "deployments/production", "deployments/production", None),
        ("POST", ":import", "import", None),
        ("POST", ":export", "export", "{location}/result"),
        ("PATCH", "sources", "sources", "/knowledgebases/faq"),
        ("PATCH", "qnas", "qnas", "/knowledgebases/faq"),
    ],
)
@pytest.mark.parametrize(("root", "version"), [(PROJECTS, NEW), (OLD_PROJECTS, OLD)])
async def test_what_starts_a_job(
    azure: Local,
    *,
    root: str,
    version: str,
    method: str,
    starter: str,
    route: str,
    result: str | None,
) -> None:
    """202 and its URL, on the path of the same version."""
    made = await ask(azure, f"{root}/faq/{starter}{version}", method)
    location = made.headers["operation-location"]
    assert (made.status, made.text) == (202, "")
    assert location.startswith(f"{azure.origin}{root}/faq/{route}/jobs/")
    azure.clock.at(18)
    job = (await ask(azure, location)).json
    assert job["status"] == "succeeded"
    expected = result and result.format(location=location.partition("?")[0])
    assert job.get("resultUrl") == expected


async def test_a_deployment_is_there_when_its_job_has_ended(azure: Local) -> None:
    """And the project is in the list."""
    path = f"{PROJECTS}/faq/deployments/production{NEW}"
    await ask(azure, path, "PUT")
    assert (await ask(azure, path)).status == 404
    azure.clock.at(18)
    assert (await ask(azure, path)).json["lastDeployedDateTime"] == "2027-01-15T08:00:18Z"
    listed = (await ask(azure, PROJECTS + NEW)).json["value"]
    assert [one["projectName"] for one in listed] == ["faq"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{PROJECTS}/faq/import/jobs/{A}{OLD}", 400),
        (f"{OLD_PROJECTS}/faq/import/jobs/{A}{NEW}", 400),
        (f"{PROJECTS}/faq/export/jobs/{A}{NEW}", 404),
        (f"{PROJECTS}/other/import/jobs/{A}{NEW}", 404),
        (f"{PROJECTS}/faq/import/jobs{NEW}", 404),
    ],
)
async def test_errors(azure: Local, path: str, status: int) -> None:
    """A version has its path, a job its project and its kind, and no list."""
    assert (await ask(azure, path)).status == status
