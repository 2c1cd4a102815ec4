"""The state of an operation at a time. Pure. States never go back; counts add up to the total."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from exporter.simulator.play.operation import Operation
from exporter.simulator.play.scenario import Batch, Document, Failure

STEPS = 20
"""Azure reports progress in steps, not continuously: here in twentieths."""

FINISHED = frozenset({"Succeeded", "Failed", "Cancelled", "ValidationFailed"})

_Stop = tuple[float | None, float | None]
"""When a cancellation was requested, and when it was complete."""


@dataclass(frozen=True)
class DocumentView:
    """A document in its current state; `progress` is 0 to 1."""

    document: Document
    status: str
    last_action: float
    progress: float

    @property
    def id(self) -> str:
        return self.document.id

    @property
    def created(self) -> float | None:
        return self.document.created

    @property
    def charged(self) -> int:
        """Characters; only translated documents are charged."""
        return self.document.characters if self.status == "Succeeded" else 0

    @property
    def images(self) -> int:
        return self.document.images if self.status == "Succeeded" else 0


@dataclass(frozen=True)
class BatchView:
    """A batch in its current state; without documents until its container is listed."""

    id: str
    created: float
    last_action: float
    status: str
    failure: Failure | None
    documents: tuple[DocumentView, ...]

    @cached_property
    def counts(self) -> Counter[str]:
        """Documents by status."""
        return Counter(view.status for view in self.documents)


def status_of(operation: Operation, now: float) -> str | None:
    """The state of a Video Translation, Avatar or QnA Maker operation; None if not yet created."""
    if now < operation.created:
        return None
    if _passed(operation.finished, now):
        return operation.outcome
    return "Running" if _passed(operation.started, now) else "NotStarted"


def last_action_of(operation: Operation, now: float) -> float:
    """When the current state began."""
    return _latest(now, operation.created, operation.started, operation.finished)


def batch_at(batch: Batch, now: float) -> BatchView | None:
    """The batch with its documents at `now`; None if it is not created yet."""
    if now < batch.created:
        return None
    stop = requested, stopped = _stop(batch)
    listed = _passed(batch.listed, now) and not _passed(stopped, batch.listed)
    documents = tuple(
        _document_at(document, batch.listed, stop, now)
        for document in (batch.documents if listed else ())
    )
    status = _batch_status(batch, documents, stop, now)
    failure = batch.failure if status == "ValidationFailed" else None
    if status == "Failed":
        failure = batch.documents[0].failure
    last_action = max(
        _latest(now, batch.created, batch.rejected, requested, stopped),
        *(view.last_action for view in documents),
        batch.created,
    )
    return BatchView(batch.id, batch.created, last_action, status, failure, documents)


def _batch_status(
    batch: Batch, documents: tuple[DocumentView, ...], stop: _Stop, now: float
) -> str:
    requested, stopped = stop
    if _passed(requested, now):
        return "Cancelled" if _passed(stopped, now) else "Cancelling"
    if _passed(batch.rejected, now):
        return "ValidationFailed"
    states = {view.status for view in documents}
    if states <= {"NotStarted"}:
        return "NotStarted"
    if states == {"Failed"}:
        return "Failed"
    # If only some documents failed, the state in recorded traffic is Succeeded.
    return "Succeeded" if states <= FINISHED else "Running"


def _document_at(document: Document, listed: float | None, stop: _Stop, now: float) -> DocumentView:
    """A document at `now`. After a requested cancellation, unfinished documents do not advance."""
    requested, stopped = stop
    time = now if requested is None else min(now, requested)
    last_action = _latest(time, document.created, document.finished, fallback=listed)
    if _passed(document.finished, time):
        status = "Succeeded" if document.failure is None else "Failed"
    elif _passed(document.started, time):
        status = "Running"
        last_action = max(last_action, _step_time(document, time))
    else:
        status = "NotStarted"
    if requested is not None and requested <= now and status not in FINISHED:
        if status == "NotStarted":
            status, last_action = "Cancelled", max(last_action, requested)
        elif stopped is not None and stopped <= now:
            status, last_action = "Cancelled", stopped
        else:
            status, last_action = "Cancelling", requested
    return DocumentView(document, status, last_action, _progress(document, time))


def _progress(document: Document, now: float) -> float:
    """0 to 1 in steps; a document that will fail reaches 0.5 at most."""
    if document.failure is not None:
        return _steps(document, now) / STEPS / 2
    return 1.0 if _passed(document.finished, now) else _steps(document, now) / STEPS


def _steps(document: Document, now: float) -> int:
    start, end = document.started, document.finished
    if start is None or end is None or now <= start or end == start:
        return 0
    return min(STEPS - 1, int((now - start) / (end - start) * STEPS))


def _step_time(document: Document, now: float) -> float:
    """When the progress of the document last changed."""
    start, end = document.started, document.finished
    if start is None or end is None:
        return now if start is None else start
    return min(now, start + _steps(document, now) * (end - start) / STEPS)


def _stop(batch: Batch) -> _Stop:
    """When cancellation was requested and complete; a finished batch cannot be cancelled."""
    ends = [document.finished for document in batch.documents] or [batch.rejected]
    known_ends = [end for end in ends if end is not None]
    requested = batch.cancel_asked
    if requested is None or (len(known_ends) == len(ends) and max(known_ends) <= requested):
        return None, None
    return requested, batch.cancelled


def _passed(moment: float | None, now: float | None) -> bool:
    return moment is not None and now is not None and moment <= now


def _latest(now: float, *moments: float | None, fallback: float | None = None) -> float:
    """The latest of the moments that are not in the future; without any, the fallback (or now)."""
    past = [moment for moment in moments if moment is not None and moment <= now]
    return max(past, default=now if fallback is None else fallback)
