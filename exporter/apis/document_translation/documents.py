"""The documents of a batch: which to ask for, with how few requests, and what they say.

https://learn.microsoft.com/azure/ai-services/translator/document-translation/reference/get-document-status
https://learn.microsoft.com/azure/ai-services/translator/document-translation/reference/get-documents-status
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
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

# Which documents of a batch have series of their own: the word, and the states that it means.
SHOWN: Mapping[str, frozenset[State]] = {
    "all": frozenset(State),
    "unfinished": frozenset(state for state in State if not state.finished),
    "failed": frozenset(state for state in State if state.bad),
    "none": frozenset(),
}
_UNFINISHED = "statuses=NotStarted,Running,Cancelling"
_FAILED = "statuses=Failed"
_EVERY = ""
IDS_AT_ONCE = 100  # as many as a page holds; their ids make a URL of 4 kB


_WORDS = ", ".join(SHOWN)
_UUID: TypeAdapter[str] = TypeAdapter(Uuid)


def _choice(written: str) -> str:
    if written in SHOWN:
        return written
    try:
        return _UUID.validate_python(written)
    except ValidationError:
        shown = nameable(written)[:40]
        raise problem(f"{shown!r} is impossible; must be a UUID, or one of {_WORDS}") from None


DocumentChoice = Annotated[
    str,
    Check(
        _choice,
        {"pattern": f"^({'|'.join(SHOWN)}|{UUID})$", "description": f"a UUID, or one of {_WORDS}"},
    ),
]


def _alone(written: object) -> object:
    """One word, or one id, stands for a list of it."""
    return [written] if isinstance(written, str) else written


ONE_ALONE = Short(_alone, shown=lambda several: several["items"])


class UrlPath(NamedTuple):
    """Where something stands: its path, and the query that all requests of its API carry."""

    path: str
    version: str

    def one(self, id_: str = "") -> str:
        """One thing below this path, or the thing itself."""
        path = f"{self.path}/{id_}" if id_ else self.path
        return f"{path}?{self.version}" if self.version else path

    def listed(self, part: str) -> str:
        """The list below this path, a hundred a page, narrowed by `part`.

        The options of v1.0 have a `$` in front, its filters have not.
        """
        size = "maxpagesize=100" if self.version else "$maxpagesize=100"
        query = "&".join(each for each in (self.version, size, part) if each)
        return f"{self.path}?{query}"


@dataclass(frozen=True)
class SeenDocuments:
    """The documents that a look showed, and the ids of those that it should have shown."""

    documents: Mapping[str, Document]
    unreadable: frozenset[str] = frozenset()
    incomplete: str = ""


@dataclass(frozen=True)
class ListedDocuments:
    """Documents that Azure lists: all of a batch, or those of some states; perhaps by name."""

    which: str
    named: bool = False

    async def look(
        self, azure: Azure, documents: UrlPath, batch: Operation, known: Known
    ) -> SeenDocuments:
        """What can have changed since the last look, and no more."""
        waiting = {id_ for id_, each in known.documents.items() if not each.state.finished}
        seen: dict[str, Document] = {}
        try:
            for part in parts(self.which, batch, known):
                await self._list(azure, documents.listed(part), seen)
            for part in _by_ids(sorted(waiting - seen.keys())):
                await self._list(azure, documents.listed(part), seen)
        except Failure as failure:
            return SeenDocuments(seen, frozenset(waiting - seen.keys()), failure.reason)
        return SeenDocuments(seen)

    async def _list(self, azure: Azure, path: str, seen: dict[str, Document]) -> None:
        shape = NamedDocumentPage if self.named else DocumentPage
        async for page in azure.pages(path, shape):
            for document in page.documents:
                seen[document.id] = document
            if len(seen) > DOCUMENTS_LIMIT:
                said = f"a batch lists more than {DOCUMENTS_LIMIT} documents; cut there"
                raise Unreadable("unreadable", said)

    def settled(self, known: Operation) -> bool:
        """Charges and failures are final once a batch's cache is outlived, not before."""
        return self.which == "none" or known.submitted.get(Counted.DOCUMENTS) == 0

    def request_counts(self, documents: int) -> int:
        """Requests of a look at most: those that run, and once more those that have ended."""
        if self.which == "none" or not documents:
            return 0
        return pages(documents) + (self.which != "failed")


@dataclass(frozen=True)
class DocumentsById:
    """Documents that the configuration names: one GET for each that is not finished."""

    ids: tuple[str, ...]
    named: bool = False

    async def look(
        self, azure: Azure, documents: UrlPath, _batch: Operation, known: Known
    ) -> SeenDocuments:
        """The batch's status is not lost for the sake of one document."""
        asked = [id_ for id_ in self.ids if not _finished(known.documents, id_)]
        async with asyncio.TaskGroup() as group:
            looks = {id_: group.create_task(self._one(azure, documents, id_)) for id_ in asked}
        results = {id_: look.result() for id_, look in looks.items()}
        seen = {id_: each for id_, each in results.items() if isinstance(each, Document)}
        # What Azure does not know will not come by asking again.
        failures = [
            each.reason
            for each in results.values()
            if isinstance(each, Failure) and not isinstance(each, Gone)
        ]
        return SeenDocuments(seen, frozenset(asked) - seen.keys(), next(iter(failures), ""))

    async def _one(self, azure: Azure, documents: UrlPath, id_: str) -> Document | Failure:
        try:
            status = await azure.get(documents.one(id_), DocumentStatus)
        except Failure as failure:
            return failure
        return replace(status.document(named=self.named), id=id_)

    def settled(self, known: Operation) -> bool:
        """All that are watched have finished."""
        return all(_finished(known.documents, id_) for id_ in self.ids)

    def request_counts(self, _documents: int) -> int:
        """Requests of a look at most."""
        return len(self.ids)


def watched(
    chosen: tuple[str, ...] | None, otherwise: str, *, named: bool = False
) -> ListedDocuments | DocumentsById:
    """How the documents of a batch are looked at: by a word, which outweighs ids beside it."""
    if chosen is None:
        return ListedDocuments(otherwise, named)
    words = [each for each in chosen if each in SHOWN]
    return ListedDocuments(words[0], named) if words else DocumentsById(chosen, named)


def parts(which: str, batch: Operation, known: Known) -> Iterator[str]:
    """The queries that show what is new, as few as can be. Pure.

    The first look and the last, when a finished batch's cache is outlived, are at everything.
    """
    counts = batch.counts.get(Counted.DOCUMENTS, {})
    total = batch.submitted.get(Counted.DOCUMENTS, 0)
    unfinished = any(counts.get(state) for state in (State.NOT_STARTED, State.RUNNING))
    if which == "all" and total:
        if known.outlived or len(known.documents) < total:
            yield _EVERY
        elif unfinished or any(not each.state.finished for each in known.documents.values()):
            yield _UNFINISHED
    elif which == "unfinished" and unfinished:
        yield _UNFINISHED
    elif which == "failed":
        failed = counts.get(State.FAILED, 0)
        if failed and (known.outlived or failed > len(known.documents)):
            yield _FAILED


def _by_ids(ids: Sequence[str]) -> Iterator[str]:
    for start in range(0, len(ids), IDS_AT_ONCE):
        yield "ids=" + ",".join(ids[start : start + IDS_AT_ONCE])


def _finished(documents: Mapping[str, Document], document_id: str) -> bool:
    document = documents.get(document_id)
    return document is not None and document.state.finished
