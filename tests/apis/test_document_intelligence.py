"""Builds and batch analyses of Document Intelligence, discovered in the simulator."""

import asyncio
from collections import Counter

import pytest
from pydantic import ValidationError

from exporter.apis import Apis
from exporter.simulator.faults.faults import Fault, Kind
from exporter.simulator.play.document_building import batch_analysis, model_operation
from exporter.simulator.play.document_jobs import DocumentJob, SingleAnalysis
from exporter.simulator.play.operation import Outcome
from exporter.simulator.play.scenario import Scenario
from tests.support.local import (
    START,
    Samples,
    configured,
    polling,
    scraped,
    simulated,
    value,
    values,
)

API = "document_intelligence"
ROOT = "GET /documentintelligence/"
HOUR, DAY = 3600.0, 86400.0
NO_DATA = ("TrainingContentMissing", "Training data is missing.")
OUTCOMES: tuple[Outcome, ...] = ("Succeeded", "Failed")
UUID = "827712a5-f942-4997-91c3-7c6cde35600b"
BUILD_ID = f"31443309030_{UUID}"


def one(samples: Samples, family: str, job: DocumentJob, **labels: str) -> float | None:
    """A sample of a job."""
    id_ = job.path.removeprefix("operations/")
    return value(samples, f"azure_ai_{family}", operation=id_, **labels)


@pytest.mark.jumping
async def test_builds_are_found_in_one_list() -> None:
    """With kind, model and progress; why one failed is asked for once, and stays."""
    builds = model_operation("bills", created=START - 60, takes=600, percent=50)
    copied = model_operation("copy", created=START - 9, takes=0, starts_after=0,
                             kind="documentModelCopyTo")  # fmt: skip
    failing = model_operation("kinds", created=START - 5, takes=90, outcome="Failed",
                              error=NO_DATA, kind="documentClassifierBuild")  # fmt: skip
    jobs = (builds, copied, failing)
    async with simulated(Scenario(document_jobs=jobs)) as (simulator, endpoint):
        resource = {"endpoint": endpoint, API: {"discover": True}}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(30)
            samples = scraped(exporter)
            labels = {"kind": "model_build", "name": "bills"}
            assert one(samples, "operation_info", builds, **labels) == 1
            assert one(samples, "operation_progress_ratio", builds) == 0.5
            labels = {"kind": "model_copy", "name": "copy"}
            assert one(samples, "operation_info", copied, **labels) == 1
            await asyncio.sleep(HOUR)
            samples = scraped(exporter)
    assert one(samples, "operation_state", builds, state="Succeeded") == 1
    assert one(samples, "operation_state", failing, state="Failed") == 1
    assert one(samples, "operation_progress_ratio", failing) is None, "although Azure says 100 %"
    labels = {"code": "InvalidRequest", "inner_code": "TrainingContentMissing", "target": ""}
    assert one(samples, "operation_error_info", failing, **labels) == 1
    lists = simulator.requests.pop(f"{ROOT}operations")
    assert 119 <= lists <= 122
    assert simulator.requests == {f"{ROOT}{failing.path}": 1}


@pytest.mark.jumping
async def test_a_failed_answer_is_tried_again_until_it_tells_the_error() -> None:
    """What a list showed to have failed is not settled before its error is known."""
    failing = model_operation("kinds", created=START - 5, outcome="Failed", error=NO_DATA)
    async with simulated(Scenario(document_jobs=(failing,))) as (simulator, endpoint):
        simulator.faults.add(Fault(kind=Kind.ERROR, path="operations/", count=7))
        resource = {"endpoint": endpoint, API: {"discover": True}}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(HOUR)
            samples = scraped(exporter)
    assert one(samples, "operation_up", failing) == 1
    assert values(samples, "azure_ai_operation_error_info", api=API)


@pytest.mark.jumping
async def test_batches_are_found_in_a_list_for_each_model() -> None:
    """A running one is asked for its progress now and then; at its end for its documents, once."""
    runs = batch_analysis(created=START - 60, takes=HOUR, succeeded=40, failed=2)
    skips = batch_analysis("ours", created=START - 5, takes=60, succeeded=0, skipped=9)
    fails = batch_analysis("ours", created=START - 9, takes=70, outcome="Failed", error=NO_DATA,
                           seed=1)  # fmt: skip
    other = batch_analysis("theirs", created=START - 5, seed=2)
    jobs = (runs, skips, fails, other)
    async with simulated(Scenario(document_jobs=jobs)) as (simulator, endpoint):
        section = {"discover": True, "models": ["prebuilt-layout", "ours"]}
        async with polling(configured({"endpoint": endpoint, API: section})) as exporter:
            await asyncio.sleep(15 * 60 + 30)
            samples = scraped(exporter)
            assert one(samples, "operation_state", runs, state="Running") == 1
            assert one(samples, "operation_progress_ratio", runs) == 0
            assert simulator.requests[f"{ROOT}{runs.path}"] == 3, "every 5 minutes"
            await asyncio.sleep(HOUR)
            samples = scraped(exporter)
    assert one(samples, "operation_info", runs, kind="batch", name="prebuilt-layout") == 1
    assert one(samples, "operation_documents", runs, state="Succeeded") == 40
    assert one(samples, "operation_documents", runs, state="Failed") == 2
    assert one(samples, "operation_documents_submitted", runs) == 42
    assert one(samples, "operation_documents", skips, state="Skipped") == 9, "Azure counts 0"
    assert one(samples, "operation_state", fails, state="Failed") == 1
    labels = {"code": "InvalidRequest", "inner_code": "TrainingContentMissing", "target": ""}
    assert one(samples, "operation_error_info", fails, **labels) == 1
    asked = {job.model: simulator.requests[f"{ROOT}{job.path}"] for job in (skips, fails, other)}
    assert asked == {"ours": 1, "theirs": 0}
    assert one(samples, "operation_up", other) is None


@pytest.mark.jumping
@pytest.mark.parametrize("discover", [True, False])
async def test_the_duration_of_a_batch_is_what_the_exporter_saw(discover: bool) -> None:
    """Azure's times are equal, and it takes 3 s for each answer; the page says it as well."""
    jobs = [
        batch_analysis(created=START + 40 + number, takes=2 * HOUR, outcome=outcome, seed=number)
        for number, outcome in enumerate(OUTCOMES)
    ]
    section: dict[str, object] = {"operations": [job.path for job in jobs]}
    if discover:
        section = {"discover": True, "models": ["prebuilt-layout"]}
    async with (
        simulated(Scenario(document_jobs=tuple(jobs))) as (_, endpoint),
        polling(configured({"endpoint": endpoint, API: section})) as exporter,
    ):
        await asyncio.sleep(2 * HOUR + 300)
        samples = scraped(exporter)
        taken = [each.duration for each in exporter.store if each.duration is not None]
    sums = values(samples, "azure_ai_operation_duration_seconds_sum", resource="r0", api=API)
    assert sums.keys() == {"Succeeded", "Failed"}
    for seconds in (*sums.values(), *taken):
        assert 2 * HOUR <= seconds <= 2 * HOUR + 30 + 3
    for job in jobs:
        assert one(samples, "operation_last_action_timestamp_seconds", job) is None
        changed = one(samples, "operation_last_change_timestamp_seconds", job)
        assert changed is not None
        assert 0 <= changed - (job.finished or 0) <= 60 + 3, "so the alert knows it is recent"


@pytest.mark.jumping
async def test_what_azure_has_deleted_stays_as_it_ended() -> None:
    """A 404 of what has finished, after 24 hours, is no failure; it is not asked for again."""
    named = batch_analysis(created=START - DAY, takes=60)
    build = model_operation("bills", created=START - DAY + 100, takes=60)
    analysis = SingleAnalysis(
        id=UUID, created=START - 3, started=START - 2, finished=START + 60, model="ours"
    )
    jobs = (named, build, analysis)
    async with simulated(Scenario(document_jobs=jobs)) as (simulator, endpoint):
        ids = [job.path.removeprefix("operations/") for job in jobs]
        resource = {"endpoint": endpoint, API: {"operations": ids}}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(DAY + 2 * HOUR)
            samples = scraped(exporter)
    for job in jobs:
        assert one(samples, "operation_state", job, state="Succeeded") == 1
        assert one(samples, "operation_up", job) == 1
    assert value(samples, "azure_ai_exporter_polls_total", api=API, outcome="failure") == 0
    assert max(simulator.requests.values()) <= 4


@pytest.mark.jumping
async def test_a_404_while_the_error_is_still_asked_for() -> None:
    """A finished operation is up, and how it ended stays; after three it is over."""
    ended = batch_analysis(created=START - 90, takes=60, outcome="Failed")
    async with simulated(Scenario(document_jobs=(ended,))) as (simulator, endpoint):
        resource = {"endpoint": endpoint, API: {"operations": [ended.path]}}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(35)
            simulator.faults.add(Fault(kind=Kind.GONE))
            asked = simulator.requests[f"{ROOT}{ended.path}"]
            await asyncio.sleep(HOUR)
            samples = scraped(exporter)
    assert one(samples, "operation_state", ended, state="Failed") == 1
    assert one(samples, "operation_up", ended) == 1
    assert simulator.requests[f"{ROOT}{ended.path}"] == asked + 3


@pytest.mark.jumping
async def test_details_that_could_not_be_read_in_time() -> None:
    """A list showed the end, its own answer came too late: 404 three times, and it is over."""
    ended = batch_analysis(created=START - 90, takes=60)
    async with simulated(Scenario(document_jobs=(ended,))) as (simulator, endpoint):
        simulator.faults.add(Fault(kind=Kind.GONE, path="analyzeBatchResults/"))
        section = {"discover": True, "models": ["prebuilt-layout"]}
        async with polling(configured({"endpoint": endpoint, API: section})) as exporter:
            await asyncio.sleep(HOUR)
            samples = scraped(exporter)
    assert one(samples, "operation_state", ended, state="Succeeded") == 1
    assert one(samples, "operation_up", ended) == 1
    assert simulator.requests[f"{ROOT}{ended.path}"] == 3


@pytest.mark.jumping
async def test_lists_of_many_pages() -> None:
    """The links to the next pages lack the version, and are followed with it."""
    jobs = [model_operation(f"m{number}", created=START - 60, takes=None) for number in range(120)]
    batches = [batch_analysis(created=START - 60, takes=None, seed=number) for number in range(250)]
    async with simulated(Scenario(document_jobs=(*jobs, *batches))) as (simulator, endpoint):
        section = {"discover": True, "models": ["prebuilt-layout"]}
        async with polling(configured({"endpoint": endpoint, API: section})) as exporter:
            await asyncio.sleep(20)
            up = values(scraped(exporter), "azure_ai_operation_up", resource="r0", api=API)
    assert len(up) == 370
    assert Counter(up.values()) == {1: 370}
    assert simulator.requests == {
        f"{ROOT}operations": 2,
        f"{ROOT}documentModels/prebuilt-layout/analyzeBatchResults": 3,
    }


@pytest.mark.parametrize(
    ("id_", "wanted"),
    [
        (BUILD_ID, f"/documentintelligence/operations/{BUILD_ID}"),
        (
            f"documentModels/Our.Model/analyzeBatchResults/{UUID.upper()}",
            f"/documentintelligence/documentModels/Our.Model/analyzeBatchResults/{UUID}",
        ),
        (
            f"documentClassifiers/ours/analyzeResults/{UUID}",
            f"/documentintelligence/documentClassifiers/ours/analyzeResults/{UUID}",
        ),
    ],
)
def test_ids_are_paths(id_: str, wanted: str) -> None:
    """The names of models as they are written, UUIDs with small letters."""
    [(_, section)] = Apis.model_validate({API: {}}).sections()
    path: str = vars(section.target(id_))["path"]
    assert path == f"{wanted}?api-version=2024-11-30"


@pytest.mark.parametrize("version", ["2024-11-30", "2023-07-31"])
@pytest.mark.parametrize(
    "id_",
    [UUID, "31443309030", f"{BUILD_ID}/x", f"documentModels/a/../analyzeResults/{UUID}", ""],
)
def test_ids_of_other_apis_are_refused(id_: str, version: str) -> None:
    """In words that say what would be right."""
    [(_, section)] = Apis.model_validate({API: {"api_version": version}}).sections()
    with pytest.raises(ValidationError, match="must be digits, _ and a UUID, or documentModels"):
        section.target(id_)


def test_the_older_version_has_no_batches() -> None:
    """An id that somebody probes or registers says which version has them."""
    [(_, section)] = Apis.model_validate({API: {"api_version": "2023-07-31"}}).sections()
    with pytest.raises(ValidationError, match="batch analyses need api_version 2024-11-30"):
        section.target(f"documentModels/ours/analyzeBatchResults/{UUID}")
