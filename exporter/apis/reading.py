"""Parts of a pure parse: what Azure sends, as a value or as None."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field

from exporter.azure.body import Body
from exporter.model.operation import Counts, Fault, State
from exporter.model.quantities import Counted
from exporter.text import KEPT_LIMIT, LABEL_LIMIT, public

Name = TypeVar("Name")
Value = TypeVar("Value")

COUNT_LIMIT = 2**63
_PLAIN_WORDS = {state.value for state in State}  # and those of the APIs
_TIME_LIMIT = 253_402_300_800  # Unix seconds; the year 10000, too late for datetime


def words(*states: State, **others: State) -> Mapping[str, State]:
    """Azure's words for states: those that are spelled like our states, and others.

    From then on these words are not foreign text, for `read_word`.
    """
    _PLAIN_WORDS.update(others)
    return {state.value: state for state in states} | others


def read_state(word: str, states: Mapping[str, State]) -> State:
    """The state for Azure's word; `Unknown` if the API does not have this word."""
    return states.get(word, State.UNKNOWN)


def read_timestamp(value: object) -> float | None:
    """Unix seconds of a time as Azure sends it; None if it is not valid.

    Real answers have Unix seconds, or a date-time with 0 to 7 fraction digits and `Z`, an offset or
    neither (then UTC). Null, an empty text, 0, -1 and .NET's empty date (the year 1) mean: no time.
    """
    if not isinstance(value, str):
        if type(value) is int or type(value) is float:
            return float(value) if 0 < value < _TIME_LIMIT else None
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return seconds if seconds > 0 else None


def without_none(values: Mapping[Name, Value | None]) -> Mapping[Name, Value]:
    """The values that Azure sent."""
    return {name: value for name, value in values.items() if value is not None}


def counted(counts: Mapping[Counted, Mapping[State, int | None]]) -> Counts:
    """The counts that Azure sent, each by the states that it sent."""
    known = {noun: without_none(by_state) for noun, by_state in counts.items()}
    return {noun: by_state for noun, by_state in known.items() if by_state}


def read_ratio(value: object) -> float | None:
    """0 to 1; None if it is not a ratio."""
    if type(value) is float or type(value) is int:
        return value if 0 <= value <= 1 else None
    return None


def read_count(value: object) -> int | None:
    """0 or more; None if it is not a count."""
    return value if type(value) is int and 0 <= value < COUNT_LIMIT else None


def read_number(value: object) -> int | float | None:
    """A number from 0; None if it is not one."""
    if type(value) is float or type(value) is int:
        return value if 0 <= value < COUNT_LIMIT else None
    return None


def _text_or_none(value: object) -> object:
    number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if number else value if isinstance(value, str) else None


def _mapping_or_none(value: object) -> object:
    return value if isinstance(value, dict) else None


Timestamp = Annotated[float | None, BeforeValidator(read_timestamp)]
# The same for APIs that send Unix seconds: a number or null is read without Python, which is slow.
UnixTime = Annotated[
    Annotated[float, Field(gt=0, lt=_TIME_LIMIT, strict=True)] | Timestamp | None,
    Field(union_mode="left_to_right"),
]
_COUNT = Field(ge=0, lt=COUNT_LIMIT, strict=True)
Count = Annotated[int, _COUNT]
Quantity = Annotated[int, _COUNT] | Annotated[float, _COUNT]


def read_word(word: str) -> str:
    """Azure's word for a state, safe to show: a word that is not known is foreign text."""
    return word if word in _PLAIN_WORDS else public(word, LABEL_LIMIT)


Word = Annotated[str, AfterValidator(read_word)]
Text = Annotated[str | None, BeforeValidator(_text_or_none)]


class ErrorBody(Body):
    """An error inside a body; Azure has two spellings for its inner error.

    A field with an unexpected type is left out, so that the state in the same body can be read.
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
            message=public(self.message or (inner.message if inner else None) or "", KEPT_LIMIT),
        )


MaybeError = Annotated[ErrorBody | None, BeforeValidator(_mapping_or_none)]
