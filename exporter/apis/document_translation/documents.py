"""The documents of a batch: which are polled, with as few requests as possible.

https://learn.microsoft.com/azure/ai-services/translator/document-translation/reference/get-document-status
https://learn.microsoft.com/azure/ai-services/translator/document-translation/reference/get-documents-status
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Annotated, NamedTuple

from msgspec.structs import replace
from pydantic import TypeAdapter, ValidationError

from exporter.apis.base import Azure, Known
from exporter.apis.document_translation.document_status import (
    DocumentPage,
    DocumentStatus,
    NamedDocumentPage,
)
from exporter.apis.request_counts import pages
from exporter.errors import Failure, Gone, Unreadable
from exporter.model.operation import DOCUMENTS_LIMIT, Document, Operation, State
from exporter.model.quantities import Counted
from exporter.settings.schema_hints import Check, Short
from exporter.settings.types import UUID, Uuid, problem
from exporter.text import nameable

# The settings for the documents that have series of their own: a word and its states.
DOCUMENT_CHOICES: Mapping[str, frozenset[State]] = {
    "all": frozenset(State),
    "unfinished": frozenset(state for state in State if not state.finished),
    "failed": frozenset(state for state in State if state.bad),
    "none": frozenset(),
}
_UNFINISHED = "statuses=NotStarted,Running,Cancelling"
_FAILED = "statuses=Failed"
_ALL = ""
IDS_PER_REQUEST = 100  # as many as a page holds; the URL has 4 kB


_WORDS = ", ".join(DOCUMENT_CHOICES)
_UUID: TypeAdapter[str] = TypeAdapter(Uuid)


def _checked_choice(written: str) -> str:
    if written in DOCUMENT_CHOICES:
        return written
    try:
        return _UUID.validate_python(written)
    except ValidationError:
        name = nameable(written)[:40]
        raise problem(f"{name!r} is not valid; must be a UUID, or one of {_WORDS}") from None


DocumentChoice = Annotated[
    str,
    Check(
        _checked_choice,
        {
            "pattern": f"^({'|'.join(DOCUMENT_CHOICES)}|{UUID})$",
            "description": f"a UUID, or one of {_WORDS}",
        },
    ),
]


def _as_list(written: object) -> object:
    """One word or id alone means a list with this one item."""
    return [written] if isinstance(written, str) else written


ONE_ALONE = Short(_as_list, shown=lambda schema: schema["items"])


class UrlPath(NamedTuple):
    """A path, and the query that all requests of its API carry."""

    path: str
    version: str

    def item(self, id_: str = "") -> str:
        """The URL of an item below this path, or of the path itself."""
        path = f"{self.path}/{id_}" if id_ else self.path
        return f"{path}?{self.version}" if self.version else path

    def list(self, condition: str) -> str:
        """The URL of the list at this path, 100 items a page, filtered by `condition`.

        The options of v1.0 begin with `$`, its filters do not.
        """
        size = "maxpagesize=100" if self.version else "$maxpagesize=100"
        query = "&".join(filter(None, (self.version, size, condition)))
        return f"{self.path}?{query}"


@dataclass(frozen=True)
class PolledDocuments:
    """The documents that a poll read, and the ids of those that it could not read."""

    documents: Mapping[str, Document]
    unreadable: frozenset[str] = frozenset()
    incomplete: str = ""


@dataclass(frozen=True)
class ListedDocuments:
    """The listed documents of a batch: all, or those in some states; `named`: with names."""

    choice: str
    named: bool = False

    async def poll(
        self, azure: Azure, path: UrlPath, batch: Operation, known: Known
    ) -> PolledDocuments:
        """Read the documents that can have changed since the last poll."""
        unfinished = {
            id_ for id_, document in known.documents.items() if not document.state.finished
        }
        documents: dict[str, Document] = {}
        try:
            for condition in list_conditions(self.choice, batch, known):
                await self._read_list(azure, path.list(condition), documents)
            for condition in _id_conditions(sorted(unfinished - documents.keys())):
                await self._read_list(azure, path.list(condition), documents)
        except Failure as failure:
            unread = frozenset(unfinished - documents.keys())
            return PolledDocuments(documents, unread, failure.reason)
        missing = frozenset(unfinished - documents.keys())
        reason = f"{len(missing)} unfinished documents are in no list" if missing else ""
        if known.outlived and not missing:
            reason = _never_shown(self.choice, batch, known.documents.keys() | documents.keys())
        return PolledDocuments(documents, missing, reason)

    async def _read_list(self, azure: Azure, path: str, documents: dict[str, Document]) -> None:
        shape = NamedDocumentPage if self.named else DocumentPage
        async for page in azure.pages(path, shape.read):
            for document in page.documents:
                documents[document.id] = document
            if len(documents) > DOCUMENTS_LIMIT:
                reason = f"a batch lists more than {DOCUMENTS_LIMIT} documents; cut there"
                raise Unreadable("unreadable", reason)

    def settled(self, operation: Operation) -> bool:
        """Charges and failures are final only after Azure's cache of the batch has expired."""
        return self.choice == "none" or operation.submitted.get(Counted.DOCUMENTS) == 0

    def request_counts(self, documents: int) -> int:
        """Requests of a poll at most: for unfinished documents, and for those that have ended."""
        if self.choice == "none" or not documents:
            return 0
        return pages(documents) + (self.choice != "failed")


@dataclass(frozen=True)
class DocumentsById:
    """The configured documents: one GET for each unfinished one."""

    ids: tuple[str, ...]
    named: bool = False

    async def poll(
        self, azure: Azure, path: UrlPath, _batch: Operation, known: Known
    ) -> PolledDocuments:
        """Read each document; a failure does not discard the status of the batch."""
        unfinished = [id_ for id_ in self.ids if not _finished(known.documents, id_)]
        async with asyncio.TaskGroup() as group:
            tasks = {id_: group.create_task(self._read(azure, path, id_)) for id_ in unfinished}
        results = {id_: task.result() for id_, task in tasks.items()}
        documents = {id_: result for id_, result in results.items() if isinstance(result, Document)}
        # Gone is no failure of this poll: another request would give the same.
        reasons = [
            result.reason
            for result in results.values()
            if isinstance(result, Failure) and not isinstance(result, Gone)
        ]
        unread = frozenset(unfinished) - documents.keys()
        return PolledDocuments(documents, unread, next(iter(reasons), ""))

    async def _read(self, azure: Azure, path: UrlPath, id_: str) -> Document | Failure:
        try:
            status = await azure.get(path.item(id_), DocumentStatus.read)
        except Failure as failure:
            return failure
        return replace(status.document(named=self.named), id=id_)

    def settled(self, operation: Operation) -> bool:
        """Whether all watched documents have finished."""
        return all(_finished(operation.documents, id_) for id_ in self.ids)

    def request_counts(self, _documents: int) -> int:
        """Requests of a poll at most."""
        return len(self.ids)


def watched_documents(
    choices: tuple[str, ...] | None, default: str, *, named: bool = False
) -> ListedDocuments | DocumentsById:
    """How the documents of a batch are polled; a word takes precedence over ids."""
    if choices is None:
        return ListedDocuments(default, named)
    words = [choice for choice in choices if choice in DOCUMENT_CHOICES]
    return ListedDocuments(words[0], named) if words else DocumentsById(choices, named)


def list_conditions(choice: str, batch: Operation, known: Known) -> Iterator[str]:
    """The conditions of the lists that show all changes, as few as possible. Pure.

    The first poll reads all documents, and so does the last one, after Azure's cache of the
    finished batch has expired.
    """
    counts = batch.counts.get(Counted.DOCUMENTS, {})
    total = batch.submitted.get(Counted.DOCUMENTS, sum(counts.values()))
    unfinished = any(counts.get(state) for state in (State.NOT_STARTED, State.RUNNING))
    if choice == "all" and total:
        if known.outlived or len(known.documents) < total:
            yield _ALL
        elif unfinished or any(
            not document.state.finished for document in known.documents.values()
        ):
            yield _UNFINISHED
    elif choice == "unfinished" and unfinished:
        yield _UNFINISHED
    elif choice == "failed":
        failed = counts.get(State.FAILED, 0)
        if failed and (known.outlived or failed > len(known.documents)):
            yield _FAILED


def _never_shown(choice: str, batch: Operation, read: AbstractSet[str]) -> str:
    """Which documents of a finished batch no list has shown, though all are old; empty if none."""
    failed = batch.counts.get(Counted.DOCUMENTS, {}).get(State.FAILED, 0)
    counted = {"all": batch.submitted.get(Counted.DOCUMENTS, 0), "failed": failed}.get(choice, 0)
    missing = counted - len(read)
    return f"{missing} documents that the batch counts are in no list" if missing > 0 else ""


def _id_conditions(ids: Sequence[str]) -> Iterator[str]:
    for start in range(0, len(ids), IDS_PER_REQUEST):
        yield "ids=" + ",".join(ids[start : start + IDS_PER_REQUEST])


def _finished(documents: Mapping[str, Document], document_id: str) -> bool:
    document = documents.get(document_id)
    return document is not None and document.state.finished
