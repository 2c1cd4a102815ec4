"""The snapshot of an operation after one more poll, a change of the clock, or time. Pure."""

from collections.abc import Mapping, Sequence
from math import inf

from msgspec.structs import replace

from exporter.model.documents import Change, Documents, packed
from exporter.model.operation import Amounts, Document, Operation, State
from exporter.model.precedence import as_stored, newest
from exporter.model.prices import Cost, PriceTable
from exporter.model.snapshot import Snapshot


def observed(
    before: Snapshot, observation: Operation, now: float, prices: PriceTable | None = None
) -> Snapshot:
    """The snapshot after a poll that gave `observation` at `now` (Unix seconds).

    What was charged since the snapshot before costs these `prices`.
    """
    if is_as_before(before, observation):
        return refreshed(before, now)
    earlier = before.operation
    operation, changes = newest(earlier, observation) if earlier else (_first(observation), ())
    changed = operation is not earlier and (earlier is None or _differ(earlier, operation, changes))
    first_progress = _first_progress(before, operation, now)
    return Snapshot(
        watch=before.watch,
        operation=operation,
        charged=_highest_amounts(before.charged, operation.amounts),
        up=observation.state is not State.UNKNOWN,
        last_success=now,
        last_change=_last_change(before, operation, now) if changed else before.last_change,
        finished_at=(before.finished_at or now) if operation.state.finished else None,
        watched_to_end=operation.state.finished and _watched_until_now(before),
        first_progress=first_progress,
        estimated_completion=(
            _estimate(first_progress, operation, now) if changed else before.estimated_completion
        ),
        incomplete=before.incomplete if observation.unreadable is None else observation.incomplete,
        unreadable_since=_unreadable_since(before, observation, now),
        cost=(
            prices.cost(before.watch.key, before.cost, before.charged, operation.amounts)
            if prices and changed
            else before.cost
        ),
    )


def cost_of(snapshot: Snapshot, prices: PriceTable) -> Cost | None:
    """The cost of what a snapshot knows; the same object if it has one in this currency."""
    if snapshot.operation is None:
        return snapshot.cost
    return prices.cost(snapshot.watch.key, snapshot.cost, snapshot.charged, snapshot.charged)


def refreshed(before: Snapshot, now: float) -> Snapshot:
    """The snapshot after a poll at `now` (Unix seconds) that gave what is known."""
    return replace(before, last_success=now)


def is_as_before(before: Snapshot, observation: Operation) -> bool:
    """Whether the observation is that of a snapshot which a poll gave.

    One with documents is so only if it is the same object. A snapshot of the checkpoint may be
    down, without the failure that it had.
    """
    known = before.operation
    if known is None or before.last_success is None or before.failure or before.stale:
        return False
    if before.up is not (observation.state is not State.UNKNOWN):
        return False
    return known is observation or (not known.documents and known == observation)


def _last_change(before: Snapshot, operation: Operation, now: float) -> float:
    """The time of a change; of an operation seen for the first time, Azure's last action."""
    if before.operation is None and operation.last_action is not None:
        return min(now, operation.last_action)
    return now


def _watched_until_now(before: Snapshot) -> bool:
    """Whether a finished operation was read, and not stale, until it was seen to end."""
    if before.finished:
        return before.watched_to_end
    return before.operation is not None and not before.stale


def _highest_amounts(before: Amounts, after: Amounts) -> Amounts:
    """The larger value of each amount that is counted; the same object if nothing has grown."""
    grown = {
        amount: value
        for amount, value in after.items()
        if not amount.is_ratio and value > before.get(amount, 0)
    }
    return {**before, **grown} if grown else before


def _first(observation: Operation) -> Operation:
    """The first observation as a snapshot holds it."""
    return as_stored(observation, packed(observation.documents))


def _unreadable_since(before: Snapshot, observation: Operation, now: float) -> Mapping[str, float]:
    if observation.unreadable is None:
        return before.unreadable_since
    return {id_: before.unreadable_since.get(id_, now) for id_ in observation.unreadable}


def _differ(earlier: Operation, later: Operation, changes: Sequence[Change]) -> bool:
    """Whether `last_change` moves: another state, count, progress or amount."""
    return _compared_fields(earlier) != _compared_fields(later) or any(
        _compared_document_fields(change.earlier) != _compared_document_fields(change.later)
        for change in changes
        if change.earlier  # a document that is read for the first time is no change of the batch
    )


def _compared_fields(operation: Operation) -> tuple[object, ...]:
    return operation.word, operation.counts, operation.progress, operation.amounts


def _compared_document_fields(document: Document) -> tuple[object, ...]:
    charged = document.characters_charged, document.images_charged
    return document.word, document.progress, charged


def _first_progress(
    before: Snapshot,
    operation: Operation,
    now: float,
) -> tuple[float, float] | None:
    if operation.state is not State.RUNNING or operation.progress is None:
        return None
    return before.first_progress or (now, operation.progress)


def _estimate(
    first_progress: tuple[float, float] | None, operation: Operation, now: float
) -> float | None:
    """Unix seconds at which progress reaches 1, at its average speed since `first_progress`."""
    if first_progress is None or operation.progress is None:
        return None
    since, progress = first_progress
    gain = operation.progress - progress
    if gain <= 0:
        return None
    return now + (1 - operation.progress) * (now - since) / gain


def shifted(before: Snapshot, by: float) -> Snapshot:
    """The snapshot after the clock was changed `by` seconds, forward or back.

    The exporter's own times move with the clock; Azure's times stay.
    """

    def shift(at: float | None) -> float | None:
        return None if at is None else at + by

    start = before.first_progress
    return replace(
        before,
        last_success=shift(before.last_success),
        last_change=shift(before.last_change),
        finished_at=shift(before.finished_at),
        first_progress=None if start is None else (start[0] + by, start[1]),
        estimated_completion=shift(before.estimated_completion),
        unreadable_since={id_: at + by for id_, at in before.unreadable_since.items()},
    )


def fresh_since(snapshot: Snapshot) -> float:
    """When the oldest part of what is shown, and can get stale, was read; infinite if none can.

    The status of a finished operation stays true, so it never gets stale.
    """
    operation = snapshot.operation
    if operation is None or snapshot.last_success is None or snapshot.stale:
        return inf
    unreadable = snapshot.unreadable_since
    oldest = min((at for id_, at in unreadable.items() if id_ in operation.documents), default=inf)
    return oldest if operation.state.finished else min(oldest, snapshot.last_success)


def expired(before: Snapshot, now: float, stale_after: float) -> Snapshot:
    """The snapshot without what could not be read for too long; the same object if all is fresh."""
    operation = before.operation
    if operation is None or now - fresh_since(before) <= stale_after:
        return before
    if not operation.state.finished and now - (before.last_success or 0) > stale_after:
        return replace(before, stale=True, up=False)
    overdue = {id_ for id_, since in before.unreadable_since.items() if now - since > stale_after}
    documents = Documents.of(
        document for document in operation.documents.values() if document.id not in overdue
    )
    return replace(before, operation=replace(operation, documents=documents))
