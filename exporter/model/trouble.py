"""Pure: which operations are in trouble. The rules are those of the alerts in the chart's `rules/`.

Their `for` is not waited for: whoever looks wants to know now.
"""

import re
from typing import NamedTuple

from exporter.model.operation import Operation, State
from exporter.model.quantities import Counted
from exporter.model.snapshot import Snapshot

# The thresholds of the same names in rules/operations.yaml.
RECENT_SECONDS = 3600.0
STUCK_SECONDS = 1800.0
QUEUED_SECONDS = 1800.0
LATE_SECONDS = 900.0

_RUNS = frozenset({State.RUNNING, State.CANCELLING})


CANNOT_BE_READ = "cannot be read"
STUCK = "stuck"
QUEUED = "queued too long"
LATE = "late"


def _apart(state: State) -> str:
    """The state in words: `validation failed`."""
    return re.sub("(?<=[a-z])(?=[A-Z])", " ", state.value).lower()


def _parts_failed(counted: Counted) -> str:
    return f"{counted.words} failed"


_BAD_ENDS = {state: _apart(state) for state in State if state.bad}

# All that can be wrong, the worst first.
KINDS = (
    *_BAD_ENDS.values(),
    CANNOT_BE_READ,
    STUCK,
    *map(_parts_failed, Counted),
    QUEUED,
    LATE,
)
RANK = {kind: rank for rank, kind in enumerate(KINDS)}


class Trouble(NamedTuple):
    """What is wrong with an operation: one of KINDS; `since` in Unix seconds, None: unknown."""

    kind: str
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
        found.append(Trouble(CANNOT_BE_READ, snapshot.last_change if unknown else seen))
    if known is None or snapshot.stale or seen is None:
        return tuple(found)
    changed, end = snapshot.last_change, snapshot.estimated_completion
    if changed is not None and seen - changed > STUCK_SECONDS and known.state in _RUNS:
        found.append(Trouble(STUCK, changed))
    if known.state is State.NOT_STARTED:
        queued = changed if known.created is None else known.created
        if queued is not None and seen - queued > QUEUED_SECONDS:
            found.append(Trouble(QUEUED, queued))
    if end is not None and seen - end > LATE_SECONDS:
        found.append(Trouble(LATE, end))
    return tuple(found)


def _ended(snapshot: Snapshot, known: Operation, now: float) -> tuple[Trouble, ...]:
    """An end that was bad, or parts of it that were, while it is recent."""
    at = snapshot.last_change if known.last_action is None else known.last_action
    if at is None or at <= now - RECENT_SECONDS:
        return ()
    if known.state.bad:
        return (Trouble(_BAD_ENDS[known.state], at),)
    if known.state is not State.SUCCEEDED:
        return ()
    return tuple(
        Trouble(_parts_failed(counted), at)
        for counted, by_state in known.counts.items()
        if any(count and state.bad for state, count in by_state.items())
    )
