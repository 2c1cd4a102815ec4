"""Pure: which operations are in trouble. The rules are those of the alerts in the chart's `rules/`.

The alerts wait for their `for`; this does not.
"""

import re
from typing import NamedTuple

from exporter.model.operation import Operation, State
from exporter.model.quantities import Counted
from exporter.model.snapshot import Snapshot

# The thresholds of these alerts in rules/operations.yaml; "stuck" and "queued" have the API's.
RECENT_SECONDS = 3600.0
LATE_SECONDS = 900.0
PAST_DEADLINE_SECONDS = 600.0

_RUNNING_STATES = frozenset({State.RUNNING, State.CANCELLING})
_DUE_STATES = _RUNNING_STATES | {State.NOT_STARTED}


CANNOT_BE_READ = "cannot be read"
STUCK = "stuck"
QUEUED = "queued too long"
PAST_DEADLINE = "past its deadline"
LATE = "late"


def _state_words(state: State) -> str:
    """The state in words: `validation failed`."""
    return re.sub("(?<=[a-z])(?=[A-Z])", " ", state.value).lower()


def _parts_failed(counted: Counted) -> str:
    return f"{counted.words} failed"


def kind_of(what: State | Counted) -> str:
    """The kind of trouble of an operation that ended in a bad state, or whose parts did."""
    return _parts_failed(what) if isinstance(what, Counted) else _state_words(what)


_BAD_ENDS = {state: _state_words(state) for state in State if state.bad}

# All kinds of trouble, first those in which somebody can still save the operation.
KINDS = (
    CANNOT_BE_READ,
    STUCK,
    PAST_DEADLINE,
    QUEUED,
    LATE,
    *_BAD_ENDS.values(),
    *map(_parts_failed, Counted),
)
RANK = {kind: rank for rank, kind in enumerate(KINDS)}


class Trouble(NamedTuple):
    """One trouble of an operation: one of KINDS, `since` Unix seconds; None: unknown."""

    kind: str
    since: float | None


def troubles(snapshot: Snapshot, now: float) -> tuple[Trouble, ...]:
    """All troubles of an operation at `now` (Unix seconds), the worst first."""
    operation = snapshot.operation
    if operation is not None and not snapshot.stale and operation.state.finished:
        return _ended(snapshot, operation, now)
    result: list[Trouble] = []
    last_success = snapshot.last_success
    if snapshot.up is False:
        # An unknown word was read, but is not understood.
        unknown = operation is not None and operation.state is State.UNKNOWN
        since = snapshot.last_change if unknown else last_success
        result.append(Trouble(CANNOT_BE_READ, since))
    if operation is None or snapshot.stale or last_success is None:
        return tuple(result)
    changed, end = snapshot.last_change, snapshot.estimated_completion
    stuck = changed is not None and last_success - changed > snapshot.watch.stuck_after
    if stuck and operation.state in _RUNNING_STATES:
        result.append(Trouble(STUCK, changed))
    deadline = operation.deadline
    overdue = deadline is not None and last_success - deadline > PAST_DEADLINE_SECONDS
    if overdue and operation.state in _DUE_STATES:
        result.append(Trouble(PAST_DEADLINE, deadline))
    if operation.state is State.NOT_STARTED:
        queued = changed if operation.created is None else operation.created
        if queued is not None and last_success - queued > snapshot.watch.queued_after:
            result.append(Trouble(QUEUED, queued))
    if end is not None and last_success - end > LATE_SECONDS:
        result.append(Trouble(LATE, end))
    return tuple(result)


def ended_badly(operation: Operation) -> bool:
    """Whether it has ended, and somebody should check how."""
    return operation.state.bad or bool(_failed_parts(operation))


def _failed_parts(operation: Operation) -> tuple[str, ...]:
    """The kinds of trouble of an operation that succeeded but for some of its parts."""
    if operation.state is not State.SUCCEEDED:
        return ()
    return tuple(
        _parts_failed(counted)
        for counted, by_state in operation.counts.items()
        if any(count and state.bad for state, count in by_state.items())
    )


def ended_recently(snapshot: Snapshot, now: float) -> bool:
    """Whether a finished operation ended within the time in which alerts about its end fire."""
    at = _end(snapshot)
    return at is not None and at > now - RECENT_SECONDS


def _end(snapshot: Snapshot) -> float | None:
    """The end of a finished operation: by Azure's time, or else as it was seen."""
    operation = snapshot.operation
    known = operation.last_action if operation else None
    return snapshot.last_change if known is None else known


def _ended(snapshot: Snapshot, operation: Operation, now: float) -> tuple[Trouble, ...]:
    """The trouble of a finished operation, while its end is recent."""
    if not ended_recently(snapshot, now):
        return ()
    at = _end(snapshot)
    if operation.state.bad:
        return (Trouble(_BAD_ENDS[operation.state], at),)
    return tuple(Trouble(kind, at) for kind in _failed_parts(operation))
