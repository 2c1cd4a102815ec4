"""The work of nine teams that is in progress when the demo starts. Ids depend only on the seed.

It ends after about half an hour; `teams` has the work that follows.
"""

from collections.abc import Mapping

from exporter.simulator.play.building import (
    EXTRACTION,
    NO_TEXT,
    batch,
    qna_operation,
    rejected_batch,
    seeded_uuid,
)
from exporter.simulator.play.documents import LETTERS, PAGES
from exporter.simulator.play.scenario import Batch, QnaOperation, Scenario
from exporter.simulator.show.content import content_opening
from exporter.simulator.show.documents_team import documents_opening
from exporter.simulator.show.language import language_opening
from exporter.simulator.show.openai import openai_opening
from exporter.simulator.show.speech_team import speech_opening


def demo_scenario(start: float, seed: int = 0) -> Scenario:
    """The work of all teams. At `start` (Unix seconds) all ids exist, and some work is done.

    In the first minute, some of it starts, progresses, fails, is cancelled and is charged.
    """
    parts = openings(start, seed).values()
    return Scenario(
        batches=tuple(batch for part in parts for batch in part.batches),
        video_translation=tuple(video for part in parts for video in part.video_translation),
        translations=tuple(video for part in parts for video in part.translations),
        avatar=tuple(avatar for part in parts for avatar in part.avatar),
        syntheses=tuple(avatar for part in parts for avatar in part.syntheses),
        qna_maker=tuple(operation for part in parts for operation in part.qna_maker),
        openai_batches=tuple(batch for part in parts for batch in part.openai_batches),
        speech_syntheses=tuple(speech for part in parts for speech in part.speech_syntheses),
        transcriptions=tuple(calls for part in parts for calls in part.transcriptions),
        custom_speech=tuple(custom for part in parts for custom in part.custom_speech),
        fine_tunings=tuple(job for part in parts for job in part.fine_tunings),
        analyses=tuple(job for part in parts for job in part.analyses),
        trainings=tuple(job for part in parts for job in part.trainings),
        questions=tuple(job for part in parts for job in part.questions),
        document_jobs=tuple(job for part in parts for job in part.document_jobs),
        content_understanding=tuple(
            analysis for part in parts for analysis in part.content_understanding
        ),
    )


def openings(start: float, seed: int = 0) -> Mapping[str, Scenario]:
    """The work by team; each team has its own resource."""
    return {
        "translator": Scenario(batches=_pages(start, seed)),
        "manuals": Scenario(batches=_manuals(start, seed)),
        "letters": Scenario(batches=_letters(start, seed)),
        "speech": speech_opening(start, seed),
        "qna": Scenario(qna_maker=_qna(start, seed)),
        "openai": openai_opening(start, seed),
        "language": language_opening(start, seed),
        "documents": documents_opening(start, seed),
        "content": content_opening(start, seed),
    }


def _batch_id(seed: int, name: str) -> str:
    return seeded_uuid("demo batch", seed, name)


def _pages(start: float, seed: int) -> tuple[Batch, ...]:
    return (
        batch(
            id=_batch_id(seed, "done before the start"),
            created=start - 612.3827,
            documents=6,
            languages=("de", "fr"),
            takes=184.5,
            names=PAGES,
        ),
        batch(
            id=_batch_id(seed, "starts after ten seconds"),
            created=start - 1.5281,
            documents=8,
            languages=("pt-br",),
            listed_after=5.5281,
            starts_after=11.5281,
            takes=300.4,
            names=PAGES,
        ),
        batch(
            id=_batch_id(seed, "all documents fail"),
            created=start - 5.2361,
            documents=3,
            languages=("ko",),
            takes=45.7183,
            failed=3,
            names=PAGES,
        ),
        batch(
            id=_batch_id(seed, "is cancelled after 25 seconds"),
            created=start - 20.125,
            documents=5,
            languages=("nl", "sv"),
            takes=600.6,
            cancel_after=45.125,
            cancelling=12.5,
            names=PAGES,
        ),
        batch(
            id=_batch_id(seed, "waits for eight minutes"),
            created=start - 0.5772,
            documents=10,
            languages=("de", "pl"),
            listed_after=2.5,
            starts_after=480.25,
            takes=1500.125,
            names=PAGES,
        ),
    )


def _manuals(start: float, seed: int) -> tuple[Batch, ...]:
    return (
        batch(
            id=_batch_id(seed, "runs for half an hour"),
            created=start - 95.75,
            documents=20,
            languages=("es", "ja"),
            takes=1900.25,
        ),
        batch(
            id=_batch_id(seed, "runs for ever"),
            created=start - 1510.0093,
            documents=5,
            languages=("zh-hans",),
            takes=240.25,
            stuck=2,
            failure=NO_TEXT,
        ),
    )


def _letters(start: float, seed: int) -> tuple[Batch, ...]:
    return (
        batch(
            id=_batch_id(seed, "some documents fail"),
            created=start - 31.0625,
            documents=12,
            languages=("it",),
            takes=151.4142,
            failed=2,
            failed_before_start=1,
            names=LETTERS,
        ),
        rejected_batch(id=_batch_id(seed, "fails validation"), created=start - 3.1416, takes=23.5),
    )


def _qna(start: float, seed: int) -> tuple[QnaOperation, ...]:
    def name(title: str) -> str:
        return seeded_uuid("demo qna", seed, title)

    return (
        qna_operation(id=name("create"), created=start - 10, takes=50),
        qna_operation(
            id=name("update"),
            created=start - 4,
            starts_after=12,
            takes=34,
            outcome="Failed",
            failure=EXTRACTION,
        ),
        qna_operation(
            id=name("publish"),
            created=start - 3,
            starts_after=120,
            takes=900,
            utc_offset_minutes=-480,
        ),
        qna_operation(id=name("archive"), created=start - 1, starts_after=1500, takes=7200),
    )
