"""QnA Maker v5.0-preview.2: operations. Retired by Azure on 31 October 2025.

https://learn.microsoft.com/rest/api/cognitiveservices/qnamaker5.0preview2/operations/get-details
"""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from exporter.apis.base import StatusBody
from exporter.apis.jobs import Jobs, JobSettings
from exporter.apis.reading import ErrorBody, MaybeError, Timestamp, Word, read_state, words
from exporter.model.operation import Operation, State
from exporter.settings.types import ID_ALONE, OperationEntry, matching

WORDS = words(State.NOT_STARTED, State.RUNNING, State.SUCCEEDED, State.FAILED)


class ErrorResponse(ErrorBody):
    """An object with the error inside, as on Azure's page, or the error itself.

    https://github.com/microsoft/botframework-cli/issues/538
    """

    outer: MaybeError = Field(None, validation_alias="error")

    @property
    def error(self) -> ErrorBody | None:
        return self.outer or (self if self.code or self.message else None)


class QnaStatus(StatusBody):
    """Every field is optional on Azure's page; some Failed operations have no `errorResponse`."""

    state: Word = Field(validation_alias="operationState")
    created: Timestamp = Field(None, validation_alias="createdTimestamp")
    last_action: Timestamp = Field(None, validation_alias="lastActionTimestamp")
    error_response: ErrorResponse | None = Field(None, validation_alias="errorResponse")

    def operation(self) -> Operation:
        error = self.error_response.error if self.error_response else None
        return Operation(
            state=read_state(self.state, WORDS),
            word=self.state,
            created=self.created,
            last_action=self.last_action,
            fault=error.fault() if error else None,
        )


class WatchedOperation(OperationEntry):
    """One operation: an id, or a mapping with `id` and options."""

    # Azure's page says string; real ids are UUIDs. The pattern allows what a URL keeps unchanged.
    id: Annotated[
        str,
        matching(
            r"[a-zA-Z0-9][a-zA-Z0-9._~-]{0,127}",
            "1 to 128 letters, digits, '.', '_', '~' or '-', a letter or digit first",
        ),
    ]
    """The id of the operation."""


class QnaMaker(JobSettings):
    """QnA Maker operations of a resource."""

    words: ClassVar = WORDS
    error_codes: ClassVar = (
        "BadArgument",
        "EndpointKeysError",
        "ExtractionFailure",
        "Forbidden",
        "KbNotFound",
        "NotFound",
        "OperationNotFound",
        "QnaRuntimeError",
        "QuotaExceeded",
        "SKULimitExceeded",
        "ServiceError",
        "Unauthorized",
        "Unspecified",
        "ValidationFailure",
    )

    takes_tokens: ClassVar = False

    operations: tuple[Annotated[WatchedOperation, ID_ALONE], ...] = ()
    """Operations to poll: ids, or mappings with options."""

    def jobs(self) -> Sequence[Jobs]:
        return [_OPERATIONS]

    def entries(self) -> Sequence[OperationEntry]:
        return self.operations


_OPERATIONS = Jobs("/qnamaker/v5.0-preview.2/operations/{}", QnaStatus, WatchedOperation)
