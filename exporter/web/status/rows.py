"""Pure: one operation as a row of the table, and the orders that the table can have."""

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

_CALM = len(RANK)


class OperationView(NamedTuple):
    """An operation at the moment of a page: its state, and its trouble."""

    snapshot: Snapshot
    state: State
    troubles: tuple[Trouble, ...]

    @classmethod
    def at(cls, snapshot: Snapshot, now: float) -> "OperationView":
        """As it is at `now`, Unix seconds."""
        return cls(snapshot, snapshot.state, troubles(snapshot, now))


@dataclass(frozen=True, slots=True)
class OperationRow:
    """What a line about an operation shows."""

    key: OperationKey
    url: str
    name: str
    kind: str
    state: str
    asked: bool
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


def url_of(key: OperationKey) -> str:
    """Where its page is."""
    return f"/operation?{urlencode(key._asdict())}"


def row(seen: OperationView, now: float) -> OperationRow:
    """The line of an operation."""
    snapshot, known = seen.snapshot, seen.snapshot.shown
    fault = known.fault if known else None
    failure = snapshot.failure
    return OperationRow(
        key=snapshot.watch.key,
        url=url_of(snapshot.watch.key),
        name=public(snapshot.watch.name),
        kind=snapshot.watch.kind.replace("_", " "),
        state=seen.state.value,
        asked=snapshot.up is not None,
        troubles=tuple((each.kind, when(each.since, now)) for each in seen.troubles),
        share=_share(known),
        counts=", ".join(_counts(known)) if known else "",
        failed=failed_parts(known) if known else 0,
        started=when(known.created if known else None, now),
        changed=when(snapshot.last_change if known else None, now),
        end=when(snapshot.estimated_completion if known else None, now),
        charged=_characters(known) if known else None,
        amounts=tuple(amounts_of(known)) if known else (),
        code=code_of(snapshot),
        message=public(fault.message) if fault else failure.reason if failure else "",
    )


def code_of(snapshot: Snapshot) -> str:
    """The code of the operation's error, or of the latest look that failed."""
    fault = snapshot.shown.fault if snapshot.shown else None
    if fault:
        return fault.inner_code or fault.code
    failure = snapshot.failure
    return failure.details.error_code or failure.status if failure else ""


def _title(snapshot: Snapshot) -> str:
    return snapshot.watch.name or snapshot.watch.key.operation


def _progress(known: Operation) -> float | None:
    """What has succeeded is done, whether its API tells of progress or not."""
    return 1.0 if known.progress is None and known.state is State.SUCCEEDED else known.progress


def _share(known: Operation | None) -> int | None:
    progress = _progress(known) if known else None
    return None if progress is None else share(progress)


def failed_parts(known: Operation) -> int:
    """How many of what is counted ended badly."""
    return sum(
        count
        for by_state in known.counts.values()
        for state, count in by_state.items()
        if state.bad
    )


def _counts(known: Operation) -> Iterator[str]:
    """Such as `118 of 240 documents`."""
    for counted, by_state in known.counts.items():
        total = known.submitted.get(counted) or sum(by_state.values())
        if total:
            yield f"{by_state.get(State.SUCCEEDED, 0):,} of {total:,} {counted.words}"


def _characters(known: Operation) -> Number | None:
    return known.amounts.get(Amount.CHARACTERS_CHARGED)


def amounts_of(known: Operation) -> Iterator[tuple[str, Number]]:
    """What was charged, used or made beside characters, which have a place of their own."""
    for amount, value in known.amounts.items():
        if value and amount is not Amount.CHARACTERS_CHARGED:
            yield amount.words, value


def _of(read: Callable[[Operation], object]) -> Callable[[OperationView], object]:
    return lambda seen: read(seen.snapshot.shown) if seen.snapshot.shown else None


COLUMNS: Mapping[str, Callable[[OperationView], object]] = {
    "state": lambda seen: seen.state,
    "operation": lambda seen: _title(seen.snapshot).casefold(),
    "resource": lambda seen: seen.snapshot.watch.key[:2],
    "progress": _of(_progress),
    "started": _of(lambda known: known.created),
    "changed": lambda seen: seen.snapshot.last_change,
    "end": lambda seen: seen.snapshot.estimated_completion,
    "charged": _of(_characters),
    "error": lambda seen: code_of(seen.snapshot) or None,
}
SORTS = tuple(sign + column for column in COLUMNS for sign in ("", "-"))


def place_of(seen: OperationView, query: Query) -> SortKey:
    """Where it stands in the order that is asked for; its own is trouble, work, and the rest."""
    key = seen.snapshot.watch.key
    if not query.sort:
        changed = seen.snapshot.last_change or 0.0
        rank = RANK[seen.troubles[0].kind] if seen.troubles else _CALM
        return rank, seen.state.finished, -changed, key
    return *order(COLUMNS[query.column](seen), descending=query.descending), key


def wanted(seen: OperationView, query: Query, text: str) -> bool:
    """Whether the filters let it through; `text` is what is searched for, in small letters."""
    watch = seen.snapshot.watch
    if query.resource and watch.key.resource != query.resource:
        return False
    if query.api and watch.key.api != query.api:
        return False
    if query.state and seen.state != query.state:
        return False
    if query.trouble and not _in(seen.troubles, query.trouble):
        return False
    return not text or any(text in each.casefold() for each in _words(seen.snapshot))


def _in(troubles: Iterable[Trouble], kind: str) -> bool:
    return any(kind in {"any", trouble.kind} for trouble in troubles)


def _words(snapshot: Snapshot) -> Iterable[str]:
    watch = snapshot.watch
    return *watch.key, watch.name, code_of(snapshot), *watch.labels.values()
