"""The page of one operation."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

from markupsafe import Markup

from exporter.errors import NoAnswer
from exporter.model.documents import packed
from exporter.model.operation import Document, Fault, Operation
from exporter.model.snapshot import Snapshot
from exporter.telemetry.packed_requests import RequestRecord
from exporter.text import KEPT_LIMIT, public
from exporter.web.status.advice import ADVICE
from exporter.web.status.charts import progress_chart, progress_words
from exporter.web.status.documents import DocumentRow, document_row, filtered, sort_key, why_none
from exporter.web.status.formatting import When, duration, share, span, when
from exporter.web.status.promql import queries
from exporter.web.status.query import Query
from exporter.web.status.rows import OperationRow, OperationView, operation_url, row
from exporter.web.status.sorting import Part, phone_part, slices, sorted_part
from exporter.web.status.sources import Sources

_AZURE_ERROR = "Error from Azure"


@dataclass(frozen=True, slots=True)
class ErrorText:
    """An error in Azure's words, or the reason why there is no answer."""

    title: str
    source: str
    code: str
    inner_code: str
    target: str
    message: str
    request_id: str


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request, as a row of the table."""

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
    """The whole page. Rows of documents are made while the page is rendered.

    Attributes:
        settled: the operation is not polled any more.
        advice: what to do about each of its troubles.
        chart, chart_words: its progress over the last hour, as a picture and in words.
        no_documents: why there are none; empty if its API has none.
        unnamed: the documents have no names.
    """

    row: OperationRow
    labels: Mapping[str, str]
    json: str
    last_success: When | None
    last_action: When | None
    duration: str
    times: tuple[tuple[str, When], ...]
    ratios: tuple[tuple[str, int], ...]
    counts: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]
    stale: bool
    incomplete: str
    folded: int
    settled: bool
    lifecycle: bool
    errors: tuple[ErrorText, ...]
    timeline: tuple[tuple[When | None, str, str], ...]
    requests: tuple[RequestRow, ...]
    queries: tuple[tuple[str, str], ...]
    query: Query
    advice: tuple[tuple[str, str], ...]
    chart: Markup
    chart_words: str
    documents: Iterator[DocumentRow]
    no_documents: str
    unnamed: bool
    part: Part[Document]
    phone_part: Part[Document] | None
    all_documents: int


async def detail(sources: Sources, snapshot: Snapshot, query: Query) -> Detail:
    """The page of a watched operation."""
    now = sources.clock()
    key, operation = snapshot.watch.key, snapshot.shown
    documents = packed(operation.documents) if operation else packed({})
    part = await sorted_part(
        (filtered(some, query) async for some in slices(documents.values())),
        sort_key(query),
        descending=query.descending,
        page=query.page,
        per_page=query.per_page,
    )
    history = sources.history
    view = OperationView.at(snapshot, now)
    points = sources.progress.of(key, now)
    return Detail(
        row=row(view, now),
        labels=snapshot.watch.labels,
        json="/api/v1/operations/" + "/".join(quote(part_of_key, safe="") for part_of_key in key),
        last_success=when(snapshot.last_success, now),
        last_action=when(operation.last_action if operation else None, now),
        duration=span(snapshot.duration) if snapshot.duration is not None else "",
        times=tuple(_times(operation, now)) if operation else (),
        ratios=tuple(_ratios(operation)) if operation else (),
        counts=tuple(_counts(operation)) if operation else (),
        stale=snapshot.stale,
        incomplete=public(snapshot.incomplete),
        folded=snapshot.folded,
        settled=sources.poller.is_settled(key),
        lifecycle=sources.lifecycle,
        errors=tuple(_errors(snapshot, history.error_request_id(key))),
        timeline=tuple(
            (when(moment.at, now), moment.state, moment.what)
            for moment in history.timeline(snapshot)
        ),
        requests=tuple(_request_row(entry, now) for entry in reversed(history[key])),
        queries=tuple(queries(snapshot)),
        query=replace(query, page=part.page),
        advice=tuple((trouble.kind, ADVICE[trouble.kind]) for trouble in view.troubles),
        chart=progress_chart(points, now),
        chart_words=progress_words(points, now) if points else "",
        documents=(document_row(document, now) for document in part.items),
        no_documents=why_none(snapshot),
        unnamed=not any(document.name for document in part.items),
        part=part,
        phone_part=phone_part(part, query),
        all_documents=len(documents),
    )


def _ratios(operation: Operation) -> Iterator[tuple[str, int]]:
    """The amounts that are no charges but ratios, in per cent."""
    for amount, value in operation.amounts.items():
        if amount.is_ratio:
            yield amount.words, share(value)


def _times(operation: Operation, now: float) -> Iterator[tuple[str, When]]:
    """The times that only some APIs tell, with their names."""
    times = {
        "Work started": operation.started,
        "Deadline": operation.deadline,
        "Deleted by Azure": operation.expires,
    }
    for name, at in times.items():
        if moment := when(at, now):
            yield name, moment


def _counts(operation: Operation) -> Iterator[tuple[str, tuple[tuple[str, int], ...]]]:
    """For each noun, its states with a count above 0."""
    for counted, by_state in operation.counts.items():
        states = tuple((state.value, count) for state, count in by_state.items() if count)
        if states:
            yield counted.words, states


def _errors(snapshot: Snapshot, request_id: str) -> Iterator[ErrorText]:
    """The operation's own error, and why its latest poll failed."""
    operation, failure = snapshot.shown, snapshot.failure
    if operation and operation.fault:
        yield _fault_text("in the status of the operation", operation.fault, request_id)
    if failure:
        details = failure.details
        message = details.message or failure.reason
        no_answer = isinstance(failure, NoAnswer)
        yield ErrorText(
            "No answer" if no_answer else _AZURE_ERROR,
            f"{'to' if no_answer else 'at'} the latest request: {failure.status}",
            details.error_code,
            details.inner_code,
            details.target,
            public(message, KEPT_LIMIT),
            details.request_id,
        )


def _fault_text(source: str, fault: Fault, request_id: str) -> ErrorText:
    message = public(fault.message, KEPT_LIMIT)
    return ErrorText(
        _AZURE_ERROR, source, fault.code, fault.inner_code, fault.target, message, request_id
    )


def _request_row(entry: RequestRecord, now: float) -> RequestRow:
    return RequestRow(
        when=when(entry.at, now),
        status=entry.status,
        bad=bool(entry.failure),
        listed=entry.listed,
        took=duration(entry.seconds),
        waited=duration(entry.waited) if entry.waited >= 0.01 else "",  # noqa: PLR2004
        advice=span(entry.retry_after) if entry.retry_after else "",
        request_id=entry.request_id,
        changed=entry.changed,
        failure=entry.failure,
    )


def url_after_poll(snapshot: Snapshot, outcome: str) -> str:
    """The address of an operation's page, with the outcome of a demand for a poll."""
    return f"{operation_url(snapshot.watch.key)}&asked={outcome}"
