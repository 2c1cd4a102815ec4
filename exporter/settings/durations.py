"""Pure: durations as text, with Prometheus' units: `500ms`, `30s`, `1h30m`, `7d`, `2w`, `1y`.

https://prometheus.io/docs/prometheus/latest/querying/basics/#time-durations
"""

import re

_UNITS = {
    "ms": 0.001,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86400.0,
    "w": 604800.0,
    "y": 31536000.0,
}
UNITS = ", ".join(_UNITS)  # for messages
_ANY_UNIT = "|".join(_UNITS)
PATTERN = rf"^([0-9]+(\.[0-9]+)?({_ANY_UNIT}))+$"  # for a JSON Schema

_PART = re.compile(rf"([0-9]+(?:\.[0-9]+)?)({_ANY_UNIT})")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")


def seconds_of(text: str) -> float | None:
    """The seconds of a duration; None: the text is not a duration."""
    if not _WHOLE.fullmatch(text):
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))


def duration_text(seconds: float) -> str:
    """A duration in the largest unit, up to hours, that gives a whole number."""
    for unit in ("h", "m"):
        if seconds and seconds % _UNITS[unit] == 0:
            return f"{seconds / _UNITS[unit]:g}{unit}"
    return f"{seconds:g}s"
