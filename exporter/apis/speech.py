"""The common parts of the Speech APIs."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import AliasChoices, Field

from exporter.apis.base import StatusBody
from exporter.apis.reading import (
    Count,
    MaybeError,
    Timestamp,
    Word,
    counted,
    read_state,
    read_timestamp,
)
from exporter.azure.body import Body
from exporter.model.operation import Amounts, Counts, Operation, State
from exporter.model.quantities import Counted
from exporter.settings.types import OperationEntry, matching

_HOUR_SECONDS = 3600

SPEECH_KINDS = ("SpeechServices", "AIServices")  # of accounts

SYNTHESIS_ERROR_CODES = (
    "BadRequest",
    "BadArgument",
    "Unauthorized",
    "Forbidden",
    "NotFound",
    "UnsupportedMediaType",
    "TooManyRequests",
    "InternalServerError",
    "ServiceUnavailable",
)


class SpeechStatus(StatusBody):
    """`{"id", "status"}`: all that Azure documents; no times, no progress, no error."""

    words: ClassVar[Mapping[str, State]]  # of the API

    status: Word

    def operation(self) -> Operation:
        return Operation(state=read_state(self.status, self.words), word=self.status)


class JobProperties(Body):
    """The `properties` of a job."""

    hours_to_live: Count | None = Field(
        None, validation_alias=AliasChoices("timeToLiveInHours", "timeToLiveHours")
    )
    error: MaybeError = None

    def counts(self) -> Counts:
        """The outputs of the job by state."""
        return {}

    def amounts(self) -> Amounts:
        """What the job was charged for, used or made."""
        return {}


class JobStatus(SpeechStatus):
    """A job with times. Other fields have signed URLs and texts of users, so they are not read."""

    created: Timestamp = Field(None, validation_alias="createdDateTime")
    last_action: Timestamp = Field(None, validation_alias="lastActionDateTime")
    properties: JobProperties | None = None

    def operation(self) -> Operation:
        properties = self.properties or JobProperties()
        state = read_state(self.status, self.words)
        return Operation(
            state=state,
            word=self.status,
            created=self.created,
            last_action=self.last_action,
            counts=properties.counts(),
            amounts=properties.amounts(),
            fault=properties.error.fault() if properties.error else None,
            expires=self._expires(properties.hours_to_live) if state.finished else None,
        )

    def _expires(self, hours_to_live: int | None) -> float | None:
        """The time to live is counted from the end, which is the last action of a finished job."""
        if self.last_action is None or hours_to_live is None:
            return None
        return read_timestamp(self.last_action + hours_to_live * _HOUR_SECONDS)


def outputs(succeeded: int | None, failed: int | None) -> Counts:
    """The counts of a synthesis."""
    return counted({Counted.OUTPUTS: {State.SUCCEEDED: succeeded, State.FAILED: failed}})


# The pattern is on the page of each API.
SpeechId = Annotated[
    str,
    matching(
        r"[a-zA-Z0-9][a-zA-Z0-9._-]{1,62}[a-zA-Z0-9]",
        "3 to 64 letters, digits, '.', '_' or '-', a letter or digit at both ends",
    ),
]


class SpeechOperation(OperationEntry):
    """One operation of a Speech API."""

    id: SpeechId
    """The Operation-Id of the PUT request that started it."""
