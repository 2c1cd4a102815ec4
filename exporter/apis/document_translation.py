"""Document Translation, v1.0, 2024-05-01 and 2026-03-01: batches, found in lists or by their id.

https://learn.microsoft.com/rest/api/cognitiveservices/translator/document-translation/get-translation-status
https://learn.microsoft.com/azure/ai-services/translator/document-translation/reference/get-translations-status
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated, ClassVar

from pydantic import Field

from exporter.apis.asks import Asks, Assumed, pages
from exporter.apis.base import (
    SWITCHED,
    Azure,
    Discover,
    FindKnown,
    Found,
    Known,
    Settings,
    Status,
    Target,
)
from exporter.apis.reading import Count, MaybeError, Timestamp
from exporter.apis.translation_documents import (
    IDS_AT_ONCE,
    ONE_ALONE,
    SHOWN,
    ById,
    Choice,
    Listed,
    Path,
    watched,
)
from exporter.azure.body import ItemsPage, Wire
from exporter.model.operation import Operation, State
from exporter.settings.types import ID_ALONE, Duration, Entry, Uuid, between, known_words


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


class BatchItem(BatchStatus):
    """A batch as a list shows it: only there its id has to be said."""

    id: Uuid


@dataclass(frozen=True)
class Batch:
    """A batch, and those of its documents that are watched."""

    id: str
    labels: Mapping[str, str]
    path: Path
    documents: Listed | ById
    kind: str = "batch"

    @property
    def shows(self) -> frozenset[State]:
        return SHOWN[self.documents.which] if isinstance(self.documents, Listed) else SHOWN["all"]

    async def poll(self, azure: Azure, known: Known) -> Operation:
        batch = known.operation
        fresh = known.listed or (batch and batch.state.finished and not known.outlived)
        if batch is None or not fresh:
            batch = await self._status(azure)
        path = Path(f"{self.path.path}/documents", self.path.version)
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


@dataclass(frozen=True)
class BatchList:
    """The batches of a resource: all since `lookback`, or else those of the `ids`."""

    settings: "DocumentTranslation"
    interval: float | None
    most: int
    ids: Sequence[str] = ()

    async def found(self, azure: Azure, known: FindKnown, now: float) -> AsyncIterator[Found]:  # noqa: ARG002
        for part in self._parts(now):
            async for page in azure.pages(self.settings.path.listed(part), ItemsPage[BatchItem]):
                for item in page.value:
                    yield Found(self.settings.target(item.id), item.operation())

    def _parts(self, now: float) -> Iterator[str]:
        discover = self.settings.discover
        if discover:
            since = datetime.fromtimestamp(now - discover.lookback, UTC)
            yield f"createdDateTimeUtcStart={since:%Y-%m-%dT%H:%M:%SZ}"
            return
        for start in range(0, len(self.ids), IDS_AT_ONCE):
            yield "ids=" + ",".join(self.ids[start : start + IDS_AT_ONCE])


class DiscoverBatches(Discover):
    """How batches are found that the configuration does not name."""

    lookback: Annotated[Duration, between(60, 31536000, "1m to 365d")] = 86400.0
    """Batches created since then are found; an unfinished one is followed further."""


class WatchedBatch(Entry):
    """One batch: an id alone, or a mapping with `id` and options."""

    id: Uuid
    """The id of the batch."""
    documents: Annotated[tuple[Choice, ...], ONE_ALONE] | None = None
    """Which documents of this batch have series: a word, as for all batches, or ids."""


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
    """The version of Azure's API that is spoken; v1.0 for the path text/batch/v1.0."""
    discover: Annotated[DiscoverBatches | None, SWITCHED] = None
    """Finds the batches that anybody submits: true, or a mapping with options."""
    documents: Annotated[str, known_words(tuple(SHOWN))] = "all"
    """Which documents have series of their own."""
    document_names: bool = False
    """Whether the names of documents are shown, in azure_ai_document_info."""
    batches: tuple[Annotated[WatchedBatch, ID_ALONE], ...] = ()
    """Batches to watch in any case: ids, or mappings with options."""

    @property
    def path(self) -> Path:
        """Where the batches are."""
        if self.api_version == "v1.0":
            return Path("/translator/text/batch/v1.0/batches", "")
        return Path("/translator/document/batches", f"api-version={self.api_version}")

    @cached_property
    def by_id(self) -> Mapping[str, WatchedBatch]:
        """What is configured, to be looked up."""
        return {entry.id: entry for entry in self.batches}

    def targets(self) -> Iterable[Target]:
        return [self._batch(entry) for entry in self.batches]

    def target(self, id_: str) -> Target:
        asked = WatchedBatch(id=id_)
        return self._batch(self.by_id.get(asked.id, asked))

    def lister(self, own: Sequence[str]) -> BatchList | None:
        if self.discover:
            return BatchList(self, self.discover.interval, self.discover.max_operations)
        return BatchList(self, None, 0, own) if len(own) > 1 else None

    def asks(self, assumed: Assumed) -> Asks:
        """A list shows what is found and, without discovery, what is named if that is several."""
        named = len(self.batches)
        found = min(assumed.operations, self.discover.max_operations) if self.discover else 0
        ways = [
            *(self._watched(entry) for entry in self.batches),
            *[watched(None, self.documents)] * found,
        ]
        documents = sum(way.asks(assumed.documents) for way in ways)
        if self.discover:
            return Asks(named, documents, pages(assumed.operations))
        return Asks(0, documents, pages(named)) if named > 1 else Asks(named, documents)

    def _batch(self, entry: WatchedBatch) -> Batch:
        path = Path(f"{self.path.path}/{entry.id}", self.path.version)
        return Batch(entry.id, entry.labels, path, self._watched(entry))

    def _watched(self, entry: WatchedBatch) -> Listed | ById:
        return watched(entry.documents, self.documents, named=self.document_names)
