"""From the exporter's JSON to what stands in the table. Pure."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from msgspec import Struct

UNASKED = "not asked yet"

_UUID = re.compile(r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class ErrorJson(Struct):
    """The error that an operation carries."""

    code: str = ""
    inner_code: str = ""
    message: str = ""


class TroubleJson(Struct):
    """What is wrong with an operation, as the exporter's status page has it."""

    kind: str


class CountJson(Struct):
    """How many of a noun there are: in all, at an end, and at a bad one."""

    by_state: Mapping[str, int]
    finished: int = 0
    bad: int = 0
    submitted: int | None = None


class OperationJson(Struct):
    """One of `/api/v1/operations`; what an older exporter does not say is None.

    Times are Unix seconds.
    """

    resource: str
    api: str
    operation: str
    name: str | None = None
    state: str | None = None
    finished: bool = False
    bad: bool = False
    up: bool | None = None
    troubles: Sequence[TroubleJson] = ()
    failure: str | None = None
    last_success: float | None = None
    last_change: float | None = None
    created: float | None = None
    progress: float | None = None
    estimated_completion: float | None = None
    counts: Mapping[str, CountJson] = {}
    amounts: Mapping[str, float] = {}
    error: ErrorJson | None = None


class OperationsJson(Struct):
    """The body of `/api/v1/operations`; what a newer exporter says besides is left alone."""

    operations: list[OperationJson]
    problems: Sequence[str] = ()


class Urgency(IntEnum):
    """What a person wants to see first."""

    TROUBLE = 0
    RUNNING = 1
    QUEUED = 2
    FINISHED = 3


class TopRow(Struct, frozen=True, gc=False):
    """One operation. Times are seconds from now, in the past or until then.

    Attributes:
        word: its state in one word, or what is the matter with it.
        state: Azure's state, as far as it is known.
        bad: it has ended badly.
        parts: of all that is counted, how many are at an end, of how many.
        amount: what was charged or used first of all, and its noun.
    """

    urgency: Urgency
    word: str
    state: str
    bad: bool
    operation: str
    resource: str
    api: str
    progress: float | None
    parts: tuple[tuple[int, int], ...]
    amount: tuple[float, str] | None
    started: float | None
    changed: float | None
    ends: float | None
    why: str


@dataclass(frozen=True)
class RowFilter:
    """Which rows are wanted, and in which order; an empty set lets everything through."""

    resources: frozenset[str] = frozenset()
    apis: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    sort: str = "trouble"

    def of(self, rows: Iterable[TopRow]) -> list[TopRow]:
        """Those rows in that order."""
        states = {state.casefold() for state in self.states}
        wanted = [
            row
            for row in rows
            if (not self.resources or row.resource in self.resources)
            and (not self.apis or row.api in self.apis)
            and (not states or {row.word.casefold(), row.state.casefold()} & states)
        ]
        wanted.sort(key=_trouble)
        return wanted if self.sort == "trouble" else sorted(wanted, key=ORDERS[self.sort])


@dataclass(frozen=True)
class TopHead:
    """The sum of the rows; `age` is that of the oldest status of all that is unfinished.

    Attributes:
        words: how many rows have each; `bad` are those that are bad ends.
    """

    words: Mapping[str, int]
    bad: frozenset[str]
    age: float | None
    problems: int


def rows(known: OperationsJson, now: float) -> list[TopRow]:
    """A row for each operation, as of `now` in Unix seconds."""
    return [_row(operation, now) for operation in known.operations]


def head(known: OperationsJson, shown: Sequence[TopRow], now: float) -> TopHead:
    """What there is to say about the rows together."""
    counts = Counter((row.urgency, row.word) for row in shown)
    words = {word: count for (_, word), count in sorted(counts.items())}
    unfinished = (each for each in known.operations if not each.finished)
    ages = [now - each.last_success for each in unfinished if each.last_success is not None]
    bad = frozenset(row.word for row in shown if row.bad)
    return TopHead(words, bad, max(ages, default=None), len(known.problems))


def plain(text: str) -> str:
    """Foreign text on one line, of which no character moves a cursor or turns a line around."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else "\ufffd" for each in text)


def _row(operation: OperationJson, now: float) -> TopRow:
    word, urgency = _judged(operation)
    return TopRow(
        urgency=urgency,
        word=plain(word),
        state=plain(operation.state or ""),
        bad=operation.bad,
        operation=plain(_name(operation)),
        resource=plain(operation.resource),
        api=plain(operation.api),
        progress=operation.progress,
        parts=tuple(_parts(operation)),
        amount=next(((value, plain(noun)) for noun, value in operation.amounts.items()), None),
        started=_less(now, operation.created),
        changed=_less(now, operation.last_change),
        ends=None
        if operation.estimated_completion is None or operation.finished
        else operation.estimated_completion - now,
        why=plain(_why(operation)),
    )


def _judged(operation: OperationJson) -> tuple[str, Urgency]:
    """The first trouble is the worst; some say what the state does."""
    state = operation.state
    if operation.troubles:
        kind = operation.troubles[0].kind
        return (state if state and _same(kind, state) else kind), Urgency.TROUBLE
    if state is None:
        return UNASKED, Urgency.QUEUED
    if operation.finished:
        return state, Urgency.FINISHED
    return state, Urgency.QUEUED if state == "NotStarted" else Urgency.RUNNING


def _same(kind: str, state: str) -> bool:
    return kind.replace(" ", "") == state.casefold()


def _name(operation: OperationJson) -> str:
    """A name where the id says nothing to a person; an id tells iterations of a film apart."""
    if operation.name and _UUID.fullmatch(operation.operation):
        return operation.name
    return operation.operation


def _why(operation: OperationJson) -> str:
    if operation.error:
        code = operation.error.inner_code or operation.error.code
        return ": ".join(filter(None, (code, operation.error.message)))
    if operation.up is False and operation.failure:
        return operation.failure
    failed = ((noun.replace("_", " "), count.bad) for noun, count in operation.counts.items())
    return ", ".join(f"{bad} {noun} failed" for noun, bad in failed if bad)


def _parts(operation: OperationJson) -> Iterator[tuple[int, int]]:
    for count in operation.counts.values():
        total = count.submitted or sum(count.by_state.values())
        if total:
            yield count.finished, total


def _less(later: float | None, earlier: float | None) -> float | None:
    return None if later is None or earlier is None else later - earlier


_LAST = float("inf")


def _trouble(row: TopRow) -> tuple[float | str, ...]:
    return row.urgency, _LAST if row.changed is None else row.changed, row.operation


ORDERS: Mapping[str, Callable[[TopRow], tuple[float | str, ...]]] = {
    "trouble": _trouble,
    "operation": lambda row: (row.operation,),
    "resource": lambda row: (row.resource, row.api),
    "state": lambda row: (row.word,),
    "progress": lambda row: (_LAST if row.progress is None else row.progress,),
    "charge": lambda row: (-(row.amount[0] if row.amount else 0),),
    "started": lambda row: (_LAST if row.started is None else row.started,),
    "changed": lambda row: (_LAST if row.changed is None else row.changed,),
    "ends": lambda row: (_LAST if row.ends is None else row.ends,),
}
"""What `--sort` takes; the smallest comes first."""
