"""Document Translation, v1.0, 2024-05-01 and 2026-03-01: batches, read from lists or by id.

https://learn.microsoft.com/rest/api/cognitiveservices/translator/document-translation/get-translation-status
https://learn.microsoft.com/azure/ai-services/translator/document-translation/reference/get-translations-status
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated, ClassVar

from exporter.apis.base import (
    SWITCHED,
    Azure,
    Discover,
    FindKnown,
    Found,
    Settings,
    Target,
)
from exporter.apis.document_translation.batch import Batch, BatchItem
from exporter.apis.document_translation.document_status import WORDS
from exporter.apis.document_translation.documents import (
    DOCUMENT_CHOICES,
    IDS_PER_REQUEST,
    ONE_ALONE,
    DocumentChoice,
    DocumentsById,
    ListedDocuments,
    UrlPath,
    watched_documents,
)
from exporter.apis.id_forms import IdForm
from exporter.apis.request_counts import Assumed, RequestCounts, pages
from exporter.azure.body import ItemsPage
from exporter.model.quantities import Amount
from exporter.settings.types import (
    ID_ALONE,
    Duration,
    OperationEntry,
    Switch,
    Uuid,
    between,
    known_words,
)


@dataclass(frozen=True)
class BatchList:
    """The batches of a resource: all since `lookback`, or else those with these `ids`."""

    settings: "DocumentTranslation"
    interval: float | None
    max_operations: int
    ids: Sequence[str] = ()

    async def found(self, azure: Azure, known: FindKnown, now: float) -> AsyncIterator[Found]:  # noqa: ARG002
        for condition in self._conditions(now):
            async for page in azure.pages(
                self.settings.path.list(condition), ItemsPage[BatchItem].read
            ):
                for item in page.value:
                    yield Found(item.id, item.operation())

    def _conditions(self, now: float) -> Iterator[str]:
        discover = self.settings.discover
        if discover:
            since = datetime.fromtimestamp(now - discover.lookback, UTC)
            yield f"createdDateTimeUtcStart={since:%Y-%m-%dT%H:%M:%SZ}"
            return
        for start in range(0, len(self.ids), IDS_PER_REQUEST):
            yield "ids=" + ",".join(self.ids[start : start + IDS_PER_REQUEST])


class DiscoverBatches(Discover):
    """Discovery of batches."""

    lookback: Annotated[Duration, between(60, 31536000, "1m to 365d")] = 86400.0
    """Maximum age of a batch when it is discovered; an unfinished one is polled until it ends."""


class WatchedBatch(OperationEntry):
    """One batch: an id, or a mapping with `id` and options."""

    id: Uuid
    """The id of the batch."""
    documents: Annotated[tuple[DocumentChoice, ...], ONE_ALONE] | None = None
    """Which documents of this batch have series: `all`, `unfinished`, `failed`, `none`, or a list
    of ids.
    """


class DocumentTranslation(Settings):
    """Document Translation batches of a resource."""

    words: ClassVar = WORDS
    amounts: ClassVar = (Amount.IMAGES_CHARGED,)
    # https://learn.microsoft.com/azure/ai-services/translator/document-translation/how-to-guides/use-rest-api-programmatically
    needs_own_domain: ClassVar = True
    list_has_named: ClassVar = True
    account_endpoints: ClassVar = ("DocumentTranslation",)
    account_kinds: ClassVar = ("TextTranslation", "AIServices", "CognitiveServices")
    account_path: ClassVar = "translator/document/batches"
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
    """Version of Azure's API; v1.0 uses the path text/batch/v1.0."""
    discover: Annotated[DiscoverBatches | None, SWITCHED] = None
    """Discovers batches: true, or a mapping with options."""
    documents: Annotated[str, known_words(tuple(DOCUMENT_CHOICES))] = "all"
    """Which documents have series of their own."""
    document_names: Switch = False
    """Shows the names of documents, in azure_ai_document_info."""
    batches: tuple[Annotated[WatchedBatch, ID_ALONE], ...] = ()
    """Batches to poll: ids, or mappings with options."""

    @property
    def path(self) -> UrlPath:
        """The path of the batches."""
        if self.api_version == "v1.0":
            return UrlPath("/translator/text/batch/v1.0/batches", "")
        return UrlPath("/translator/document/batches", f"api-version={self.api_version}")

    @cached_property
    def by_id(self) -> Mapping[str, WatchedBatch]:
        """The configured batches, by id."""
        return {entry.id: entry for entry in self.batches}

    def id_forms(self) -> Sequence[IdForm]:
        return [IdForm(f"{self.path.path}/{{}}")]

    def targets(self) -> Iterable[Target]:
        return [self._batch(entry) for entry in self.batches]

    def target(self, id_: str) -> Target:
        entry = WatchedBatch(id=id_)
        return self._batch(self.by_id.get(entry.id, entry))

    def lister(self, own: Sequence[str]) -> BatchList | None:
        if self.discover:
            return BatchList(self, self.discover.interval, self.discover.max_operations)
        return BatchList(self, None, 0, own) if len(own) > 1 else None

    def request_counts(self, assumed: Assumed) -> RequestCounts:
        """Discovered batches are in a list; without discovery, so are several configured ones."""
        named = len(self.batches)
        discovered = min(assumed.operations, self.discover.max_operations) if self.discover else 0
        watched = [
            *(self._watched_documents(entry) for entry in self.batches),
            *[watched_documents(None, self.documents)] * discovered,
        ]
        documents = sum(item.request_counts(assumed.documents) for item in watched)
        if self.discover:
            return RequestCounts(named, documents, pages(assumed.operations))
        return (
            RequestCounts(0, documents, pages(named))
            if named > 1
            else RequestCounts(named, documents)
        )

    def _batch(self, entry: WatchedBatch) -> Batch:
        path = UrlPath(f"{self.path.path}/{entry.id}", self.path.version)
        return Batch(entry.id, entry.labels, path, self._watched_documents(entry))

    def _watched_documents(self, entry: WatchedBatch) -> ListedDocuments | DocumentsById:
        return watched_documents(entry.documents, self.documents, named=self.document_names)
