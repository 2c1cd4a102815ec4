"""A batch: the body of its status, and how it is polled.

https://learn.microsoft.com/rest/api/cognitiveservices/translator/document-translation/get-translation-status
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from msgspec.structs import replace
from pydantic import Field

from exporter.apis.base import (
    Azure,
    Known,
    StatusBody,
)
from exporter.apis.document_translation.document_status import WORDS
from exporter.apis.document_translation.documents import (
    DOCUMENT_CHOICES,
    DocumentsById,
    ListedDocuments,
    UrlPath,
)
from exporter.apis.reading import (
    Count,
    MaybeError,
    Quantity,
    Timestamp,
    Word,
    counted,
    read_state,
    without_none,
)
from exporter.azure.body import Body
from exporter.model.operation import Amounts, Counts, Operation, State
from exporter.model.quantities import Amount, Counted
from exporter.settings.types import Uuid


class Summary(Body):
    """Documents by state; each (document, target language) counts as one."""

    total: Count | None = None
    failed: Count | None = None
    success: Count | None = None
    in_progress: Count | None = Field(None, validation_alias="inProgress")
    not_yet_started: Count | None = Field(None, validation_alias="notYetStarted")
    cancelled: Count | None = None
    characters_charged: Quantity | None = Field(None, validation_alias="totalCharacterCharged")
    images_charged: Quantity | None = Field(None, validation_alias="totalImageCharged")
    scans_succeeded: Count | None = Field(None, validation_alias="totalImageScansSucceeded")
    scans_failed: Count | None = Field(None, validation_alias="totalImageScansFailed")

    def counts(self) -> Counts:
        documents = {
            State.NOT_STARTED: self.not_yet_started,
            State.RUNNING: self.in_progress,
            State.SUCCEEDED: self.success,
            State.FAILED: self.failed,
            State.CANCELLED: self.cancelled,
        }
        # Only api-version 2026-03-01 has the number of scanned images.
        scans = {State.SUCCEEDED: self.scans_succeeded, State.FAILED: self.scans_failed}
        return counted({Counted.DOCUMENTS: documents, Counted.IMAGE_SCANS: scans})

    def amounts(self) -> Amounts:
        return without_none(
            {
                Amount.CHARACTERS_CHARGED: self.characters_charged,
                Amount.IMAGES_CHARGED: self.images_charged,
            }
        )

    def progress(self) -> float | None:
        """The share of finished documents; None until Azure has listed the source."""
        finished = [self.success, self.failed, self.cancelled]
        known = [count for count in finished if count is not None]
        if not self.total or len(known) < len(finished):
            return None
        return min(1.0, sum(known) / self.total)


class BatchStatus(StatusBody):
    """TranslationStatus of Azure's page. `error` is only in Failed and ValidationFailed batches."""

    status: Word
    created: Timestamp = Field(None, validation_alias="createdDateTimeUtc")
    last_action: Timestamp = Field(None, validation_alias="lastActionDateTimeUtc")
    error: MaybeError = None
    summary: Summary | None = None

    def operation(self) -> Operation:
        summary = self.summary
        return Operation(
            state=read_state(self.status, WORDS),
            word=self.status,
            created=self.created,
            last_action=self.last_action,
            progress=summary.progress() if summary else None,
            counts=summary.counts() if summary else {},
            submitted=without_none({Counted.DOCUMENTS: summary.total}) if summary else {},
            amounts=summary.amounts() if summary else {},
            fault=self.error.fault() if self.error else None,
        )


class BatchItem(BatchStatus):
    """A batch in a list, where the id is required."""

    id: Uuid


@dataclass(frozen=True)
class Batch:
    """A batch, and its watched documents."""

    id: str
    labels: Mapping[str, str]
    path: UrlPath
    documents: ListedDocuments | DocumentsById
    kind: str = "batch"
    reusable_id: bool = False

    @property
    def listed_rest(self) -> float:
        documents = self.documents
        is_alone = isinstance(documents, ListedDocuments) and documents.choice == "none"
        return inf if is_alone else 0.0

    @property
    def shows(self) -> frozenset[State]:
        return (
            DOCUMENT_CHOICES[self.documents.choice]
            if isinstance(self.documents, ListedDocuments)
            else DOCUMENT_CHOICES["all"]
        )

    async def poll(self, azure: Azure, known: Known) -> Operation:
        batch = known.operation
        fresh = known.listed or (batch and batch.state.finished and not known.outlived)
        if batch is None or not fresh:
            batch = await self._read_status(azure)
        path = UrlPath(f"{self.path.path}/documents", self.path.version)
        polled = await self.documents.poll(azure, path, batch, known)
        if known.listed and not batch.state.finished and polled.incomplete and not polled.documents:
            # No request was answered, so the status from the earlier list is not fresh.
            batch = await self._read_status(azure)
        return replace(
            batch,
            documents=polled.documents,
            unreadable=polled.unreadable,
            incomplete=polled.incomplete,
        )

    async def _read_status(self, azure: Azure) -> Operation:
        return (await azure.get(self.path.item(), BatchStatus.read)).operation()

    def settled(self, operation: Operation) -> bool:
        return self.documents.settled(operation)
