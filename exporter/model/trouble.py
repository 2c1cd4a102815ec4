"""Pure: which operations are in trouble. The rules are those of the alerts in the chart's `rules/`.

Their `for` is not waited for: whoever looks wants to know now.
"""

from enum import StrEnum
from typing import NamedTuple

from exporter.model.operation import Operation, State
from exporter.model.snapshot import Snapshot

# Seconds; the thresholds of the same names in rules/operations.yaml.
RECENT = 3600.0
STUCK = 1800.0
QUEUED = 1800.0
LATE = 900.0

_RUNS = frozenset({State.RUNNING, State.CANCELLING})


class Kind(StrEnum):
    """The worst first."""

    FAILED = "failed"
    VALIDATION_FAILED = "validation failed"
    UNREADABLE = "cannot be read"
    STUCK = "stuck"
    DOCUMENTS_FAILED = "documents failed"
    QUEUED = "queued too long"
    LATE = "late"


_BAD_ENDS = {
    State.FAILED: Kind.FAILED,
    State.VALIDATION_FAILED: Kind.VALIDATION_FAILED,
}
RANK = {kind: rank for rank, kind in enumerate(Kind)}


class Trouble(NamedTuple):
    """What is wrong with an operation; `since` in Unix seconds, None where nobody knows."""

    kind: Kind
    since: float | None


def troubles(snapshot: Snapshot, now: float) -> tuple[Trouble, ...]:
    """All that is wrong, the worst first."""
    known = snapshot.operation
    if known is not None and not snapshot.stale and known.state.finished:
        return _ended(snapshot, known, now)
    found: list[Trouble] = []
    seen = snapshot.last_success
    if snapshot.up is False:
        unknown = known is not None and known.state is State.UNKNOWN  # read, but not understood
        found.append(Trouble(Kind.UNREADABLE, snapshot.last_change if unknown else seen))
    if known is None or snapshot.stale or seen is None:
        return tuple(found)
    changed, end = snapshot.last_change, snapshot.estimated_completion
    if changed is not None and seen - changed > STUCK and known.state in _RUNS:
        found.append(Trouble(Kind.STUCK, changed))
    if known.state is State.NOT_STARTED:
        queued = changed if known.created is None else known.created
        if queued is not None and seen - queued > QUEUED:
            found.append(Trouble(Kind.QUEUED, queued))
    if end is not None and seen - end > LATE:
        found.append(Trouble(Kind.LATE, end))
    return tuple(found)


def _ended(snapshot: Snapshot, known: Operation, now: float) -> tuple[Trouble, ...]:
    """An end that was bad, while it is recent."""
    kind = _BAD_ENDS.get(known.state)
    if known.state is State.SUCCEEDED and known.counts and known.counts.get(State.FAILED):
        kind = Kind.DOCUMENTS_FAILED
    at = snapshot.last_change if known.last_action is None else known.last_action
    if kind is None or at is None or at <= now - RECENT:
        return ()
    return (Trouble(kind, at),)
