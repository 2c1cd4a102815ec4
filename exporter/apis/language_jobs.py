"""The common parts of the jobs of Azure AI Language.

https://learn.microsoft.com/rest/api/language/
"""

from typing import Annotated

from pydantic import AliasChoices, BeforeValidator, Field

from exporter.apis.base import StatusBody
from exporter.apis.reading import MaybeError, Timestamp, Word, read_state, words
from exporter.model.operation import Operation, State
from exporter.settings.types import UUID, OperationEntry, matching

WORDS = words(
    notStarted=State.NOT_STARTED,
    running=State.RUNNING,
    succeeded=State.SUCCEEDED,
    partiallyCompleted=State.PARTIALLY_SUCCEEDED,
    failed=State.FAILED,
    cancelling=State.CANCELLING,
    cancelled=State.CANCELLED,
)
ERROR_CODES = (
    "InvalidRequest",
    "InvalidArgument",
    "Unauthorized",
    "Forbidden",
    "NotFound",
    "ProjectNotFound",
    "OperationNotFound",
    "TooManyRequests",
    "InternalServerError",
    "ServiceUnavailable",
    "Timeout",
    "QuotaExceeded",
    "Conflict",
    "Warning",
)

# Names of projects and deployments: letters, digits, '_', '.' and '-'. A path is no place for '..'.
# https://learn.microsoft.com/azure/ai-services/language-service/conversational-language-understanding/service-limits
NAME = r"[a-zA-Z0-9_-][a-zA-Z0-9_.-]{0,99}"
# Ids of projects' jobs end with the day of their creation, in ticks of .NET.
JOB_ID = rf"{UUID}(_[0-9]{{1,20}})?"


def _first_error(value: object) -> object:
    """The first of `errors`; a job without one has an empty list, or none."""
    errors = value if isinstance(value, list) else []
    return next((error for error in errors if isinstance(error, dict)), None)


class LanguageJob(StatusBody):
    """A job. Its results, which may take hundreds of kB, are not read.

    `lastUpdateDateTime` is the word of the versions of 2022.
    """

    status: Word
    created: Timestamp = Field(None, validation_alias="createdDateTime")
    last_action: Timestamp = Field(
        None, validation_alias=AliasChoices("lastUpdatedDateTime", "lastUpdateDateTime")
    )
    expires: Timestamp = Field(None, validation_alias="expirationDateTime")
    error: Annotated[MaybeError, BeforeValidator(_first_error)] = Field(
        None, validation_alias="errors"
    )

    @property
    def state(self) -> State:
        return read_state(self.status, WORDS)

    def operation(self) -> Operation:
        return Operation(
            state=self.state,
            word=self.status,
            created=self.created,
            last_action=self.last_action,
            expires=self.expires,
            fault=self.error.fault() if self.error else None,
        )


class IdPart(OperationEntry):
    """A part of an id between slashes; the whole id is checked before."""

    id: Annotated[str, matching(NAME, "a name or a job's id")]


def with_lower_job(id_: str) -> str:
    """The id with the UUID at its end in lower case, as Azure writes it; names have their case."""
    path, slash, job = id_.rpartition("/")
    return f"{path}{slash}{job.lower()}"
