"""The row of one operation, and the filters and orders of the table of operations. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote_plus

from msgspec import Struct

from exporter.model.operation import Number, Operation, OperationKey, State
from exporter.model.quantities import Amount
from exporter.model.snapshot import Snapshot
from exporter.model.trouble import RANK, Trouble, troubles
from exporter.text import public
from exporter.web.status.formatting import When, share, when
from exporter.web.status.query import Query
from exporter.web.status.sorting import SortKey, order

_NO_TROUBLE = len(RANK)


class OperationView(Struct, frozen=True, gc=False):
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
    created: When | None
    changed: When | None
    end: When | None
    charged: Number | None
    amounts: tuple[tuple[str, Number], ...]
    cost: str
    code: str
    message: str


def operation_url(key: OperationKey) -> str:
    """The address of an operation's page."""
    resource, api, operation = map(quote_plus, key)
    return f"/operation?resource={resource}&api={api}&operation={operation}"


def row(view: OperationView, now: float) -> OperationRow:
    """The row of an operation."""
    snapshot, operation = view.snapshot, view.snapshot.shown
    fault = operation.fault if operation else None
    failure = snapshot.failure
    return OperationRow(
        key=snapshot.watch.key,
        url=operation_url(snapshot.watch.key),
        name=public(snapshot.watch.name),
        kind=snapshot.kind.replace("_", " "),
        state=view.state.value,
        polled=snapshot.up is not None,
        troubles=tuple((trouble.kind, when(trouble.since, now)) for trouble in view.troubles),
        share=_share(operation),
        counts=", ".join(_counts(operation)) if operation else "",
        failed=failed_parts(operation) if operation else 0,
        created=when(operation.created if operation else None, now),
        changed=when(snapshot.last_change if operation else None, now),
        end=when(snapshot.estimated_completion if operation else None, now),
        charged=_characters(operation) if operation else None,
        amounts=tuple(other_amounts(operation)) if operation else (),
        cost=snapshot.cost.words if operation and snapshot.cost and snapshot.cost.value else "",
        code=error_code(snapshot),
        message=public(fault.message) if fault else failure.reason if failure else "",
    )


def error_code(snapshot: Snapshot) -> str:
    """The code of the operation's own error, or of its latest poll if that failed."""
    operation, failure = snapshot.shown, snapshot.failure
    if operation and operation.fault:
        return operation.fault.inner_code or operation.fault.code
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
    """All charges but the characters, which have their own column."""
    for amount, value in operation.amounts.items():
        if value and not amount.is_ratio and amount is not Amount.CHARACTERS_CHARGED:
            yield amount.words, value


def _column(value_of: Callable[[Operation], object]) -> Callable[[OperationView], object]:
    return lambda view: value_of(view.snapshot.shown) if view.snapshot.shown else None


COLUMNS: Mapping[str, Callable[[OperationView], object]] = {
    "state": lambda view: view.state,
    "operation": lambda view: _title(view.snapshot).casefold(),
    "resource": lambda view: view.snapshot.watch.key[:2],
    "progress": _column(_progress),
    "created": _column(lambda operation: operation.created),
    "changed": lambda view: view.snapshot.last_change,
    "end": lambda view: view.snapshot.estimated_completion,
    "charged": _column(_characters),
    "error": lambda view: error_code(view.snapshot) or None,
}
SORTS = tuple(sign + column for column in COLUMNS for sign in ("", "-"))


def sort_key(query: Query) -> Callable[[OperationView], SortKey]:
    """The keys of operations in the order of the query."""
    if not query.sort:
        return default_key
    return order(COLUMNS[query.column], _key, descending=query.descending)


def default_key(view: OperationView) -> SortKey:
    """The key of an operation in the default order: trouble comes first."""
    snapshot = view.snapshot
    rank = RANK[view.troubles[0].kind] if view.troubles else _NO_TROUBLE
    return rank, view.state.finished, -(snapshot.last_change or 0.0), snapshot.watch.key


def _key(view: OperationView) -> OperationKey:
    return view.snapshot.watch.key


def filtered(views: list[OperationView], query: Query) -> list[OperationView]:
    """The operations that pass the filters of the query."""
    if query.resource:
        views = [view for view in views if _key(view).resource == query.resource]
    if query.api:
        views = [view for view in views if _key(view).api == query.api]
    if query.state:
        views = [view for view in views if view.state == query.state]
    if query.trouble:
        views = [view for view in views if _has_trouble(view.troubles, query.trouble)]
    if query.label:
        pair = query.label_pair
        views = [view for view in views if pair and _has_label(view, *pair)]
    if text := query.q.casefold():
        views = [view for view in views if _mentions(view.snapshot, text)]
    return views


def _has_label(view: OperationView, name: str, value: str) -> bool:
    return view.snapshot.watch.labels.get(name, "") == value


def _has_trouble(troubles: Iterable[Trouble], kind: str) -> bool:
    return any(kind in {"any", trouble.kind} for trouble in troubles)


def _mentions(snapshot: Snapshot, text: str) -> bool:
    """Whether the operation shows a text, which is in lower case."""
    watch = snapshot.watch
    resource, api, operation = watch.key
    if text in operation.casefold() or text in watch.name.casefold():
        return True
    for value in (error_code(snapshot), resource, api, *watch.labels.values()):
        if text in value.casefold():  # `any` takes twice as long
            return True
    return False
