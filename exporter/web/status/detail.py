"""What the page of one operation shows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

from exporter.errors import NoAnswer
from exporter.model.documents import packed
from exporter.model.operation import Document, Fault, Operation
from exporter.model.snapshot import Snapshot
from exporter.telemetry.history import RequestRecord
from exporter.text import public
from exporter.web.status.documents import DocumentRow, document_row, place_of, wanted
from exporter.web.status.formatting import When, duration, span, when
from exporter.web.status.promql import queries
from exporter.web.status.query import Query
from exporter.web.status.rows import OperationRow, OperationView, row, url_of
from exporter.web.status.sorting import Part, arranged
from exporter.web.status.sources import Sources

_AZURE_SAID = "What Azure said"
_WORD_FOR_WORD = 4000  # characters of a message


@dataclass(frozen=True, slots=True)
class ErrorText:
    """What was wrong: Azure's words, or why there are none."""

    title: str
    where: str
    code: str
    inner_code: str
    target: str
    message: str
    request_id: str


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request, as a line."""

    when: When | None
    status: str
    bad: bool
    listed: bool
    took: str
    waited: str
    advice: str
    request_id: str
    changed: str
    failure: str


@dataclass(frozen=True, slots=True)
class Detail:
    """The whole page; documents are made while they are rendered.

    `settled` operations are not asked for any more.
    """

    row: OperationRow
    labels: Mapping[str, str]
    json: str
    last_success: When | None
    last_action: When | None
    counts: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]
    stale: bool
    incomplete: str
    folded: int
    settled: bool
    lifecycle: bool
    said: tuple[ErrorText, ...]
    timeline: tuple[tuple[When | None, str, str], ...]
    polls: tuple[RequestRow, ...]
    queries: tuple[tuple[str, str], ...]
    query: Query
    documents: Iterator[DocumentRow]
    part: Part[Document]
    all_documents: int


async def detail(sources: Sources, snapshot: Snapshot, query: Query) -> Detail:
    """The page of an operation that is watched."""
    now = sources.clock()
    key, known = snapshot.watch.key, snapshot.shown
    documents = packed(known.documents) if known else packed({})
    text = query.q.casefold()
    part = await arranged(
        documents.values(),
        lambda document: place_of(document, query) if wanted(document, query, text) else None,
        descending=query.descending,
        page=query.page,
        per_page=query.per_page,
    )
    history = sources.history
    return Detail(
        row=row(OperationView.at(snapshot, now), now),
        labels=snapshot.watch.labels,
        json="/api/v1/operations/" + "/".join(quote(each, safe="") for each in key),
        last_success=when(snapshot.last_success, now),
        last_action=when(known.last_action if known else None, now),
        counts=tuple(_counts(known)) if known else (),
        stale=snapshot.stale,
        incomplete=public(snapshot.incomplete),
        folded=snapshot.folded,
        settled=sources.poller.is_settled(key),
        lifecycle=sources.lifecycle,
        said=tuple(_said(snapshot, history.error_request_id(key))),
        timeline=tuple(
            (when(moment.at, now), moment.state, moment.what)
            for moment in history.timeline(snapshot)
        ),
        polls=tuple(_poll(entry, now) for entry in reversed(history[key])),
        queries=tuple(queries(snapshot)),
        query=replace(query, page=part.page),
        documents=(document_row(document, now) for document in part.items),
        part=part,
        all_documents=len(documents),
    )


def _counts(known: Operation) -> Iterator[tuple[str, tuple[tuple[str, int], ...]]]:
    """For each noun the states that have any."""
    for counted, by_state in known.counts.items():
        states = tuple((state.value, count) for state, count in by_state.items() if count)
        if states:
            yield counted.words, states


def _said(snapshot: Snapshot, request_id: str) -> Iterator[ErrorText]:
    """The operation's own error, and why it could not be read at the latest look."""
    known, failure = snapshot.shown, snapshot.failure
    if known and known.fault:
        yield _fault("in the operation's status", known.fault, request_id)
    if failure:
        said = failure.details
        message = said.message or failure.reason
        silent = isinstance(failure, NoAnswer)
        yield ErrorText(
            "No answer" if silent else _AZURE_SAID,
            f"to the latest request{'' if silent else ', which failed'}: {failure.status}",
            said.error_code,
            said.inner_code,
            said.target,
            public(message, _WORD_FOR_WORD),
            said.request_id,
        )


def _fault(where: str, fault: Fault, request_id: str) -> ErrorText:
    message = public(fault.message, _WORD_FOR_WORD)
    return ErrorText(
        _AZURE_SAID, where, fault.code, fault.inner_code, fault.target, message, request_id
    )


def _poll(entry: RequestRecord, now: float) -> RequestRow:
    return RequestRow(
        when=when(entry.at, now),
        status=entry.status,
        bad=bool(entry.failure),
        listed=entry.listed,
        took=duration(entry.seconds),
        waited=duration(entry.waited) if entry.waited >= 0.01 else "",  # noqa: PLR2004
        advice=f"wait {span(entry.retry_after)}" if entry.retry_after else "",
        request_id=entry.request_id,
        changed=entry.changed,
        failure=entry.failure,
    )


def back_to(snapshot: Snapshot, said: str) -> str:
    """The page of an operation, with a word about what was asked for."""
    return f"{url_of(snapshot.watch.key)}&asked={said}"
