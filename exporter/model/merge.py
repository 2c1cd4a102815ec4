"""The merge rule: what to believe of an operation after one more look at it. Pure.

Azure caches status answers for up to a minute and its answers go backward; what is kept here
does not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from exporter.model.documents import Change, Documents, packed
from exporter.model.operation import Amounts, Document, Operation, State
from exporter.model.snapshot import Snapshot

# How far along a state is.
_RANK = {State.NOT_STARTED: 0, State.RUNNING: 1, State.PAUSED: 1, State.CANCELLING: 2}
_RANK_FINISHED = 3


def observed(before: Snapshot, seen: Operation, now: float) -> Snapshot:
    """The snapshot after a poll that saw `seen` at `now`."""
    known = before.operation
    operation, changes = newest(known, seen) if known else _first(seen)
    changed = known is None or _differ(known, operation, changes)
    first = _first_progress(before, operation, now)
    return Snapshot(
        watch=before.watch,
        operation=operation,
        charged=_most(before.charged, operation.amounts),
        up=seen.state is not State.UNKNOWN,
        last_success=now,
        last_change=now if changed else before.last_change,
        finished_at=(before.finished_at or now) if operation.state.finished else None,
        first_progress=first,
        estimated_completion=(
            _estimate(first, operation, now) if changed else before.estimated_completion
        ),
        incomplete=before.incomplete if seen.unreadable is None else seen.incomplete,
        unreadable_since=_unreadable_since(before, seen, now),
    )


def _most(before: Amounts, now: Amounts) -> Amounts:
    """Of each amount the larger one; the same object where nothing has grown."""
    grown = {amount: value for amount, value in now.items() if value > before.get(amount, 0)}
    return {**before, **grown} if grown else before


def _first(seen: Operation) -> tuple[Operation, Sequence[Change]]:
    return replace(seen, documents=packed(seen.documents), unreadable=None, incomplete=""), ()


def _unreadable_since(before: Snapshot, seen: Operation, now: float) -> Mapping[str, float]:
    if seen.unreadable is None:
        return before.unreadable_since
    return {id_: before.unreadable_since.get(id_, now) for id_ in seen.unreadable}


def newest(known: Operation, seen: Operation) -> tuple[Operation, Sequence[Change]]:
    """Of two observations of one operation, what to believe, and which documents changed.

    Documents have answers, and caches, of their own: the rule holds for each on its own. What did
    not change stays the same object, the operation as a whole and the mapping of its documents.
    """
    documents, changes = packed(known.documents).merged(seen.documents, _supersedes)
    kept = seen if _supersedes(seen, known) else known
    now = replace(kept, documents=documents, unreadable=None, incomplete="")
    return (known if now == known and not changes else now), changes


def _supersedes(seen: Operation | Document, known: Operation | Document) -> bool:
    """Later by Azure's own clock wins; without one, further along. Finished is never left."""
    if known.state.finished and seen.state is not known.state:
        return False
    if seen.last_action and known.last_action and seen.last_action != known.last_action:
        return seen.last_action > known.last_action
    if State.UNKNOWN in {seen.state, known.state}:
        return True  # nobody can say which of the two is further along
    return _rank(seen.state) >= _rank(known.state)


def _rank(state: State) -> int:
    return _RANK_FINISHED if state.finished else _RANK[state]


def _differ(known: Operation, now: Operation, changes: Sequence[Change]) -> bool:
    """Whether `last_change` moves: another state, count, progress or amount."""
    return _face(known) != _face(now) or any(
        change.earlier is None or _document_face(change.earlier) != _document_face(change.now)
        for change in changes
    )


def _face(operation: Operation) -> tuple[object, ...]:
    return operation.word, operation.counts, operation.progress, operation.amounts


def _document_face(document: Document) -> tuple[object, ...]:
    return document.word, document.progress, document.characters_charged


def _first_progress(
    before: Snapshot,
    operation: Operation,
    now: float,
) -> tuple[float, float] | None:
    if operation.state is not State.RUNNING or operation.progress is None:
        return None
    return before.first_progress or (now, operation.progress)


def _estimate(first: tuple[float, float] | None, operation: Operation, now: float) -> float | None:
    """Unix seconds at which progress reaches 1, if it goes on as it did since `first`."""
    if first is None or operation.progress is None:
        return None
    since, progress = first
    gained = operation.progress - progress
    if gained <= 0:
        return None
    return now + (1 - operation.progress) * (now - since) / gained


def shifted(before: Snapshot, by: float) -> Snapshot:
    """The snapshot by a clock that was put forward by so many seconds, or back.

    What was seen is as old as it was; Azure's own times stay.
    """

    def moved(at: float | None) -> float | None:
        return None if at is None else at + by

    first = before.first_progress
    return replace(
        before,
        last_success=moved(before.last_success),
        last_change=moved(before.last_change),
        finished_at=moved(before.finished_at),
        first_progress=None if first is None else (first[0] + by, first[1]),
        estimated_completion=moved(before.estimated_completion),
        unreadable_since={id_: at + by for id_, at in before.unreadable_since.items()},
    )


def expired(before: Snapshot, now: float, stale_after: float) -> Snapshot:
    """The snapshot without what could not be read for too long; the same where all is fresh.

    What a finished operation said stays true, so it never gets stale.
    """
    operation = before.operation
    if operation is None or before.last_success is None or before.stale:
        return before
    if not operation.state.finished and now - before.last_success > stale_after:
        return replace(before, stale=True, up=False)
    overdue = {id_ for id_, since in before.unreadable_since.items() if now - since > stale_after}
    if not overdue or overdue.isdisjoint(operation.documents):
        return before
    kept = Documents.of(each for each in operation.documents.values() if each.id not in overdue)
    return replace(before, operation=replace(operation, documents=kept))
