"""The row of one operation, and the filters and orders of the table of operations. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from exporter.model.operation import Number, Operation, OperationKey, State
from exporter.model.quantities import Amount
from exporter.model.snapshot import Snapshot
from exporter.model.trouble import RANK, Trouble, troubles
from exporter.text import public
from exporter.web.status.formatting import When, share, when
from exporter.web.status.query import Query
from exporter.web.status.sorting import SortKey, order

_NO_TROUBLE = len(RANK)


class OperationView(NamedTuple):
    """An operation as of the time of a page: its state, and its troubles."""

    snapshot: Snapshot
    state: State
    troubles: tuple[Trouble, ...]

    @classmethod
    def at(cls, snapshot: Snapshot, now: float) -> "OperationView":
        """The view as of `now`, in Unix seconds."""
        return cls(snapshot, snapshot.state, troubles(snapshot, now))


@dataclass(frozen=True, slots=True)
class OperationRow:
    """One operation, as a row of the table."""

    key: OperationKey
    url: str
    name: str
    kind: str
    state: str
    polled: bool
    troubles: tuple[tuple[str, When | None], ...]
    share: int | None
    counts: str
    failed: int
    started: When | None
    changed: When | None
    end: When | None
    charged: Number | None
    amounts: tuple[tuple[str, Number], ...]
    code: str
    message: str


def operation_url(key: OperationKey) -> str:
    """The address of an operation's page."""
    return f"/operation?{urlencode(key._asdict())}"


def row(view: OperationView, now: float) -> OperationRow:
    """The row of an operation."""
    snapshot, operation = view.snapshot, view.snapshot.shown
    fault = operation.fault if operation else None
    failure = snapshot.failure
    return OperationRow(
        key=snapshot.watch.key,
        url=operation_url(snapshot.watch.key),
        name=public(snapshot.watch.name),
        kind=snapshot.watch.kind.replace("_", " "),
        state=view.state.value,
        polled=snapshot.up is not None,
        troubles=tuple((trouble.kind, when(trouble.since, now)) for trouble in view.troubles),
        share=_share(operation),
        counts=", ".join(_counts(operation)) if operation else "",
        failed=failed_parts(operation) if operation else 0,
        started=when(operation.created if operation else None, now),
        changed=when(snapshot.last_change if operation else None, now),
        end=when(snapshot.estimated_completion if operation else None, now),
        charged=_characters(operation) if operation else None,
        amounts=tuple(other_amounts(operation)) if operation else (),
        code=error_code(snapshot),
        message=public(fault.message) if fault else failure.reason if failure else "",
    )


def error_code(snapshot: Snapshot) -> str:
    """The code of the operation's own error, or of its latest poll if that failed."""
    fault = snapshot.shown.fault if snapshot.shown else None
    if fault:
        return fault.inner_code or fault.code
    failure = snapshot.failure
    return failure.details.error_code or failure.status if failure else ""


def _title(snapshot: Snapshot) -> str:
    return snapshot.watch.name or snapshot.watch.key.operation


def _progress(operation: Operation) -> float | None:
    """The progress; 1 for an operation that has succeeded, also if its API reports none."""
    if operation.progress is None and operation.state is State.SUCCEEDED:
        return 1.0
    return operation.progress


def _share(operation: Operation | None) -> int | None:
    progress = _progress(operation) if operation else None
    return None if progress is None else share(progress)


def failed_parts(operation: Operation) -> int:
    """The number of documents, or other counted parts, with a bad end."""
    return sum(
        count
        for by_state in operation.counts.values()
        for state, count in by_state.items()
        if state.bad
    )


def _counts(operation: Operation) -> Iterator[str]:
    """Texts such as `118 of 240 documents`."""
    for counted, by_state in operation.counts.items():
        total = operation.submitted.get(counted) or sum(by_state.values())
        if total:
            yield f"{by_state.get(State.SUCCEEDED, 0):,} of {total:,} {counted.words}"


def _characters(operation: Operation) -> Number | None:
    return operation.amounts.get(Amount.CHARACTERS_CHARGED)


def other_amounts(operation: Operation) -> Iterator[tuple[str, Number]]:
    """All amounts but the characters charged, which have their own column."""
    for amount, value in operation.amounts.items():
        if value and amount is not Amount.CHARACTERS_CHARGED:
            yield amount.words, value


def _column(value_of: Callable[[Operation], object]) -> Callable[[OperationView], object]:
    return lambda view: value_of(view.snapshot.shown) if view.snapshot.shown else None


COLUMNS: Mapping[str, Callable[[OperationView], object]] = {
    "state": lambda view: view.state,
    "operation": lambda view: _title(view.snapshot).casefold(),
    "resource": lambda view: view.snapshot.watch.key[:2],
    "progress": _column(_progress),
    "started": _column(lambda operation: operation.created),
    "changed": lambda view: view.snapshot.last_change,
    "end": lambda view: view.snapshot.estimated_completion,
    "charged": _column(_characters),
    "error": lambda view: error_code(view.snapshot) or None,
}
SORTS = tuple(sign + column for column in COLUMNS for sign in ("", "-"))


def sort_key(view: OperationView, query: Query) -> SortKey:
    """The key of an operation in the order of the query; by default, trouble comes first."""
    key = view.snapshot.watch.key
    if not query.sort:
        changed = view.snapshot.last_change or 0.0
        rank = RANK[view.troubles[0].kind] if view.troubles else _NO_TROUBLE
        return rank, view.state.finished, -changed, key
    return *order(COLUMNS[query.column](view), descending=query.descending), key


def passes_filters(view: OperationView, query: Query, text: str) -> bool:
    """Whether an operation passes the filters; `text` is the searched text, in lower case."""
    watch = view.snapshot.watch
    if query.resource and watch.key.resource != query.resource:
        return False
    if query.api and watch.key.api != query.api:
        return False
    if query.state and view.state != query.state:
        return False
    if query.trouble and not _has_trouble(view.troubles, query.trouble):
        return False
    return not text or any(text in value.casefold() for value in _searched_texts(view.snapshot))


def _has_trouble(troubles: Iterable[Trouble], kind: str) -> bool:
    return any(kind in {"any", trouble.kind} for trouble in troubles)


def _searched_texts(snapshot: Snapshot) -> Iterable[str]:
    watch = snapshot.watch
    return *watch.key, watch.name, error_code(snapshot), *watch.labels.values()
