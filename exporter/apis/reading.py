"""Pieces of a pure parse: what Azure writes, as a value or as nothing."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, TypeVar

from pydantic import AliasChoices, BeforeValidator, Field

from exporter.azure.body import Body
from exporter.model.operation import Counts, Fault, State
from exporter.model.quantities import Counted
from exporter.text import LABEL_LIMIT, public

Name = TypeVar("Name")
Value = TypeVar("Value")

_COUNT_LIMIT = 2**63
_TIME_LIMIT = 253_402_300_800  # Unix seconds; the year 10000, which no calendar here has


def words(*states: State, **others: State) -> Mapping[str, State]:
    """Azure's words for states: those that are spelled as ours, and others."""
    return {state.value: state for state in states} | others


def read_state(word: str, known: Mapping[str, State]) -> State:
    """The state that Azure's word means; a word that the API does not have is `Unknown`."""
    return known.get(word, State.UNKNOWN)


def read_timestamp(said: object) -> float | None:
    """Unix seconds of a moment as Azure writes it; None where it cannot be one.

    Seen on the wire: Unix seconds; or a date-time with 0 to 7 fraction digits, `Z`, an offset, or
    none of these, which is UTC. Null, an empty text, 0, -1 and .NET's empty date, the year 1, all
    mean that nothing was said.
    """
    if type(said) is int or type(said) is float:
        return float(said) if 0 < said < _TIME_LIMIT else None
    if not isinstance(said, str):
        return None
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return None
    seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return seconds if seconds > 0 else None


def told(said: Mapping[Name, Value | None]) -> Mapping[Name, Value]:
    """What Azure said of it."""
    return {name: value for name, value in said.items() if value is not None}


def counted(said: Mapping[Counted, Mapping[State, int | None]]) -> Counts:
    """The counts that Azure said, each by the states that it said."""
    counts = {noun: told(by_state) for noun, by_state in said.items()}
    return {noun: by_state for noun, by_state in counts.items() if by_state}


def read_ratio(said: object) -> float | None:
    """0 to 1; None where it cannot be one."""
    if type(said) is float or type(said) is int:
        return said if 0 <= said <= 1 else None
    return None


def read_count(said: object) -> int | None:
    """0 or more; None where it cannot be a count."""
    return said if type(said) is int and 0 <= said < _COUNT_LIMIT else None


def _text(said: object) -> object:
    number = isinstance(said, int) and not isinstance(said, bool)
    return str(said) if number else said if isinstance(said, str) else None


def _mapping(said: object) -> object:
    return said if isinstance(said, dict) else None


Timestamp = Annotated[float | None, BeforeValidator(read_timestamp)]
Count = Annotated[int, Field(ge=0, lt=_COUNT_LIMIT)]
Text = Annotated[str | None, BeforeValidator(_text)]


class ErrorBody(Body):
    """An error inside a body, its inner error in both spellings that Azure has.

    A part of another kind than promised is left out: the state beside it is worth more.
    """

    code: Text = None
    message: Text = None
    target: Text = None
    inner_error: "MaybeError" = Field(
        None,
        validation_alias=AliasChoices("innerError", "innererror"),
    )

    def fault(self) -> Fault:
        inner = self.inner_error
        target = self.target or (inner.target if inner else None)
        return Fault(
            code=public(self.code or "", LABEL_LIMIT),
            inner_code=public((inner.code if inner else None) or "", LABEL_LIMIT),
            target=public(target or "", LABEL_LIMIT),
            message=self.message or (inner.message if inner else None) or "",
        )


MaybeError = Annotated[ErrorBody | None, BeforeValidator(_mapping)]
