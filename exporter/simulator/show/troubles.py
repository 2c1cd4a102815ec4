"""Predicts the troubles of a scenario. Pure."""

import itertools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from exporter.simulator.play.language import Analysis, QuestionJob, Training
from exporter.simulator.play.openai import OpenaiBatch
from exporter.simulator.play.operation import Operation
from exporter.simulator.play.scenario import Batch, Scenario
from exporter.simulator.show.language import language_trouble


class Trouble(NamedTuple):
    """A trouble: when it starts (Unix seconds), the API and id of its operation, and its text."""

    at: float
    api: str
    id: str
    what: str


def troubles(scenario: Scenario) -> Iterator[Trouble]:
    """All troubles of all work, in any order."""
    for batch in scenario.batches:
        for at, what in _batch_troubles(batch):
            yield Trouble(at, "document_translation", batch.id, what)
    iterations = [
        (f"{translation.id}/{iteration.id}", iteration)
        for translation in scenario.translations
        for iteration in translation.iterations
    ]
    videos = [(operation.id, operation) for operation in scenario.video_translation]
    avatars = [(operation.id, operation) for operation in (*scenario.avatar, *scenario.syntheses)]
    questions = [(operation.id, operation) for operation in scenario.qna_maker]
    speeches = [(operation.id, operation) for operation in scenario.speech_syntheses]
    calls = [(operation.id, operation) for operation in scenario.transcriptions]
    custom = [(f"{job.route}/{job.id}", job) for job in scenario.custom_speech]
    analyses = [(analysis.place, analysis) for analysis in scenario.content_understanding]
    yield from _operation_troubles("video_translation", itertools.chain(iterations, videos))
    yield from _operation_troubles("avatar", iter(avatars))
    yield from _operation_troubles("qna_maker", iter(questions))
    yield from _operation_troubles("speech_synthesis", iter(speeches))
    yield from _operation_troubles("speech_transcription", iter(calls))
    yield from _operation_troubles("custom_speech", iter(custom))
    forms = [(job.path.removeprefix("operations/"), job) for job in scenario.document_jobs]
    yield from _operation_troubles("document_intelligence", iter(forms))
    yield from _operation_troubles("content_understanding", iter(analyses))
    for openai_batch in scenario.openai_batches:
        trouble = _openai_trouble(openai_batch)
        if trouble:
            at, what = trouble
            yield Trouble(at, "openai_batch", openai_batch.id, what)
    for job in scenario.fine_tunings:
        if job.finished is not None and job.outcome != "succeeded":
            what = "fails" if job.outcome == "failed" else "is cancelled"
            yield Trouble(job.finished, "openai_fine_tuning", job.id, what)
    yield from _language_troubles("language", (*scenario.analyses, *scenario.trainings))
    yield from _language_troubles("question_answering", scenario.questions)


def _operation_troubles(api: str, operations: Iterator[tuple[str, Operation]]) -> Iterator[Trouble]:
    words = {"Failed": "fails", "Canceled": "is cancelled"}
    for name, operation in operations:
        if operation.outcome in words and operation.finished is not None:
            yield Trouble(operation.finished, api, name, words[operation.outcome])


def _language_troubles(
    api: str, jobs: Iterable[Analysis | Training | QuestionJob]
) -> Iterator[Trouble]:
    for job in jobs:
        if trouble := language_trouble(job):
            yield Trouble(trouble[0], api, job.full_id, trouble[1])


def _batch_troubles(batch: Batch) -> Iterator[tuple[float, str]]:
    documents, cancel_asked = batch.documents, batch.cancel_asked
    if batch.rejected is not None:
        yield batch.rejected, "fails validation"
    failed = [
        document.finished
        for document in documents
        if document.failure and document.finished is not None
    ]
    if failed:
        count = "all" if len(failed) == len(documents) else f"{len(failed)} of {len(documents)}"
        yield min(failed), f"{count} documents fail"
    ends = [document.finished for document in documents if document.finished is not None]
    if len(ends) < len(documents):
        yield max(ends, default=batch.created), f"is stuck at {len(ends)} of {len(documents)}"
    elif cancel_asked is not None:
        yield cancel_asked, "is cancelled"


def _openai_trouble(batch: OpenaiBatch) -> tuple[float, str] | None:
    if batch.stopped and batch.cancel_asked is not None:
        return batch.cancel_asked, "is cancelled"
    if batch.finished is None:
        return None
    if batch.outcome != "completed":
        return batch.finished, {"failed": "fails validation", "expired": "expires"}[batch.outcome]
    failed = batch.failed_requests
    return (batch.finished, f"{failed} of {batch.requests} requests fail") if failed else None
