"""The vocabulary of settings: the strict model, and the kinds of value that it is made of."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError


class Strict(BaseModel):
    """Settings as written: unknown keys are errors, nothing changes after loading."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=True,
    )


def problem(text: str) -> PydanticCustomError:
    """A finished sentence for the person who wrote the configuration."""
    return PydanticCustomError("problem", "{text}", {"text": text})


_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_DURATION = re.compile(rf"(?:{_PART.pattern})+")


def parse_duration(written: object) -> float:
    """Seconds of `30s`, `5m`, `24h`, `1h30m`, `500ms`.

    Raises:
        PydanticCustomError: it is not a duration.
    """
    if isinstance(written, float):
        return written
    if not isinstance(written, str) or not _DURATION.fullmatch(written):
        shown = f"{written[:20]!r} is" if isinstance(written, str) else "this is"
        raise problem(f"{shown} not a duration; write a number with its unit, like 30s, 5m or 24h")
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(written))


def between(low: float, high: float, said: str) -> AfterValidator:
    """A number from `low` to `high`; `said` names the bounds for people."""

    def check(value: float) -> float:
        if not low <= value <= high:
            raise problem(f"is out of range; must be {said}")
        return value

    return AfterValidator(check)


Duration = Annotated[float, BeforeValidator(parse_duration)]


def matching(pattern: str, what: str) -> AfterValidator:
    """Text of which all matches `pattern`; `what` says what would be right."""
    compiled = re.compile(pattern, re.ASCII)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise problem(f"{value[:40]!r} is impossible; must be {what}")
        return value

    return AfterValidator(check)


def known_words(words: tuple[str, ...]) -> AfterValidator:
    """One of `words`."""

    def check(value: str) -> str:
        if value not in words:
            raise problem(f"{value[:40]!r} is unknown; must be one of {', '.join(words)}")
        return value

    return AfterValidator(check)


Uuid = Annotated[
    str,
    matching(
        r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        "a UUID like 727bf148-f327-47a0-9481-abae6362f11e",
    ),
    AfterValidator(str.lower),
]

_RESERVED = frozenset({"resource", "api", "operation", "kind", "name"})


def _label_names(labels: dict[str, str]) -> dict[str, str]:
    for name in labels:
        if not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name, re.ASCII) or name.startswith("__"):
            raise problem(
                f"{name[:40]!r} is no label name; use letters, digits and _, "
                "a letter first and no __ in front",
            )
        if name in _RESERVED:
            raise problem(f"label {name!r} is set by the exporter; choose another name")
    return labels


Labels = Annotated[dict[str, str], AfterValidator(_label_names)]


class Entry(Strict):
    """One watched operation: an id alone, or a mapping with `id` and options."""

    id: str
    labels: Labels = {}


def entry_from_id(written: object) -> object:
    """The mapping that an id alone stands for."""
    return {"id": written} if isinstance(written, str) else written
