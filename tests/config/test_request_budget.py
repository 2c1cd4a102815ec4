"""What `check` says is asked of Azure in an hour is what the poller asks of the simulator."""

import asyncio
from dataclasses import dataclass, field

import pytest

from exporter.apis import Apis, Settings
from exporter.apis.request_counts import Assumed
from exporter.config.config import Config
from exporter.config.request_budget import HourlyRequests, hourly_requests, report
from exporter.simulator.play.building import (
    batch,
    iteration,
    operation,
    qna_operation,
    seeded_uuid,
    synthesis,
    translation,
)
from exporter.simulator.play.content_building import analysis
from exporter.simulator.play.document_building import batch_analysis, model_operation
from exporter.simulator.play.fine_tuning import FineTuning
from exporter.simulator.play.language import Analysis, QuestionJob, Training
from exporter.simulator.play.openai import OpenaiBatch
from exporter.simulator.play.scenario import Batch, Scenario
from exporter.simulator.play.speech_building import custom_job, transcription
from tests.support.local import START, configured, polling, simulated

INTERVAL = 120.0
SPREAD = {"interval": f"{INTERVAL:g}s", "requests_per_second": 50}
BATCHES = tuple(seeded_uuid("asking", number) for number in range(2))


def lively(id_: str, *, failing: bool = False) -> Batch:
    """A batch of 199 documents of which one or two end in each interval: of two pages, in all."""
    early, late = (101, 98) if failing else (0, 0)
    takes = (199 - early) * INTERVAL * 0.6
    return batch(
        id=id_,
        created=START - 1,
        documents=199,
        takes=takes,
        failed_before_start=early,
        failed=late,
    )


def old(id_: str) -> Batch:
    """The same, but of before the time that a list shows."""
    return batch(id=id_, created=START - 900, documents=199, takes=199 * INTERVAL + 900)


@dataclass(frozen=True)
class Case:
    """A section of a resource, and the Azure that makes it ask as much as it can."""

    section: dict[str, object]
    scenario: Scenario
    assumed: Assumed = field(default_factory=lambda: Assumed(0, 199))


def ids(count: int) -> list[str]:
    return [f"job-{number}" for number in range(count)]


ENDLESS = tuple(operation(id_, created=START - 1, takes=None) for id_ in ids(7))
LIVELY = Scenario(batches=tuple(map(lively, BATCHES)))
SYNTHESES = tuple(synthesis(id_, created=START - 1, takes=None) for id_ in ids(101))
CALLS = tuple(transcription(created=START - 1, takes=None, seed=number) for number in range(101))
CONTENTS = tuple(analysis(created=START - 1, takes=None, seed=number) for number in range(7))
ENDING = tuple(transcription(created=START - 1, takes=3400, seed=number) for number in range(7))
VOICES = tuple(
    custom_job("models", created=START - 1, takes=None, seed=number) for number in range(101)
)
VIDEOS = tuple(
    translation(id_, iteration(created=START + 90, starts_after=300, takes=1800), created=START)
    for id_ in ids(101)
)

REQUESTS = tuple(OpenaiBatch(id=f"batch_{id_}", created=START - 1) for id_ in ids(101))
ANALYSES = tuple(Analysis(id=seeded_uuid("a", number), created=START) for number in range(7))
QUESTIONS = tuple(QuestionJob(id=seeded_uuid("q", number), created=START) for number in range(7))
PROJECTS = tuple(
    Training(id=seeded_uuid("t", number), created=START - 1, project=f"P{number}")
    for number in range(10)
)
TRAININGS = tuple(FineTuning(id=f"ftjob-{id_}", created=START - 1) for id_ in ids(101))
MODELS = ["prebuilt-layout", "our-model"]
BUILDS = tuple(
    model_operation(id_, created=START - 1, takes=3300, outcome="Failed", error=("Bad", ""))
    for id_ in ids(101)
)
BATCH_ANALYSES = tuple(
    batch_analysis(MODELS[number % 2], created=START - 1, takes=3400, seed=number)
    for number in range(7)
)

CASES = {
    "avatar/configured": Case(
        {"avatar": {"operations": ids(7), "requests_per_minute": 60}}, Scenario(avatar=ENDLESS)
    ),
    "avatar/discovered": Case(
        {"avatar": {"discover": {"interval": "180s"}, "requests_per_minute": 60}},
        Scenario(syntheses=SYNTHESES),
        Assumed(101),
    ),
    "video_translation/configured": Case(
        {"video_translation": {"operations": ids(7)}}, Scenario(video_translation=ENDLESS)
    ),
    "video_translation/discovered": Case(
        {"video_translation": {"discover": True}}, Scenario(translations=VIDEOS), Assumed(101)
    ),
    "qna_maker/configured": Case(
        {"qna_maker": {"operations": ids(7)}},
        Scenario(
            qna_maker=tuple(qna_operation(id=id_, created=START, takes=None) for id_ in ids(7))
        ),
    ),
    "openai_batch/configured": Case(
        {"openai_batch": {"operations": [batch.id for batch in REQUESTS[:7]]}},
        Scenario(openai_batches=REQUESTS[:7]),
    ),
    "openai_batch/discovered": Case(
        {"openai_batch": {"api_version": "v1", "discover": {"interval": "180s"}}},
        Scenario(openai_batches=REQUESTS),
        Assumed(101),
    ),
    "openai_batch/an interval of its own": Case(
        {"openai_batch": {"interval": "30s", "discover": True}},
        Scenario(openai_batches=REQUESTS[:7]),
        Assumed(7),
    ),
    "speech_synthesis/configured": Case(
        {"speech_synthesis": {"operations": ids(7)}}, Scenario(speech_syntheses=SYNTHESES[:7])
    ),
    "speech_synthesis/discovered": Case(
        {"speech_synthesis": {"discover": True}},
        Scenario(speech_syntheses=SYNTHESES),
        Assumed(101),
    ),
    "speech_transcription/configured": Case(
        {"speech_transcription": {"operations": [each.id for each in CALLS[:7]]}},
        Scenario(transcriptions=CALLS[:7]),
    ),
    "speech_transcription/discovered": Case(
        {"speech_transcription": {"discover": True}}, Scenario(transcriptions=CALLS), Assumed(101)
    ),
    "speech_transcription/with reports": Case(
        {"speech_transcription": {"reports": True, "operations": [each.id for each in ENDING]}},
        Scenario(transcriptions=ENDING),
    ),
    "custom_speech/configured": Case(
        {"custom_speech": {"operations": [f"{each.route}/{each.id}" for each in VOICES[:7]]}},
        Scenario(custom_speech=VOICES[:7]),
    ),
    "custom_speech/discovered": Case(
        {"custom_speech": {"discover": True}}, Scenario(custom_speech=VOICES), Assumed(101)
    ),
    "document_intelligence/configured": Case(
        {"document_intelligence": {"operations": [job.id for job in BUILDS[:7]]}},
        Scenario(document_jobs=BUILDS[:7]),
    ),
    "document_intelligence/discovered, all fail": Case(
        {"document_intelligence": {"discover": True}},
        Scenario(document_jobs=BUILDS),
        Assumed(101),
    ),
    "document_intelligence/batches": Case(
        {"document_intelligence": {"discover": {"interval": "60s"}, "models": MODELS}},
        Scenario(document_jobs=BATCH_ANALYSES),
        Assumed(7),
    ),
    "openai_fine_tuning/configured": Case(
        {"openai_fine_tuning": {"operations": [job.id for job in TRAININGS[:7]]}},
        Scenario(fine_tunings=TRAININGS[:7]),
    ),
    "openai_fine_tuning/discovered": Case(
        {"openai_fine_tuning": {"discover": {"interval": "180s"}}},
        Scenario(fine_tunings=TRAININGS),
        Assumed(101),
    ),
    "language/configured": Case(
        {"language": {"operations": [job.full_id for job in ANALYSES]}},
        Scenario(analyses=ANALYSES),
    ),
    "language/discovered": Case(
        {"language": {"discover": True}},
        Scenario(trainings=PROJECTS),
        Assumed(10, projects=10),
    ),
    "question_answering/configured": Case(
        {"question_answering": {"operations": [job.full_id for job in QUESTIONS]}},
        Scenario(questions=QUESTIONS),
    ),
    "content_understanding/configured": Case(
        {"content_understanding": {"operations": [each.place for each in CONTENTS]}},
        Scenario(content_understanding=CONTENTS),
    ),
    "document_translation/configured, one": Case(
        {"document_translation": {"batches": BATCHES[:1]}}, LIVELY
    ),
    "document_translation/configured, several": Case(
        {"document_translation": {"batches": BATCHES}}, LIVELY
    ),
    "document_translation/discovered": Case(
        {"document_translation": {"discover": True}}, LIVELY, Assumed(2, 199)
    ),
    "document_translation/discovered, and named": Case(
        {"document_translation": {"discover": {"lookback": "1m"}, "batches": BATCHES}},
        Scenario(batches=(old(BATCHES[0]), old(BATCHES[1]))),
    ),
    "document_translation/unfinished": Case(
        {"document_translation": {"documents": "unfinished", "batches": BATCHES[:1]}}, LIVELY
    ),
    "document_translation/failed": Case(
        {"document_translation": {"documents": "failed", "batches": BATCHES[:1]}},
        Scenario(batches=(lively(BATCHES[0], failing=True),)),
    ),
    "document_translation/none": Case(
        {"document_translation": {"documents": "none", "batches": BATCHES[:1]}}, LIVELY
    ),
    "document_translation/by id": Case(
        {
            "document_translation": {
                "batches": [
                    {
                        "id": BATCHES[0],
                        "documents": [each.id for each in LIVELY.batches[0].documents[-4:]],
                    }
                ]
            }
        },
        LIVELY,
    ),
}


def config(endpoint: str, section: dict[str, object]) -> Config:
    return configured({"endpoint": endpoint, **section}, poll=SPREAD)


@pytest.mark.e2e
@pytest.mark.jumping
@pytest.mark.parametrize("name", CASES)
async def test_an_hour(name: str) -> None:
    """At most what was said, and no less than nineteen twentieths of it where all is lively."""
    case = CASES[name]
    async with simulated(case.scenario) as (simulator, endpoint):
        wanted = config(endpoint, case.section)
        [said] = hourly_requests(wanted, case.assumed)
        async with polling(wanted):
            await asyncio.sleep(3600 - 1)
        counted = sum(simulator.requests.values())
    assert 0.95 * said.all <= counted <= said.all, simulator.requests


def test_every_api_that_asks_in_its_own_way_was_asked() -> None:
    """Each has a row above; the others take a request a look and the pages of their list."""
    every = Apis.model_validate({name: {} for name in Apis.model_fields})
    own = {
        name
        for name, section in every.sections()
        if type(section).request_counts is not Settings.request_counts
    }
    asked = {name.partition("/")[0] for name in CASES}
    assert own <= asked
    assert {"avatar", "qna_maker"} <= asked - own


HEAD = (
    "requests an hour, at most, where each discovery finds 5 running operations, a batch has "
    "6 documents, and a resource 7 projects:"
)
EXCESS = (
    "r0/avatar: more than the budget: polls come 3.0 times less often than configured; use "
    "longer intervals, fewer operations or documents, or a larger budget"
)


def test_the_budget() -> None:
    """An API's own limit, else the resource's; several APIs of a resource are added up."""
    section: dict[str, object] = {
        "avatar": {"operations": ids(3), "requests_per_minute": 2},
        "video_translation": {"operations": ids(1)},
    }
    wanted = configured({"endpoint": "http://127.0.0.1", **section}, poll={"interval": "30s"})
    assert list(hourly_requests(wanted, Assumed())) == [
        HourlyRequests("r0", "video_translation", 120, 0, 0, 18000),
        HourlyRequests("r0", "avatar", 360, 0, 0, 120),
        HourlyRequests("r0", "", 480, 0, 0, 18000),
    ]
    assert report(wanted, Assumed(5, 6, 7)).splitlines() == [
        HEAD,
        "resource  api                operations  lists  documents  all  budget  used",
        "r0        video_translation         120      0          0  120  18,000    1%",
        "r0        avatar                    360      0          0  360     120  300%",
        "r0        together                  480      0          0  480  18,000    3%",
        EXCESS,
    ]
