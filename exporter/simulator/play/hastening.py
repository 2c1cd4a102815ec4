"""The same work in less time. Pure.

All times move nearer to the start: at a speed of 60, work of an hour takes a minute, and work that
began an hour ago began a minute ago. So no timestamp is in the future.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from exporter.simulator.play.content_understanding import ContentAnalysis
from exporter.simulator.play.document_jobs import DocumentJob
from exporter.simulator.play.fine_tuning import FineTuning
from exporter.simulator.play.language import Analysis, QuestionJob, Training
from exporter.simulator.play.openai import OpenaiBatch
from exporter.simulator.play.operation import Operation
from exporter.simulator.play.scenario import (
    Batch,
    Document,
    Iteration,
    Pace,
    QnaOperation,
    Scenario,
    Translation,
)
from exporter.simulator.play.speech_jobs import CustomJob, Synthesis, Transcription

_TIME_FIELDS = frozenset(
    {
        "created",
        "listed",
        "rejected",
        "counted",
        "started",
        "finalizing",
        "pause_asked",
        "paused",
        "resume_asked",
        "resumed",
        "evaluating",
        "finished",
        "cancel_asked",
        "cancelled",
    }
)

_Part = TypeVar(
    "_Part",
    Batch,
    Document,
    Operation,
    QnaOperation,
    Iteration,
    Translation,
    Synthesis,
    OpenaiBatch,
    Transcription,
    CustomJob,
    FineTuning,
    Analysis,
    Training,
    QuestionJob,
    DocumentJob,
    ContentAnalysis,
)


@dataclass(frozen=True)
class Haste:
    """A speed-up by the factor `speed`; only the time `start` (Unix seconds) stays the same."""

    start: float
    speed: float

    def scenario(self, scenario: Scenario) -> Scenario:
        """The scenario at this speed, including the pace of new work."""
        if self.speed == 1:
            return scenario
        return Scenario(
            batches=tuple(
                self._moved(batch, documents=tuple(map(self._moved, batch.documents)))
                for batch in scenario.batches
            ),
            video_translation=tuple(map(self._moved, scenario.video_translation)),
            translations=tuple(
                self._moved(translation, iterations=tuple(map(self._moved, translation.iterations)))
                for translation in scenario.translations
            ),
            avatar=tuple(map(self._moved, scenario.avatar)),
            syntheses=tuple(map(self._moved, scenario.syntheses)),
            qna_maker=tuple(map(self._moved, scenario.qna_maker)),
            openai_batches=tuple(map(self._moved, scenario.openai_batches)),
            speech_syntheses=tuple(map(self._moved, scenario.speech_syntheses)),
            transcriptions=tuple(map(self._moved, scenario.transcriptions)),
            custom_speech=tuple(map(self._moved, scenario.custom_speech)),
            fine_tunings=tuple(map(self._moved, scenario.fine_tunings)),
            analyses=tuple(map(self._moved, scenario.analyses)),
            trainings=tuple(map(self._moved, scenario.trainings)),
            questions=tuple(map(self._moved, scenario.questions)),
            document_jobs=tuple(map(self._moved, scenario.document_jobs)),
            content_understanding=tuple(map(self._moved, scenario.content_understanding)),
            pace=Pace(
                **{name: seconds / self.speed for name, seconds in vars(scenario.pace).items()}
            ),
        )

    def _moved(self, part: _Part, **moved_parts: object) -> _Part:
        times = {name: self.start + (at - self.start) / self.speed for name, at in _times(part)}
        return type(part)(**vars(part) | times | moved_parts)


def last_moment(scenario: Scenario) -> float:
    """The time of the scenario's last event, in Unix seconds."""
    parts = (
        *scenario.batches,
        *(document for batch in scenario.batches for document in batch.documents),
        *scenario.video_translation,
        *scenario.translations,
        *(
            iteration
            for translation in scenario.translations
            for iteration in translation.iterations
        ),
        *scenario.avatar,
        *scenario.syntheses,
        *scenario.qna_maker,
        *scenario.openai_batches,
        *scenario.speech_syntheses,
        *scenario.transcriptions,
        *scenario.custom_speech,
        *scenario.fine_tunings,
        *scenario.analyses,
        *scenario.trainings,
        *scenario.questions,
        *scenario.document_jobs,
        *scenario.content_understanding,
    )
    return max((at for part in parts for _, at in _times(part)), default=-math.inf)


def _times(part: object) -> Iterator[tuple[str, float]]:
    """The names and values of a part's times that are not None."""
    for name, value in vars(part).items():
        if name in _TIME_FIELDS and value is not None:
            yield name, value
