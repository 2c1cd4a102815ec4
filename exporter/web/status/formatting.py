"""Pure: times, counts and shares as people read them."""

from dataclasses import dataclass
from datetime import UTC, datetime

from exporter.model.operation import State

_DAY = 86400
_UNITS = ((_DAY, "d"), (3600, "h"), (60, "min"), (1, "s"))


@dataclass(frozen=True, slots=True)
class When:
    """A moment, for a `<time>`: for programs, in full, in short, and from now."""

    iso: str
    full: str
    short: str
    relative: str


def when(at: float | None, now: float) -> When | None:
    """A moment in Unix seconds; None where there is none, or a calendar has no such day."""
    if at is None:
        return None
    try:
        moment = datetime.fromtimestamp(at, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    today = moment.date() == datetime.fromtimestamp(now, UTC).date()
    return When(
        iso=moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        full=moment.strftime("%Y-%m-%d %H:%M:%S UTC"),
        short=moment.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M"),
        relative=_relative(at - now),
    )


def _relative(seconds: float) -> str:
    if abs(seconds) < 1:
        return "now"
    return f"in {span(seconds)}" if seconds > 0 else f"{span(-seconds)} ago"


def span(seconds: float) -> str:
    """Two units at most: `3 min`, `2 h 5 min`, `4 d 3 h`."""
    rest = int(seconds)
    for index, (size, unit) in enumerate(_UNITS):
        if rest >= size:
            text = f"{rest // size} {unit}"
            if index in {0, 1} and (more := rest % size // _UNITS[index + 1][0]):
                text += f" {more} {_UNITS[index + 1][1]}"
            return text
    return "0 s"


def duration(seconds: float) -> str:
    """Of a request: milliseconds, or seconds where it took that long."""
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


_TONES = {
    State.NOT_STARTED: "waiting",
    State.PAUSED: "waiting",
    State.RUNNING: "active",
    State.CANCELLING: "ended",
    State.SUCCEEDED: "good",
    State.UNKNOWN: "unknown",
}


def tone(word: str) -> str:
    """The class of a state in the style sheet."""
    state = State(word)
    return "bad" if state.bad else _TONES.get(state, "ended")


def share(ratio: float) -> int:
    """Per cent; 100 only when all is done."""
    return min(99, int(ratio * 100)) if ratio < 1 else 100
