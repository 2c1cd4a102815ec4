"""A batch: what Azure says of it, and how it is polled.

https://learn.microsoft.com/rest/api/cognitiveservices/translator/document-translation/get-translation-status
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import Field

from exporter.apis.base import (
    Azure,
    Known,
    StatusBody,
)
from exporter.apis.document_translation.document_status import WORDS
from exporter.apis.document_translation.documents import (
    SHOWN,
    DocumentsById,
    ListedDocuments,
    UrlPath,
)
from exporter.apis.reading import Count, MaybeError, Timestamp, counted, read_state, told
from exporter.azure.body import Body
from exporter.model.operation import Amounts, Counts, Operation, State
from exporter.model.quantities import Amount, Counted
from exporter.settings.types import Uuid


class Summary(Body):
    """Documents by state; each (document, target language) counts as one."""

    total: Count
    failed: Count
    success: Count
    in_progress: Count = Field(validation_alias="inProgress")
    not_yet_started: Count = Field(validation_alias="notYetStarted")
    cancelled: Count
    characters_charged: Count | None = Field(None, validation_alias="totalCharacterCharged")
    images_charged: Count | None = Field(None, validation_alias="totalImageCharged")
    scans_succeeded: Count | None = Field(None, validation_alias="totalImageScansSucceeded")
    scans_failed: Count | None = Field(None, validation_alias="totalImageScansFailed")

    def counts(self) -> Counts:
        documents: dict[State, int | None] = {
            State.NOT_STARTED: self.not_yet_started,
            State.RUNNING: self.in_progress,
            State.SUCCEEDED: self.success,
            State.FAILED: self.failed,
            State.CANCELLED: self.cancelled,
        }
        # Only api-version 2026-03-01 says how many images were scanned.
        scans = {State.SUCCEEDED: self.scans_succeeded, State.FAILED: self.scans_failed}
        return counted({Counted.DOCUMENTS: documents, Counted.IMAGE_SCANS: scans})

    def amounts(self) -> Amounts:
        return told(
            {
                Amount.CHARACTERS_CHARGED: self.characters_charged,
                Amount.IMAGES_CHARGED: self.images_charged,
            }
        )

    def progress(self) -> float | None:
        """The share of documents that are through; unknown until the source was listed."""
        through = self.success + self.failed + self.cancelled
        return min(1.0, through / self.total) if self.total else None


class BatchStatus(StatusBody):
    """TranslationStatus of the page. `error` is seen on Failed and ValidationFailed only."""

    status: str
    created: Timestamp = Field(None, validation_alias="createdDateTimeUtc")
    last_action: Timestamp = Field(None, validation_alias="lastActionDateTimeUtc")
    error: MaybeError = None
    summary: Summary | None = None

    def operation(self) -> Operation:
        said = self.summary
        return Operation(
            state=read_state(self.status, WORDS),
            word=self.status,
            created=self.created,
            last_action=self.last_action,
            progress=said.progress() if said else None,
            counts=said.counts() if said else {},
            submitted={Counted.DOCUMENTS: said.total} if said else {},
            amounts=said.amounts() if said else {},
            fault=self.error.fault() if self.error else None,
        )


class BatchItem(BatchStatus):
    """A batch as a list shows it: only there its id has to be said."""

    id: Uuid


@dataclass(frozen=True)
class Batch:
    """A batch, and those of its documents that are watched."""

    id: str
    labels: Mapping[str, str]
    path: UrlPath
    documents: ListedDocuments | DocumentsById
    kind: str = "batch"

    @property
    def shows(self) -> frozenset[State]:
        return (
            SHOWN[self.documents.which]
            if isinstance(self.documents, ListedDocuments)
            else SHOWN["all"]
        )

    async def poll(self, azure: Azure, known: Known) -> Operation:
        batch = known.operation
        fresh = known.listed or (batch and batch.state.finished and not known.outlived)
        if batch is None or not fresh:
            batch = await self._status(azure)
        path = UrlPath(f"{self.path.path}/documents", self.path.version)
        seen = await self.documents.look(azure, path, batch, known)
        if known.listed and not batch.state.finished and seen.incomplete and not seen.documents:
            # Where nothing answers now, what the list has said before is no fresh status.
            batch = await self._status(azure)
        return replace(
            batch,
            documents=seen.documents,
            unreadable=seen.unreadable,
            incomplete=seen.incomplete,
        )

    async def _status(self, azure: Azure) -> Operation:
        return (await azure.get(self.path.one(), BatchStatus)).operation()

    def settled(self, known: Operation) -> bool:
        return self.documents.settled(known)
