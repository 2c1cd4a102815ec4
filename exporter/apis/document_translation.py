"""Document Translation, v1.0, 2024-05-01 and 2026-03-01: batches, and documents by id.

https://learn.microsoft.com/rest/api/cognitiveservices/translator/document-translation/get-translation-status
https://learn.microsoft.com/azure/ai-services/translator/document-translation/reference/get-document-status
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from exporter.apis.base import (
    Azure,
    Count,
    MaybeError,
    Ratio,
    Settings,
    Status,
    Target,
    Timestamp,
    Wire,
)
from exporter.errors import Failure
from exporter.fields import Entry, Uuid, entry_from_id, known_words
from exporter.model import Document, Operation, State


class Summary(Wire):
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

    def counts(self) -> Mapping[State, int]:
        return {
            State.NOT_STARTED: self.not_yet_started,
            State.RUNNING: self.in_progress,
            State.SUCCEEDED: self.success,
            State.FAILED: self.failed,
            State.CANCELLED: self.cancelled,
        }

    def image_scans(self) -> Mapping[State, int] | None:
        """Only api-version 2026-03-01 says it."""
        said = {State.SUCCEEDED: self.scans_succeeded, State.FAILED: self.scans_failed}
        return {state: scans for state, scans in said.items() if scans is not None} or None

    def progress(self) -> float | None:
        """The share of documents that are through; unknown until the source was listed."""
        through = self.success + self.failed + self.cancelled
        return min(1.0, through / self.total) if self.total else None


class BatchStatus(Status):
    """TranslationStatus of the page. `error` is seen on Failed and ValidationFailed only."""

    status: str
    created: Timestamp = Field(None, validation_alias="createdDateTimeUtc")
    last_action: Timestamp = Field(None, validation_alias="lastActionDateTimeUtc")
    error: MaybeError = None
    summary: Summary | None = None

    def operation(self) -> Operation:
        said = self.summary
        return Operation(
            state=State.read(self.status),
            word=self.status,
            created=self.created,
            last_action=self.last_action,
            progress=said.progress() if said else None,
            characters_charged=said.characters_charged if said else None,
            images_charged=said.images_charged if said else None,
            image_scans=said.image_scans() if said else None,
            counts=said.counts() if said else None,
            submitted=said.total if said else None,
            fault=self.error.fault() if self.error else None,
        )


class DocumentStatus(Wire):
    """DocumentStatus of the page.

    A document that failed before it started has no `createdDateTimeUtc` on the wire, though the
    page requires it, and none has a `path` before it succeeded.
    """

    id: str
    to: str = ""
    status: str
    created: Timestamp = Field(None, validation_alias="createdDateTimeUtc")
    last_action: Timestamp = Field(None, validation_alias="lastActionDateTimeUtc")
    progress: Ratio = None
    characters_charged: Count | None = Field(None, validation_alias="characterCharged")
    images_charged: Count | None = Field(None, validation_alias="imageCharged")
    error: MaybeError = None

    def document(self) -> Document:
        return Document(
            id=self.id,
            language=self.to,
            state=State.read(self.status),
            word=self.status,
            created=self.created,
            last_action=self.last_action,
            progress=self.progress,
            characters_charged=self.characters_charged,
            images_charged=self.images_charged,
            fault=self.error.fault() if self.error else None,
        )


@dataclass(frozen=True)
class Batch:
    """A batch, and those of its documents that are watched by id."""

    id: str
    labels: Mapping[str, str]
    path: str
    query: str
    documents: tuple[str, ...]
    kind: str = "batch"

    async def poll(self, azure: Azure, known: Operation | None) -> Operation:
        if known and known.state.finished:
            operation = known
        else:
            operation = (await azure.get(self.path + self.query, BatchStatus)).operation()
        asked = [id_ for id_ in self.documents if not _finished(known, id_)]
        async with asyncio.TaskGroup() as group:
            looks = {id_: group.create_task(self._document(azure, id_)) for id_ in asked}
        read = {id_: document for id_, look in looks.items() if (document := look.result())}
        return replace(operation, documents=read, unreadable=frozenset(asked) - read.keys())

    async def _document(self, azure: Azure, document_id: str) -> Document | None:
        """The document, or None: the batch's status is not lost for one document's sake."""
        path = f"{self.path}/documents/{document_id}{self.query}"
        try:
            status = await azure.get(path, DocumentStatus)
        except Failure:
            return None
        return replace(status.document(), id=document_id)

    def settled(self, known: Operation) -> bool:
        return known.state.finished and all(_finished(known, id_) for id_ in self.documents)


def _finished(known: Operation | None, document_id: str) -> bool:
    document = known.documents.get(document_id) if known else None
    return document is not None and document.state.finished


class WatchedBatch(Entry):
    id: Uuid
    documents: tuple[Uuid, ...] = ()


class DocumentTranslation(Settings):
    """Document Translation batches of a resource."""

    states: ClassVar = (
        State.NOT_STARTED,
        State.RUNNING,
        State.SUCCEEDED,
        State.FAILED,
        State.CANCELLING,
        State.CANCELLED,
        State.VALIDATION_FAILED,
    )
    error_codes: ClassVar = (
        "InvalidRequest",
        "InvalidArgument",
        "InternalServerError",
        "ServiceUnavailable",
        "ResourceNotFound",
        "Unauthorized",
        "RequestRateTooHigh",
    )

    api_version: Annotated[str, known_words(("2024-05-01", "2026-03-01", "v1.0"))] = "2024-05-01"
    batches: tuple[Annotated[WatchedBatch, BeforeValidator(entry_from_id)], ...] = ()

    def targets(self) -> Iterable[Target]:
        if self.api_version == "v1.0":
            base, query = "/translator/text/batch/v1.0/batches", ""
        else:
            base, query = "/translator/document/batches", f"?api-version={self.api_version}"
        for entry in self.batches:
            yield Batch(entry.id, entry.labels, f"{base}/{entry.id}", query, entry.documents)
