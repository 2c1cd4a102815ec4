"""Azure OpenAI fine-tuning jobs in the simulator: created, paused, cancelled, deleted, listed."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio

from exporter.simulator.play.fine_tuning import FineTuning
from exporter.simulator.play.scenario import Pace, Scenario
from tests.support.local import START
from tests.support.simulator import KEY, Local, local_azure

API_KEY = {"api-key": KEY}
BEARER = {"Authorization": f"Bearer {KEY}"}
JOBS = "/openai/v1/fine_tuning/jobs"
SCENARIO = Scenario(
    fine_tunings=(
        FineTuning(id="ftjob-a", created=START, started=START + 10, finished=START + 100,
                   suffix="letters", trained_tokens=14022),
        FineTuning(id="ftjob-b", created=START - 50, finished=START - 20, outcome="failed",
                   error=("invalid_training_file", "Too few examples.")),
        FineTuning(id="ftjob-c", created=START - 90, finished=START - 20, outcome="cancelled"),
    ),
    pace=Pace(validating=5, training=40, cancelling=3),
)  # fmt: skip


@pytest_asyncio.fixture
async def azure() -> AsyncIterator[Local]:
    async with local_azure(SCENARIO) as local:
        yield local


async def ask(azure: Local, path: str, method: str = "GET", **options: Any) -> Any:
    return (await azure.ask(JOBS + path, method, headers=API_KEY, **options)).json


async def test_the_life_of_a_job(azure: Local) -> None:
    """What is not reached is absent; `estimated_finish` never moves."""
    seen = []
    for moment in (0, 10, 100):
        azure.clock.at(moment)
        seen.append(await ask(azure, "/ftjob-a"))
    pending, running, succeeded = seen
    assert running == pending | {"status": "running"}
    assert pending["status"] == "pending"
    assert None not in pending.values()
    assert succeeded.keys() - pending.keys() == {
        "finished_at", "fine_tuned_model", "result_files", "trained_tokens",
    }  # fmt: skip
    assert (succeeded["finished_at"], succeeded["trained_tokens"]) == (START + 100, 14022)
    assert {one["estimated_finish"] for one in seen} == {START + 900}


async def test_other_ends(azure: Local) -> None:
    """A failed job has an error; the end of a cancelled one moves after half a minute."""
    failed = await ask(azure, "/ftjob-b")
    assert (failed["status"], failed["error"]["code"]) == ("failed", "invalid_training_file")
    ends = []
    for moment in (0, 9, 10):
        azure.clock.at(moment)
        ends.append((await ask(azure, "/ftjob-c"))["finished_at"])
    assert ends == [START - 20, START - 20, START - 12]


async def test_a_job_is_created_paused_resumed_and_cancelled(azure: Local) -> None:
    """A pause costs its time; the link of the creation lacks a part, as Azure's."""
    body = {"model": "gpt-4o-mini", "training_file": "file-a", "suffix": "tone"}
    made = await azure.ask(JOBS, "POST", headers=API_KEY, json=body)
    path = "/" + made.json["id"]
    assert made.status == 201
    assert made.headers["Location"].endswith(f"/openai/fine_tuning{path}")
    words = []
    for moment, action in ((15, "pause"), (16, ""), (20, "resume"), (21, ""), (23, ""), (52, "")):
        azure.clock.at(moment)
        job = await ask(azure, f"{path}/{action}".rstrip("/"), "POST" if action else "GET")
        words.append(job["status"])
    assert words == ["pausing", "pausing", "resuming", "resuming", "running", "running"]
    assert (await ask(azure, f"{path}/resume", "POST"))["error"]["code"] == "invalidPayload"
    cancelled = await ask(azure, f"{path}/cancel", "POST")
    assert (cancelled["status"], cancelled["finished_at"]) == ("cancelled", START + 52)


async def test_a_list_and_a_deletion(azure: Local) -> None:
    """The newest first, without first and last id; who is deleted is not found."""
    page = await ask(azure, "?limit=2")
    assert page.keys() == {"object", "data", "has_more"}
    assert [one["id"] for one in page["data"]] == ["ftjob-a", "ftjob-b"]
    rest = await ask(azure, "?limit=2&after=ftjob-b")
    assert ([one["id"] for one in rest["data"]], rest["has_more"]) == (["ftjob-c"], False)
    assert (await azure.ask(f"{JOBS}/ftjob-c", "DELETE", headers=API_KEY)).status == 204
    assert (await ask(azure, "/ftjob-c"))["error"]["code"] == "notFound"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/openai/fine_tuning/jobs?api-version=2024-10-21", API_KEY, 200),
        ("/openai/fine_tuning/jobs", API_KEY, 404),
        ("/api/projects/letters/openai/v1/fine_tuning/jobs", BEARER, 200),
        ("/api/projects/letters/openai/v1/fine_tuning/jobs", API_KEY, 401),
        (
            "/api/projects/letters/openai/fine_tuning/jobs?api-version=2025-11-15-preview",
            BEARER,
            200,
        ),
        ("/api/projects/letters/openai/fine_tuning/jobs?api-version=2024-10-21", BEARER, 404),
        ("/api/projects/letters/openai/v1/batches", BEARER, 404),
    ],
)
async def test_where_jobs_are(
    azure: Local, path: str, headers: Mapping[str, str], status: int
) -> None:
    """A project takes tokens alone, and its own version or none."""
    assert (await azure.ask(path, headers=headers)).status == status
