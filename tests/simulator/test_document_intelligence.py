"""Document Intelligence in the simulator, with the habits of recorded traffic."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from exporter.simulator.play.document_building import batch_analysis, model_operation
from exporter.simulator.play.scenario import Pace, Scenario
from tests.support.local import START
from tests.support.simulator import Local, local_azure

ROOT, OLD_ROOT = "/documentintelligence", "/formrecognizer"
V, OLD_V = "api-version=2024-11-30", "api-version=2023-07-31"
BATCHES = "/documentModels/prebuilt-layout/analyzeBatchResults"
DAY = 86400
NO_DATA = ("TrainingContentMissing", "Training data is missing.")
BAD = model_operation("bad", created=START, takes=60, outcome="Failed", error=NO_DATA)
NEWER = model_operation("bills", created=START + 50, starts_after=9, takes=60, percent=None)
SKIPPED = batch_analysis(created=START, takes=60, succeeded=0, skipped=2)
FAILED = batch_analysis(created=START, takes=30, outcome="Failed", error=NO_DATA, seed=1)
SCENARIO = Scenario(
    document_jobs=(BAD, NEWER, SKIPPED, FAILED), pace=Pace(batch_status=0.2, analysis=5)
)


@pytest_asyncio.fixture
async def azure() -> AsyncIterator[Local]:
    async with local_azure(SCENARIO) as local:
        yield local


async def get(azure: Local, path: str) -> Any:
    return (await azure.ask(f"{ROOT}{path}?{V}")).json


async def test_ids_of_operations_count_down(azure: Local) -> None:
    """So that the newest sorts first, as in the list."""
    azure.clock.at(60)
    listed = (await get(azure, "/operations"))["value"]
    ids = [one["operationId"] for one in listed]
    assert ids == sorted(ids) == [NEWER.id, BAD.id]
    assert len(ids[0].partition("_")[0]) == 11


async def test_a_failed_build_says_100_per_cent(azure: Local) -> None:
    """And only its own answer says why; no result is in a list."""
    azure.clock.at(60)
    single = await get(azure, f"/{BAD.path}")
    [waits, failed] = (await get(azure, "/operations"))["value"]
    assert "percentCompleted" not in waits
    assert single == failed | {"error": single["error"]}
    assert (failed["status"], failed["percentCompleted"]) == ("failed", 100)
    assert single["error"]["innererror"]["code"] == "TrainingContentMissing"
    azure.clock.at(110)
    [succeeded, _] = (await get(azure, "/operations"))["value"]
    single = await get(azure, f"/{NEWER.path}")
    assert single == succeeded | {"result": single["result"]}


async def test_times_and_counts_of_a_batch(azure: Local) -> None:
    """Created later than updated for the last time, 0 where documents were skipped."""
    azure.clock.at(60)
    batch = await get(azure, f"/{SKIPPED.path}")
    assert batch["createdDateTime"] > batch["lastUpdatedDateTime"]
    result = batch["result"]
    assert [one["status"] for one in result["details"]] == ["skipped"] * 2
    assert (result["skippedCount"], result["succeededCount"]) == (0, 0)
    listed = (await get(azure, BATCHES))["value"]
    assert [one["status"] for one in listed] == ["failed", "succeeded"], "by status"
    assert all(one.keys() <= batch.keys() - {"result", "percentCompleted"} for one in listed)


async def test_an_answer_for_a_running_batch_takes_its_time(azure: Local) -> None:
    """For a finished one, and a list, it does not."""
    azure.clock.at(40)
    begun = time.monotonic()
    assert (await get(azure, f"/{SKIPPED.path}"))["status"] == "running"
    assert time.monotonic() - begun >= 0.2


@pytest.mark.parametrize("job", [BAD, SKIPPED], ids=["build", "batch"])
async def test_after_a_day_it_is_gone(azure: Local, job: Any) -> None:
    """From the lists as well."""
    azure.clock.at(60 + DAY - 1)
    assert (await get(azure, f"/{job.path}"))["status"] in {"failed", "succeeded"}
    azure.clock.at(60 + DAY)
    answer = await azure.ask(f"{ROOT}/{job.path}?{V}")
    assert (answer.status, answer.json["error"]["innererror"]["code"]) == (404, "OperationNotFound")
    listed = [await get(azure, path) for path in ("/operations", BATCHES)]
    assert job.id not in str(listed)


async def test_the_link_to_the_next_page_lacks_the_version() -> None:
    """And a request without it is refused."""
    jobs = [batch_analysis(created=START, seed=number) for number in range(101)]
    async with local_azure(Scenario(document_jobs=tuple(jobs))) as azure:
        first = await get(azure, BATCHES)
        assert (await azure.ask(first["nextLink"])).status == 400
        second = (await azure.ask(f"{first['nextLink']}&{V}")).json
    assert len({one["resultId"] for one in first["value"] + second["value"]}) == 101
    assert "nextLink" not in second


async def test_a_single_analysis(azure: Local) -> None:
    """Its URL is in a header; while it runs, Azure says when to ask again."""
    path = f"{ROOT}/documentModels/prebuilt-read:analyze?{V}"
    posted = await azure.ask(path, "POST", json={"urlSource": "https://a/b.pdf"})
    assert posted.status == 202
    running = await azure.ask(posted.headers["Operation-Location"])
    assert running.headers["Retry-After"] == "1"
    assert running.json.keys() == {"status", "createdDateTime", "lastUpdatedDateTime"}
    azure.clock.at(5)
    ended = await azure.ask(posted.headers["Operation-Location"])
    assert "Retry-After" not in ended.headers
    assert ended.json["analyzeResult"]["modelId"] == "prebuilt-read"


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        (f"{OLD_ROOT}/operations?{OLD_V}", "GET", 200),
        (f"{OLD_ROOT}/operations?{V}", "GET", 400),
        (f"{ROOT}/operations?{OLD_V}", "GET", 400),
        (f"{OLD_ROOT}{BATCHES}?{OLD_V}", "GET", 404),
        (f"{OLD_ROOT}/documentModels/a:analyzeBatch?{OLD_V}", "POST", 404),
        (f"{ROOT}/documentModels/a:analyzeBatch?{V}", "POST", 400),
        (f"{ROOT}/documentModels:build?{V}", "POST", 400),
        (f"{ROOT}/documentModels:destroy?{V}", "POST", 404),
        (f"{ROOT}/documentModels/none?{V}", "GET", 404),
    ],
)
async def test_what_is_answered(azure: Local, path: str, method: str, status: int) -> None:
    """The older version has another root, and no batches."""
    assert (await azure.ask(path, method)).status == status
