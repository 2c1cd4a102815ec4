"""QnA Maker v5.0-preview.2: operations. Retired by Azure on 31 October 2025.

https://learn.microsoft.com/rest/api/cognitiveservices/qnamaker5.0preview2/operations/get-details
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Annotated, ClassVar

from pydantic import Field

from exporter.apis.base import OneStatus, Settings, Status, Target
from exporter.apis.reading import MaybeError, Timestamp
from exporter.azure.body import Wire
from exporter.model.operation import Operation, State
from exporter.settings.types import ID_ALONE, Entry, matching


class ErrorResponse(Wire):
    error: MaybeError = None


class OperationStatus(Status):
    """Every field is optional on the page; a Failed operation without `errorResponse` is seen."""

    state: str = Field(validation_alias="operationState")
    created: Timestamp = Field(None, validation_alias="createdTimestamp")
    last_action: Timestamp = Field(None, validation_alias="lastActionTimestamp")
    error_response: ErrorResponse | None = Field(None, validation_alias="errorResponse")

    def operation(self) -> Operation:
        error = self.error_response.error if self.error_response else None
        return Operation(
            state=State.read(self.state),
            word=self.state,
            created=self.created,
            last_action=self.last_action,
            fault=error.fault() if error else None,
        )


class WatchedOperation(Entry):
    """One operation: an id alone, or a mapping with `id` and options."""

    # The page says string; on the wire a UUID. What is allowed passes through a URL unchanged.
    id: Annotated[
        str,
        matching(
            r"[a-zA-Z0-9][a-zA-Z0-9._~-]{0,127}",
            "1 to 128 letters, digits, '.', '_', '~' or '-', a letter or digit first",
        ),
    ]
    """The id of the operation."""


class QnaMaker(Settings):
    """QnA Maker operations of a resource."""

    states: ClassVar = (State.NOT_STARTED, State.RUNNING, State.SUCCEEDED, State.FAILED)
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
    """Operations to watch: ids, or mappings with options."""

    @cached_property
    def by_id(self) -> Mapping[str, WatchedOperation]:
        """What is configured, to be looked up."""
        return {entry.id: entry for entry in self.operations}

    def targets(self) -> Iterable[Target]:
        return [self._operation(entry) for entry in self.operations]

    def target(self, id_: str) -> Target:
        return self._operation(self.by_id.get(id_) or WatchedOperation(id=id_))

    def _operation(self, entry: WatchedOperation) -> Target:
        path = f"/qnamaker/v5.0-preview.2/operations/{entry.id}"
        return OneStatus(entry.id, entry.labels, path, OperationStatus)
