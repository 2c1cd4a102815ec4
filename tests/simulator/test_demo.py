"""The demo: believable work, with something moving all the time."""

import itertools
import re
import uuid
from typing import Any

import pytest

from exporter.simulator.play.language import LanguageJob
from exporter.simulator.play.timeline import BatchView, batch_at, status_of
from exporter.simulator.show.demo import demo_scenario
from tests.support.local import START
from tests.support.simulator import DATED, V1, V2024, V2026, local_azure

DEMO = demo_scenario(START)
ITERATIONS = tuple(one for film in DEMO.translations for one in film.iterations)
SIMPLE = (
    *DEMO.video_translation, *DEMO.avatar, *DEMO.qna_maker, *DEMO.syntheses, *DEMO.speech_syntheses,
    *DEMO.transcriptions, *DEMO.custom_speech, *DEMO.document_jobs, *DEMO.content_understanding,
)  # fmt: skip

LANGUAGE: tuple[LanguageJob, ...] = (*DEMO.analyses, *DEMO.trainings, *DEMO.questions)


def views(moment: float) -> list[BatchView]:
    found = [batch_at(one, START + moment) for one in DEMO.batches]
    return [view for view in found if view is not None]


def picture(moment: float) -> Any:
    """All that a viewer can see."""
    now = START + moment
    states = [status_of(one, now) for one in (*SIMPLE, *ITERATIONS)]
    requests = [(one.status(now), one.counts(now)) for one in DEMO.openai_batches]
    jobs = [one.status(now) for one in DEMO.fine_tunings]
    jobs += [one.status(now) for one in LANGUAGE]
    return views(moment), states, requests, jobs


def test_every_id_exists_at_the_start_and_is_valid() -> None:
    """And stays the same from run to run, whatever the time of day."""
    assert len(views(0)) == len(DEMO.batches)
    assert None not in [status_of(one, START) for one in SIMPLE]
    assert all(film.created < START for film in DEMO.translations)
    ids = [one.id for one in DEMO.batches] + [one.id for one in DEMO.qna_maker]
    assert [str(uuid.UUID(one)) for one in ids] == ids
    speeches = (*DEMO.syntheses, *DEMO.speech_syntheses)
    names = [one.id for one in (*DEMO.video_translation, *DEMO.avatar, *speeches)]
    assert all(one.status(START) for one in DEMO.openai_batches)
    assert all(one.status(START) for one in DEMO.fine_tunings)
    assert all(one.exists(START) for one in LANGUAGE)
    assert all(re.fullmatch("ftjob-[0-9a-f]{32}", one.id) for one in DEMO.fine_tunings)
    openai_ids = [one.id.removeprefix("batch_") for one in DEMO.openai_batches]
    assert [str(uuid.UUID(one)) for one in openai_ids] == openai_ids
    for name in (*names, *(film.id for film in DEMO.translations)):
        assert re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9._-]{1,62}[a-zA-Z0-9]", name)
    later, other = demo_scenario(5e8), demo_scenario(START, seed=1)
    assert [one.id for one in later.batches] == [one.id for one in DEMO.batches]
    assert [one.id for one in other.batches] != [one.id for one in DEMO.batches]


def test_the_first_minute_shows_everything() -> None:
    """Operations start, progress, fail, are cancelled and are charged for."""
    batches = list(zip(*(views(moment) for moment in range(61)), strict=True))
    changes = {
        (before.status, after.status)
        for one in batches
        for before, after in itertools.pairwise(one)
        if before.status != after.status
    }
    assert {
        ("NotStarted", "Running"), ("Running", "Failed"), ("NotStarted", "ValidationFailed"),
        ("Running", "Cancelling"), ("Cancelling", "Cancelled"),
    } <= changes  # fmt: skip
    charged = [sum(d.charged for one in views(at) for d in one.documents) for at in (0, 60)]
    assert charged[0] < charged[1]
    assert {one.status(START + 60) for one in DEMO.openai_batches} == {
        "validating", "in_progress", "completed", "failed", "expired", "cancelled",
    }  # fmt: skip
    assert {one.status(START + 60) for one in DEMO.fine_tunings} == {
        "running", "paused", "succeeded", "failed", "cancelled",
    }  # fmt: skip
    assert {one.status(START + 60) for one in LANGUAGE} == {
        "running", "succeeded", "failed", "cancelled", "partiallyCompleted",
    }  # fmt: skip
    ends = {(one.id, status_of(one, START + 60)) for one in SIMPLE}
    assert {status for _, status in ends} == {
        "NotStarted", "Running", "Succeeded", "Failed", "Canceled",
    }  # fmt: skip


@pytest.mark.parametrize("minute", range(29))
def test_something_moves_in_every_minute(minute: int) -> None:
    """For about half an hour."""
    assert picture(minute * 60) != picture(minute * 60 + 60)


def test_the_ends_are_of_every_kind() -> None:
    """Succeeded, with and without failures, Failed, ValidationFailed, Cancelled, and one stuck."""
    ends = [view.status for view in views(3600)]
    assert sorted(set(ends)) == ["Cancelled", "Failed", "Running", "Succeeded", "ValidationFailed"]
    assert any(v.status == "Succeeded" and v.counts["Failed"] for v in views(3600))
    assert {len(view.documents) for view in views(3600) if view.documents} >= {3, 40}


async def test_the_demo_of_resources_over_http() -> None:
    """Three translations and four syntheses, as they are at the start and after a minute."""
    async with local_azure(DEMO) as azure:
        seen = []
        for moment in (0, 30, 60):
            azure.clock.at(moment)
            films = (await azure.ask("/videotranslation/translations?api-version=2026-03-01")).json
            jobs = (await azure.ask("/avatar/batchsyntheses?api-version=2024-08-01")).json
            seen.append(
                {one["id"]: one.get("latestIteration", {}).get("status") for one in films["value"]}
                | {one["id"]: one["status"] for one in jobs["value"]}
            )
        assert seen[0] == {
            "CookingShow-fr-FR-to-pl-PL": None, "Keynote-en-US-to-de-DE": "Running",
            "AnnualReport-en-US-to-es-ES": "Running", "press-statement": "NotStarted",
            "product-chapters": "Running", "lecture-week-7": "Running",
            "welcome-message": "Succeeded",
        }  # fmt: skip
        assert seen[1]["CookingShow-fr-FR-to-pl-PL"] == "NotStarted"
        assert seen[2] == seen[0] | {
            "CookingShow-fr-FR-to-pl-PL": "Running", "press-statement": "Failed",
            "AnnualReport-en-US-to-es-ES": "Succeeded", "product-chapters": "Succeeded",
        }  # fmt: skip


async def test_the_demo_over_http() -> None:
    """Both paths and all versions read the same batches."""
    async with local_azure(DEMO) as azure:
        for path in (V1, DATED + V2024, DATED + V2026):
            listed = (await azure.ask(path)).json["value"]
            assert {one["id"] for one in listed} == {one.id for one in DEMO.batches}
