"""Pure: which operations are in trouble. The rules are those of the alerts in the chart's `rules/`.

Their `for` is not waited for: whoever looks wants to know now.
"""

from dataclasses import dataclass
from enum import StrEnum

from exporter.model import State
from exporter.snapshot import Snapshot

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


RANK = {kind: rank for rank, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with an operation; `since` in Unix seconds, None where nobody knows."""

    kind: Kind
    since: float | None


def troubles(snapshot: Snapshot, now: float) -> tuple[Trouble, ...]:
    """All that is wrong, the worst first."""
    known, seen = snapshot.shown, snapshot.last_success
    finished = known is not None and known.state.finished
    found: list[Trouble] = []
    if known and finished:
        if known.state is State.SUCCEEDED and not (known.counts or {}).get(State.FAILED):
            return ()
        ended = known.last_action or snapshot.last_change
        if ended is not None and ended > now - RECENT:
            if known.state is State.FAILED:
                found.append(Trouble(Kind.FAILED, ended))
            elif known.state is State.VALIDATION_FAILED:
                found.append(Trouble(Kind.VALIDATION_FAILED, ended))
            elif known.state is State.SUCCEEDED:
                found.append(Trouble(Kind.DOCUMENTS_FAILED, ended))
        return tuple(found)
    if snapshot.up is False:
        found.append(Trouble(Kind.UNREADABLE, seen))
    if known is None or seen is None:
        return tuple(found)
    changed, end = snapshot.last_change, snapshot.estimated_completion
    if known.state in _RUNS and changed is not None and seen - changed > STUCK:
        found.append(Trouble(Kind.STUCK, changed))
    if known.state is State.NOT_STARTED:
        queued = changed if known.created is None else known.created
        if queued is not None and seen - queued > QUEUED:
            found.append(Trouble(Kind.QUEUED, queued))
    if end is not None and seen - end > LATE:
        found.append(Trouble(Kind.LATE, end))
    return tuple(found)
