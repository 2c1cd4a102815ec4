"""The same work in less time, for who does not want to wait. Pure.

Every moment moves nearer to the start, so that timestamps stay true: work that takes an hour takes
a minute at a speed of 60, began a minute and not an hour ago, and nothing lies in the future.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from exporter.simulator.play.scenario import (
    Batch,
    Document,
    Iteration,
    Operation,
    Pace,
    QnaOperation,
    Scenario,
    Synthesis,
    Translation,
)

_MOMENTS = frozenset(
    {"created", "listed", "rejected", "started", "finished", "cancel_asked", "cancelled"}
)

_Part = TypeVar(
    "_Part", Batch, Document, Operation, QnaOperation, Iteration, Translation, Synthesis
)


@dataclass(frozen=True)
class Haste:
    """So many times as fast, seen from `start` (Unix seconds)."""

    start: float
    speed: float

    def scenario(self, scenario: Scenario) -> Scenario:
        """All that happens, and how long new work will take."""
        if self.speed == 1:
            return scenario
        return Scenario(
            batches=tuple(
                self._moved(each, documents=tuple(map(self._moved, each.documents)))
                for each in scenario.batches
            ),
            video_translation=tuple(map(self._moved, scenario.video_translation)),
            translations=tuple(
                self._moved(each, iterations=tuple(map(self._moved, each.iterations)))
                for each in scenario.translations
            ),
            avatar=tuple(map(self._moved, scenario.avatar)),
            syntheses=tuple(map(self._moved, scenario.syntheses)),
            qna_maker=tuple(map(self._moved, scenario.qna_maker)),
            pace=Pace(**{name: wait / self.speed for name, wait in vars(scenario.pace).items()}),
        )

    def _moved(self, part: _Part, **inside: object) -> _Part:
        moved = {name: self.start + (at - self.start) / self.speed for name, at in _moments(part)}
        return type(part)(**vars(part) | moved | inside)


def last_moment(scenario: Scenario) -> float:
    """When the last of all that is going to happen has happened; Unix seconds."""
    parts = (
        *scenario.batches,
        *(document for each in scenario.batches for document in each.documents),
        *scenario.video_translation,
        *scenario.translations,
        *(iteration for each in scenario.translations for iteration in each.iterations),
        *scenario.avatar,
        *scenario.syntheses,
        *scenario.qna_maker,
    )
    return max((at for part in parts for _, at in _moments(part)), default=-math.inf)


def _moments(part: object) -> Iterator[tuple[str, float]]:
    """The fields of a part that are moments and are known."""
    for name, value in vars(part).items():
        if name in _MOMENTS and value is not None:
            yield name, value
