"""The row of one document, and the filters and orders of the table of documents. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from exporter.model.operation import Document, State
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


def sort_key(document: Document, query: Query) -> SortKey:
    """The key of a document in the order of the query."""
    if not query.sort:
        return _DEFAULT_ORDER.get(document.state, 2), document.name, document.id
    column_value = COLUMNS[query.column]
    return *order(column_value(document), descending=query.descending), document.id


def passes_filters(document: Document, query: Query, text: str) -> bool:
    """Whether a document passes the filters; `text` is the searched text, in lower case."""
    if query.state and document.state.value != query.state:
        return False
    fault = document.fault
    searched_texts = document.id, document.name, document.language, fault.code if fault else ""
    return not text or any(text in word.casefold() for word in searched_texts)


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
