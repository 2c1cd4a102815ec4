"""Times, counts and shares as text for people. Pure."""

from datetime import UTC, datetime

from msgspec import Struct

from exporter.model.operation import Number, State

_DAY = 86400
_UNITS = ((_DAY, "d"), (3600, "h"), (60, "min"), (1, "s"))


class When(Struct, frozen=True, gc=False):
    """A time for the element `<time>`: machine-readable, in full, in short, and from now."""

    iso: str
    full: str
    short: str
    relative: str


def when(at: float | None, now: float) -> When | None:
    """A time in Unix seconds; None if there is none, or the calendar has no such day."""
    if at is None:
        return None
    try:
        moment = datetime.fromtimestamp(at, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    text = moment.isoformat(" ", "seconds")
    day, time = text[:10], text[11:19]
    return When(
        iso=f"{day}T{time}Z",
        full=f"{day} {time} UTC",
        short=time if at // _DAY == now // _DAY else f"{day} {time[:5]}",
        relative=_relative_text(at - now),
    )


def _relative_text(seconds: float) -> str:
    if abs(seconds) < 1:
        return "now"
    return f"in {span(seconds)}" if seconds > 0 else f"{span(-seconds)} ago"


def span(seconds: float) -> str:
    """A span of time in at most two units: `3 min`, `2 h 5 min`, `4 d 3 h`."""
    remaining = int(seconds)
    for index, (size, unit) in enumerate(_UNITS):
        if remaining >= size:
            text = f"{remaining // size} {unit}"
            if index in {0, 1} and (more := remaining % size // _UNITS[index + 1][0]):
                text += f" {more} {_UNITS[index + 1][1]}"
            return text
    return "0 s"


def duration(seconds: float) -> str:
    """The time that a request took, in milliseconds, or in seconds from 1 s."""
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def amount(value: Number) -> str:
    """An amount, with commas between thousands: `1,234,567`, `2.5`."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.1f}"  # noqa: PLR2004


_TONES = {
    State.NOT_STARTED: "waiting",
    State.PAUSED: "waiting",
    State.RUNNING: "active",
    State.CANCELLING: "ended",
    State.SUCCEEDED: "good",
    State.UNKNOWN: "unknown",
}


def tone(word: str) -> str:
    """The CSS class of a state."""
    state = State(word)
    return "bad" if state.bad else _TONES.get(state, "ended")


def share(ratio: float) -> int:
    """A ratio in per cent; 100 only if all is done."""
    return min(99, int(ratio * 100)) if ratio < 1 else 100
