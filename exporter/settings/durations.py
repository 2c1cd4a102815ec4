"""Pure: durations as people write them: `30s`, `5m`, `24h`, `1h30m`, `500ms`."""

import re

PATTERN = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$"  # for a JSON Schema

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")


def seconds_of(written: str) -> float | None:
    """The seconds of a duration; None: it is none."""
    if not _WHOLE.fullmatch(written):
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(written))


def written(seconds: float) -> str:
    """A duration as a person would write it, in the largest unit up to hours that is whole."""
    for unit in ("h", "m"):
        if seconds and seconds % _UNITS[unit] == 0:
            return f"{seconds / _UNITS[unit]:g}{unit}"
    return f"{seconds:g}s"
