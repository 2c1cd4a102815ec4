"""The row of one document, and the filters and orders of the table of documents. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from exporter.model.operation import Document, State
from exporter.model.quantities import Counted
from exporter.model.snapshot import Snapshot
from exporter.text import public
from exporter.web.status.formatting import When, share, when
from exporter.web.status.query import PAGE_SIZES, Query
from exporter.web.status.sorting import SortKey, order


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One document, as a row of the table."""

    id: str
    name: str
    language: str
    state: str
    share: int | None
    charged: int | None
    last_action: When | None
    code: str
    message: str


COLUMNS: Mapping[str, Callable[[Document], object]] = {
    "state": lambda document: document.state.value,
    "document": lambda document: document.name or document.id,
    "language": lambda document: document.language,
    "progress": lambda document: document.progress,
    "charged": lambda document: document.characters_charged,
    "changed": lambda document: document.last_action,
    "error": lambda document: document.fault.code if document.fault else None,
}
VALUES: Mapping[str, tuple[str, ...]] = {
    "q": (),
    "state": tuple(state.value for state in State),
    "sort": tuple(sign + column for column in COLUMNS for sign in ("", "-")),
    "page": (),
    "per_page": PAGE_SIZES,
}
# Documents with a bad end come first, then those that are running.
_DEFAULT_ORDER = {state: 0 for state in State if state.bad} | {State.RUNNING: 1, State.SUCCEEDED: 3}


def sort_key(query: Query) -> Callable[[Document], SortKey]:
    """The keys of documents in the order of the query; by default, a bad end comes first."""
    if not query.sort:
        return _default_key
    return order(COLUMNS[query.column], lambda document: document.id, descending=query.descending)


def _default_key(document: Document) -> SortKey:
    return _DEFAULT_ORDER.get(document.state, 2), document.name, document.id


def filtered(documents: list[Document], query: Query) -> list[Document]:
    """The documents that pass the filters of the query."""
    if query.state:
        documents = [document for document in documents if document.state == query.state]
    if text := query.q.casefold():
        documents = [document for document in documents if _mentions(document, text)]
    return documents


def _mentions(document: Document, text: str) -> bool:
    fault = document.fault
    texts = document.id, document.name, document.language, fault.code if fault else ""
    return any(text in word.casefold() for word in texts)


def why_none(snapshot: Snapshot) -> str:
    """Why an operation shows no documents, in a sentence; empty if its API has none."""
    operation, shows = snapshot.shown, snapshot.watch.shows
    if not shows:
        none = "Documents are not read because of “documents: none” in the configuration."
        return "" if shows is None else none
    if operation is None:
        return "No documents were read yet, because the operation could not be read."
    if operation.state is State.VALIDATION_FAILED:
        return "No documents: Azure rejected the request before it listed any."
    if snapshot.incomplete:
        return "No documents could be read yet; see the reason above."
    if operation.state is State.NOT_STARTED or operation.submitted.get(Counted.DOCUMENTS) == 0:
        return "Azure has listed no documents yet."
    return "No documents were read yet; the next poll reads them."


def document_row(document: Document, now: float) -> DocumentRow:
    """The row of a document."""
    fault = document.fault
    return DocumentRow(
        id=document.id,
        name=document.name,
        language=document.language,
        state=document.state.value,
        share=None if document.progress is None else share(document.progress),
        charged=document.characters_charged,
        last_action=when(document.last_action, now),
        code=(fault.inner_code or fault.code) if fault else "",
        message=public(fault.message) if fault else "",
    )
