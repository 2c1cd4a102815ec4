"""Analyses and trainings of Language, followed in the simulator."""

import asyncio
from collections import Counter

import pytest
from pydantic import ValidationError

from exporter.apis import Apis
from exporter.simulator.faults.faults import Fault, Kind
from exporter.simulator.play.building import seeded_uuid
from exporter.simulator.play.language import (
    DAY,
    Analysis,
    ProjectKind,
    Training,
    project_job_id,
)
from exporter.simulator.play.scenario import Scenario
from tests.apis.document_translation.test_documents import tapped
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

API = "language"
TASKS = "azure_ai_operation_tasks"
PHASES = "azure_ai_operation_phase_progress_ratio"
NOTHING: dict[str, object] = {}


def training(
    name: str,
    created: float,
    *,
    takes: float | None = 600,
    project: str = "Claims",
    kind: ProjectKind = "analyze-text",
) -> Training:
    """A training that is evaluated for a tenth of its time; times are seconds from START."""
    begun = START + created + 10
    finished = None if takes is None else begun + takes
    return Training(
        id=project_job_id(seeded_uuid(name), START + created),
        created=START + created,
        started=begun,
        evaluating=None if takes is None else begun + 0.9 * takes,
        finished=finished,
        project=project,
        kind=kind,
        model=name,
    )


def analysis(name: str, takes: float = 60, **more: object) -> Analysis:
    times = {"created": START - DAY + 300, "started": START, "finished": START + takes}
    return Analysis(id=seeded_uuid(name), **times, **more)  # type: ignore[arg-type]


def states(samples: Samples) -> dict[str, str]:
    """The state of each operation, by the end of its id."""
    found = values(samples, "azure_ai_operation_state", resource="r0", api=API)
    shown = (text.partition(",") for text, current in found.items() if current)
    return {id_: state for id_, _, state in shown}


def paths(requests: Counter[str]) -> Counter[str]:
    """Requests by the path behind `authoring/`."""
    return Counter({path.partition("authoring/")[2]: count for path, count in requests.items()})


@pytest.mark.jumping
async def test_trainings_of_all_projects_are_found() -> None:
    """A list for each project every minute, the projects every fifth; new projects are seen."""
    claims, shop = training("claims", -30), training("shop", -40, project="Shop", takes=None)
    calls = training("calls", -20, project="Calls.2", kind="analyze-conversations")
    late = training("late", 70, project="Late", kind="analyze-conversations")
    old = training("old", -3 * DAY, project="Shop")
    jobs = (claims, shop, calls, late, old)
    async with simulated(Scenario(trainings=jobs)) as (simulator, endpoint):
        config = configured({"endpoint": endpoint, API: {"discover": True}})
        async with polling(config) as exporter:
            await asyncio.sleep(30)
            assert states(scraped(exporter)) == dict.fromkeys(
                [claims.full_id, shop.full_id, calls.full_id], "Running"
            )
            names = values(scraped(exporter), "azure_ai_operation_info", api=API, resource="r0")
            assert f"text_training,claims,{claims.full_id}" in names
            await asyncio.sleep(210)
            assert late.full_id not in states(scraped(exporter))
            await asyncio.sleep(120)
            assert states(scraped(exporter))[late.full_id] == "Running"
    assert paths(simulator.requests) == {
        "analyze-text/projects": 2,
        "analyze-conversations/projects": 2,
        "analyze-text/projects/Claims/train/jobs": 6,
        "analyze-text/projects/Shop/train/jobs": 6,
        "analyze-conversations/projects/Calls.2/train/jobs": 6,
        "analyze-conversations/projects/Late/train/jobs": 1,
    }


@pytest.mark.jumping
async def test_the_phases_of_a_training() -> None:
    """Progress is their mean, each has a series and no counter; the last one's end is the end.

    Azure notices it up to half a minute late.
    """
    job = training("claims", 0, takes=1000)
    seen = []
    async with simulated(Scenario(trainings=(job,))) as (_, endpoint):
        section = {"discover": {"interval": "10s"}}
        async with polling(configured({"endpoint": endpoint, API: section})) as exporter:
            for wait in (5, 455, 520, 60):
                await asyncio.sleep(wait)
                samples = scraped(exporter)
                phases = values(samples, PHASES, resource="r0", api=API, operation=job.full_id)
                progress = value(samples, "azure_ai_operation_progress_ratio", resource="r0")
                seen.append((states(samples)[job.full_id], progress, phases))
    assert seen == [
        ("NotStarted", 0.0, {"training": 0, "evaluation": 0}),
        ("Running", 0.24, {"training": 0.48, "evaluation": 0}),
        ("Running", 0.75, {"training": 1.0, "evaluation": 0.5}),
        ("Succeeded", 1.0, {"training": 1.0, "evaluation": 1.0}),
    ]
    times = {
        name: value(samples, f"azure_ai_operation_{name}_timestamp_seconds", resource="r0")
        for name in ("created", "started", "last_action", "expires")
    }
    assert times == {
        "created": START,
        "started": START + 10,
        "last_action": START + 1010,
        "expires": START + 7 * DAY,
    }
    assert value(samples, "azure_ai_operation_duration_seconds_sum", api=API) == 1010
    assert not values(samples, "azure_ai_phase_progress_ratio_total", api=API)
    changed = value(samples, "azure_ai_operation_last_change_timestamp_seconds", resource="r0")
    assert changed == pytest.approx(START + 1025, abs=11)


@pytest.mark.jumping
async def test_a_conversational_training_that_is_not_evaluated() -> None:
    """It is over when Azure says so, whatever phase has not begun."""
    job = Training(
        id=project_job_id(seeded_uuid("shop"), START),
        created=START,
        started=START + 2,
        finished=START + 42,
        kind="analyze-conversations",
        project="Shop",
    )
    async with simulated(Scenario(trainings=(job,))) as (_, endpoint):
        section = {"operations": [job.full_id]}
        async with polling(configured({"endpoint": endpoint, API: section})) as exporter:
            await asyncio.sleep(100)
            samples = scraped(exporter)
    assert states(samples) == {job.full_id: "Succeeded"}
    assert value(samples, "azure_ai_operation_progress_ratio", resource="r0") == 1
    phases = values(samples, PHASES, resource="r0", api=API, operation=job.full_id)
    assert phases == {"data_generation": 0, "training": 1, "evaluation": 0}
    assert value(samples, "azure_ai_operation_last_action_timestamp_seconds", resource="r0") == (
        START + 42
    )


@pytest.mark.jumping
async def test_analyses_are_asked_for_by_id() -> None:
    """Tasks that wait are not running; a part that failed; after a day 404 changes nothing."""
    jobs = (
        analysis("a", tasks=("KeyPhraseExtraction", "EntityLinking")),
        analysis("b", 40, failed_tasks=1, outcome="partiallyCompleted", error=("Bad", "x"),
                 kind="analyze-conversations", tasks=("ConversationalSummarizationTask",) * 2),
        Analysis(id=seeded_uuid("c"), created=START - DAY + 300, kind="analyze-documents"),
    )  # fmt: skip
    a, b, c = ids = [job.full_id for job in jobs]
    async with tapped(Scenario(analyses=jobs)) as tap:
        section = {"operations": ids}
        async with polling(configured({"endpoint": tap.endpoint, API: section})) as exporter:
            await asyncio.sleep(35)
            running = scraped(exporter)
            await asyncio.sleep(60)
            ended = scraped(exporter)
            await asyncio.sleep(1200)
            later = scraped(exporter)
    assert states(running) == {a: "Running", b: "Running", c: "NotStarted"}
    tasks = {id_: values(running, TASKS, resource="r0", api=API, operation=id_) for id_ in ids}
    assert tasks[a] == {"Running": 1, "Succeeded": 1, "Failed": 0}
    assert tasks[c] == {"NotStarted": 1, "Succeeded": 0, "Failed": 0}
    assert states(ended) == {a: "Succeeded", b: "PartiallySucceeded", c: "NotStarted"}
    assert values(ended, TASKS, operation=b, resource="r0", api=API) == {
        "Running": 0, "Succeeded": 1, "Failed": 1,
    }  # fmt: skip
    assert value(ended, f"{TASKS}_submitted", operation=b) == 2
    codes = values(ended, "azure_ai_operation_error_info", operation=b, resource="r0", api=API)
    assert codes == {"Bad,,": 1}
    assert states(later) == {a: "Succeeded", b: "PartiallySucceeded"}
    assert values(later, "azure_ai_operation_up", resource="r0", api=API) == {a: 1, b: 1, c: 0}
    assert set(tap.since(0, "analyze-text")) == {
        f"/language/analyze-text/jobs/{jobs[0].id}?api-version=2024-11-01&top=1"
    }


@pytest.mark.jumping
async def test_an_error_after_a_cancellation() -> None:
    """What was known stays until it is stale."""
    job = analysis("a", 600, cancel_asked=START + 40, cancelled=START + 50)
    id_ = job.full_id
    async with simulated(Scenario(analyses=(job,))) as (_, endpoint):
        section = {"operations": [id_]}
        async with polling(configured({"endpoint": endpoint, API: section})) as exporter:
            await asyncio.sleep(200)
            samples = scraped(exporter)
    assert states(samples)[id_] in {"Running", "Cancelling"}
    assert value(samples, "azure_ai_operation_up", operation=id_) == 0
    assert value(samples, "azure_ai_api_errors_total", api=API, code="InternalServerError")


@pytest.mark.jumping
@pytest.mark.parametrize(
    ("fault", "path", "whole"),
    [
        ("gone", "/analyze-text/projects/Claims/", 1),
        ("error", "/analyze-text/projects/Claims/", 0),
        ("error", "/analyze-text/projects$", 0),
    ],
)
async def test_a_list_that_cannot_be_read(fault: str, path: str, whole: int) -> None:
    """It hides its own trainings alone; a project that is deleted is no failure."""
    claims = training("claims", -30)
    calls = training("calls", -20, project="Calls", kind="analyze-conversations")
    async with simulated(Scenario(trainings=(claims, calls))) as (simulator, endpoint):
        simulator.faults.add(Fault(kind=Kind(fault), path=path))
        config = configured({"endpoint": endpoint, API: {"discover": True}})
        async with polling(config) as exporter:
            await asyncio.sleep(50)
            samples = scraped(exporter)
            assert set(states(samples)) == {calls.full_id}
            assert value(samples, "azure_ai_exporter_list_up", api=API) == whole
            simulator.faults.clear()
            await asyncio.sleep(60)
            assert set(states(scraped(exporter))) == {claims.full_id, calls.full_id}


@pytest.mark.jumping
async def test_projects_that_cannot_be_read_are_asked_for_three_times() -> None:
    """A round ends after three lists that failed, so that a broken service is not pressed."""
    jobs = tuple(training(f"t{number}", -30, project=f"P{number}") for number in range(9))
    async with simulated(Scenario(trainings=jobs)) as (simulator, endpoint):
        simulator.faults.add(Fault(kind=Kind.HTML, path="/train/jobs"))
        async with polling(configured({"endpoint": endpoint, API: {"discover": True}})):
            await asyncio.sleep(30)
    lists = [path for path in simulator.requests if path.endswith("/train/jobs")]
    assert len(lists) == 3


@pytest.mark.e2e
@pytest.mark.jumping
async def test_a_hundred_requests_a_minute() -> None:
    """More projects than that delay the lists, and not what is asked for by id without end."""
    jobs = tuple(
        training(f"t{number}", -30, takes=None, project=f"P{number}") for number in range(200)
    )
    named = Analysis(id=seeded_uuid("a"), created=START)
    scenario = Scenario(trainings=jobs, analyses=(named,))
    id_ = named.full_id
    async with tapped(scenario) as tap:
        section = {"discover": True, "operations": [id_]}
        async with polling(configured({"endpoint": tap.endpoint, API: section})) as exporter:
            await asyncio.sleep(360)
            assert len(states(scraped(exporter))) == 201
        minutes = tap.rounds(60)
        assert max(minutes) <= 101
        assert len(tap.since(0, named.id)) >= 6
    assert sum(minutes) >= 0.95 * 100 * len(minutes)


ID = "0b9dbc3c-3b5b-4f0c-8b0e-5d3a6f0e7a11"


@pytest.mark.parametrize(
    "id_",
    [
        ID,
        f"analyze-texts/{ID}",
        f"analyze-text/{ID}_639034272000000000",
        f"analyze-text/jobs/{ID}",
        f"authoring/analyze-documents/Claims/train/{ID}",
        f"authoring/analyze-text/Claims/deployments/{ID}",
        f"authoring/analyze-text/../train/{ID}",
        f"authoring/analyze-text/a%2fb/train/{ID}",
        f"authoring/analyze-text/Claims/train/{ID}_",
        f"faq/import/{ID}",
        "analyze-text/batch_1",
        "",
    ],
)
def test_other_ids_are_refused(id_: str) -> None:
    """The text says what would be right."""
    [(_, settings)] = Apis.model_validate({API: NOTHING}).sections()
    with pytest.raises(ValidationError, match=r"must be analyze-text/ID, .*PROJECT/train/ID"):
        settings.target(id_)


def test_ids_are_written_as_azure_writes_them() -> None:
    """UUIDs in lower case; a project keeps its case."""
    [(_, settings)] = Apis.model_validate({API: NOTHING}).sections()
    wanted = f"authoring/analyze-text/Claims_.-2/train/{ID}_639034272000000000"
    written = wanted.replace(ID, ID.upper())
    assert settings.target(written).id == settings.target(wanted).id == wanted
    assert settings.target(f"analyze-documents/{ID.upper()}").kind == "document_analysis"
