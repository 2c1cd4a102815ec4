"""What will go wrong in a scenario, told beforehand. Pure."""

import itertools
from collections.abc import Iterator
from typing import NamedTuple

from exporter.simulator.play.scenario import Batch, Operation, Scenario


class Trouble(NamedTuple):
    """When it shows (Unix seconds), with what, and what it is."""

    at: float
    api: str
    id: str
    what: str


def troubles(scenario: Scenario) -> Iterator[Trouble]:
    """All troubles of all work, in no order."""
    for batch in scenario.batches:
        for at, what in _of_batch(batch):
            yield Trouble(at, "document_translation", batch.id, what)
    iterations = [
        (f"{translation.id}/{iteration.id}", iteration)
        for translation in scenario.translations
        for iteration in translation.iterations
    ]
    videos = [(each.id, each) for each in scenario.video_translation]
    avatars = [(each.id, each) for each in (*scenario.avatar, *scenario.syntheses)]
    questions = [(each.id, each) for each in scenario.qna_maker]
    yield from _of_operations("video_translation", itertools.chain(iterations, videos))
    yield from _of_operations("avatar", iter(avatars))
    yield from _of_operations("qna_maker", iter(questions))


def _of_operations(api: str, operations: Iterator[tuple[str, Operation]]) -> Iterator[Trouble]:
    words = {"Failed": "fails", "Canceled": "is cancelled"}
    for name, operation in operations:
        if operation.outcome in words and operation.finished is not None:
            yield Trouble(operation.finished, api, name, words[operation.outcome])


def _of_batch(batch: Batch) -> Iterator[tuple[float, str]]:
    documents, asked = batch.documents, batch.cancel_asked
    if batch.rejected is not None:
        yield batch.rejected, "fails validation"
    failed = [each.finished for each in documents if each.failure and each.finished is not None]
    if failed:
        many = "all" if len(failed) == len(documents) else f"{len(failed)} of {len(documents)}"
        yield min(failed), f"{many} documents fail"
    ends = [each.finished for each in documents if each.finished is not None]
    if len(ends) < len(documents):
        yield max(ends, default=batch.created), f"is stuck at {len(ends)} of {len(documents)}"
    elif asked is not None:
        yield asked, "is cancelled"
