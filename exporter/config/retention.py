"""The settings of how long series stay."""

from typing import Annotated

from pydantic import Field

from exporter.model.operation import State
from exporter.settings import durations
from exporter.settings.schema_hints import Short
from exporter.settings.types import Duration, Strict, between, parse_duration, within

_BOUNDS = (0, 31536000, "at most 365d")
_DEFAULT = 86400.0
Kept = Annotated[Duration, between(*_BOUNDS)]


class FinishedRetention(Strict):
    """How long a discovered operation is kept after its last action, by its final state."""

    succeeded: Kept | None = None
    """For the state Succeeded; by default the value of `default`."""
    failed: Kept | None = None
    """For the states Failed, PartiallySucceeded, ValidationFailed and Expired; by default the value
    of `default`.
    """
    default: Kept = _DEFAULT
    """For all other states."""

    def after(self, state: State) -> float:
        """Seconds that an operation stays that ended in this state."""
        kept = self.failed if state.bad else self.succeeded if state is State.SUCCEEDED else None
        return self.default if kept is None else kept


def _by_outcome(value: object) -> object:
    """The mapping for a duration alone, which is meant for every outcome."""
    if isinstance(value, dict | FinishedRetention):
        return value
    return {"default": within(*_BOUNDS, parse_duration(value))}


_ALONE = Short(_by_outcome, shown=lambda _: {"type": "string", "pattern": durations.PATTERN})


class Retention(Strict):
    """How long series are kept."""

    finished: Annotated[FinishedRetention, _ALONE, Field(json_schema_extra={"default": "24h"})] = (
        FinishedRetention()
    )
    """A discovered operation is dropped this long after its last action; a configured one is kept.
    One duration, or one for each outcome.
    """
    stale_after: Kept = 600.0
    """Series of an operation that cannot be read disappear after this time, which must be at least
    twice the longest interval.
    """
