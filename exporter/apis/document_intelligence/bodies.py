"""The status bodies of Document Intelligence, api-version 2024-11-30 and 2023-07-31.

https://learn.microsoft.com/rest/api/aiservices/operation-groups?view=rest-aiservices-v4.0%20(2024-11-30)
"""

import re
from collections import Counter
from typing import Annotated, ClassVar

from msgspec.structs import replace
from pydantic import BeforeValidator, Field

from exporter.apis.base import StatusBody
from exporter.apis.reading import MaybeError, Text, Timestamp, Word, read_state, words
from exporter.azure.body import Body
from exporter.model.operation import Operation, State
from exporter.model.quantities import Counted
from exporter.settings.types import UUID, Uuid, matching

# "completed" was seen of batches: https://github.com/Azure/azure-sdk-for-net/issues/46931
WORDS = words(
    notStarted=State.NOT_STARTED,
    running=State.RUNNING,
    succeeded=State.SUCCEEDED,
    completed=State.SUCCEEDED,
    failed=State.FAILED,
    canceled=State.CANCELLED,
)
_DOCUMENT_WORDS = {**WORDS, **words(skipped=State.SKIPPED)}
_KINDS = {
    "documentModelBuild": "model_build",
    "documentModelCompose": "model_compose",
    "documentModelCopyTo": "model_copy",
    "documentClassifierBuild": "classifier_build",
    "documentClassifierCopyTo": "classifier_copy",
}


LastUpdated = Annotated[Timestamp, Field(validation_alias="lastUpdatedDateTime")]
Percent = Annotated[
    Annotated[float, Field(ge=0, le=100, strict=True)] | None,
    Field(validation_alias="percentCompleted"),
]
# https://learn.microsoft.com/rest/api/aiservices/document-models/analyze-batch-documents
MODEL_ID = r"[a-zA-Z0-9][a-zA-Z0-9._~-]{1,63}"
_MODEL_URL = re.compile(rf"/(?:documentModels|documentClassifiers)/({MODEL_ID})(?:\?|$)", re.ASCII)
OPERATION_ID = f"[0-9]{{1,20}}_{UUID}"
OperationId = Annotated[str, matching(OPERATION_ID, "digits, _ and a UUID")]


def _model_at(url: object) -> object:
    """The id of the model or classifier at this URL."""
    match = _MODEL_URL.search(url) if isinstance(url, str) else None
    return match[1] if match else None


class _Status(StatusBody):
    """What all bodies tell."""

    status: Word
    created: Timestamp = Field(None, validation_alias="createdDateTime")
    error: MaybeError = None

    def operation(self) -> Operation:
        return Operation(
            state=read_state(self.status, WORDS),
            word=self.status,
            created=self.created,
            fault=self.error.fault() if self.error else None,
        )


class AnalysisStatus(_Status):
    """A single analysis; its result may have many MB and is not read."""

    last_action: LastUpdated = None

    def operation(self) -> Operation:
        return replace(super().operation(), last_action=self.last_action)


class OperationStatus(_Status):
    """A build, composition or copy; in a list without its error."""

    kind: Text = None
    last_action: LastUpdated = None
    percent: Percent = None

    def operation(self) -> Operation:
        operation = super().operation()
        return replace(
            operation,
            last_action=self.last_action,
            progress=_progress(self.percent, operation.state),
            kind=_KINDS.get(self.kind or "", ""),
        )


class OperationItem(OperationStatus):
    """An operation in a list, where the id is required. Its name is that of the model it makes."""

    id: OperationId = Field(validation_alias="operationId")
    name: Annotated[Text, BeforeValidator(_model_at)] = Field(
        None, validation_alias="resourceLocation"
    )


class AnalysedDocument(Body):
    """One document of a batch; its URLs are not read."""

    status: Text = None


class BatchResult(Body):
    """The documents of a batch. Its counts are not read: they leave out what was skipped."""

    details: tuple[AnalysedDocument, ...] | None = None


class BatchStatus(_Status):
    """A batch analysis, whose last update says nothing: it stays at the creation."""

    percent: Percent = None
    result: BatchResult | None = None

    def operation(self) -> Operation:
        operation = super().operation()
        progress = _progress(self.percent, operation.state)
        details = self.result.details if self.result else None
        if details is None:
            return replace(operation, progress=progress)
        by_state = Counter(read_state(each.status or "", _DOCUMENT_WORDS) for each in details)
        return replace(
            operation,
            progress=progress,
            counts={Counted.DOCUMENTS: dict(by_state)},
            submitted={Counted.DOCUMENTS: len(details)},
        )


class BatchItem(BatchStatus):
    """A batch analysis in a list, where the id is required; the list tells state and creation."""

    id: Uuid = Field(validation_alias="resultId")
    name: ClassVar = None


def _progress(percent: float | None, state: State) -> float | None:
    """0 to 1; a failed operation says 100 % as well, which is no progress."""
    return None if percent is None or state.bad else percent / 100
