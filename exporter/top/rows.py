"""The rows of the table, made from the exporter's JSON. Pure functions."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from msgspec import Struct

from exporter.top.operations_json import OperationJson, OperationsJson, plain

NOT_POLLED = "not asked yet"

_UUID = re.compile(r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Urgency(IntEnum):
    """The default order of the rows: the smallest value comes first."""

    TROUBLE = 0
    RUNNING = 1
    QUEUED = 2
    FINISHED = 3


class TopRow(Struct, frozen=True, gc=False):
    """One operation.

    Attributes:
        word: its state, or what is wrong with it.
        state: Azure's state; empty if it is not known.
        bad: it has ended badly.
        parts: for each noun that is counted, how many are finished, and the total.
        amount: the first amount that was charged or used, and its noun.
        started: seconds since then.
        changed: seconds since then.
        ends: seconds until then.
        reason: why it is not well, in one line; empty if it is.
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
    reason: str


class UnknownFilterError(Exception):
    """No row can ever match: the exporter has no `name`; the `known` names are what it has."""

    def __init__(self, flag: str, name: str, known: Collection[str]) -> None:
        names = ", ".join(map(plain, known))
        super().__init__(f"{flag}: the exporter has no {name!r}; it has {names}")
        self.name, self.known = name, known


@dataclass(frozen=True)
class RowFilter:
    """Which rows to show, and in which order; an empty set excludes nothing."""

    resources: frozenset[str] = frozenset()
    apis: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    sort: str = "trouble"

    def check(self, body: OperationsJson) -> None:
        """Check that the exporter has these resources and APIs.

        Raises:
            UnknownFilterError: it has not; the text tells what it has.
        """
        if body.resources is None:
            return
        keys = [(operation.resource, operation.api) for operation in body.operations]
        keys += [(name, api) for name, apis in body.resources.items() for api in apis]
        resources, apis = {name for name, _ in keys}, {api for _, api in keys}
        for flag, wanted, known in (
            ("--resource", self.resources, resources | body.resources.keys()),
            ("--api", self.apis, apis),
        ):
            for name in sorted(wanted - known):
                raise UnknownFilterError(flag, name, sorted(known))

    def of(self, rows: Iterable[TopRow]) -> list[TopRow]:
        """The selected rows in the selected order."""
        states = {state.casefold() for state in self.states}
        selected = [
            row
            for row in rows
            if (not self.resources or row.resource in self.resources)
            and (not self.apis or row.api in self.apis)
            and (not states or {row.word.casefold(), row.state.casefold()} & states)
        ]
        selected.sort(key=_trouble_order)
        return selected if self.sort == "trouble" else sorted(selected, key=ORDERS[self.sort])


@dataclass(frozen=True)
class TopHead:
    """A summary of the rows.

    Attributes:
        words: the number of rows with each word.
        bad: the words of operations that have ended badly.
        age: seconds since the oldest status of an unfinished operation was read.
        problems: the number of problems with files of operations.
    """

    words: Mapping[str, int]
    bad: frozenset[str]
    age: float | None
    problems: int


def rows(body: OperationsJson, now: float) -> list[TopRow]:
    """A row for each operation; `now` is in Unix seconds."""
    return [_row(operation, now) for operation in body.operations]


def head(body: OperationsJson, shown: Sequence[TopRow], now: float) -> TopHead:
    """The summary of `shown`, the selected rows; `now` is in Unix seconds."""
    counts = Counter((row.urgency, row.word) for row in shown)
    words = {word: count for (_, word), count in sorted(counts.items())}
    unfinished = (operation for operation in body.operations if not operation.finished)
    ages = [
        now - operation.last_success
        for operation in unfinished
        if operation.last_success is not None
    ]
    bad = frozenset(row.word for row in shown if row.bad)
    return TopHead(words, bad, max(ages, default=None), len(body.problems))


def _row(operation: OperationJson, now: float) -> TopRow:
    word, urgency = _word_and_urgency(operation)
    return TopRow(
        urgency=urgency,
        word=plain(word),
        state=plain(operation.state or ""),
        bad=operation.bad,
        operation=plain(_display_name(operation)),
        resource=plain(operation.resource),
        api=plain(operation.api),
        progress=operation.progress,
        parts=tuple(_parts(operation)),
        amount=next(_charges(operation), None),
        started=_difference(now, operation.created),
        changed=_difference(now, operation.last_change),
        ends=None
        if operation.estimated_completion is None or operation.finished
        else operation.estimated_completion - now,
        reason=plain(_reason(operation)),
    )


def _word_and_urgency(operation: OperationJson) -> tuple[str, Urgency]:
    """The first trouble is the worst. If it means the same as the state, the state is shown."""
    state = operation.state
    if operation.troubles:
        kind = operation.troubles[0].kind
        return (state if state and _means_same(kind, state) else kind), Urgency.TROUBLE
    if state is None:
        return NOT_POLLED, Urgency.QUEUED
    if operation.finished:
        return state, Urgency.FINISHED
    return state, Urgency.QUEUED if state == "NotStarted" else Urgency.RUNNING


def _means_same(kind: str, state: str) -> bool:
    return kind.replace(" ", "") == state.casefold()


def _display_name(operation: OperationJson) -> str:
    """The name if the id is a UUID; other ids distinguish iterations of one video."""
    if operation.name and _UUID.fullmatch(operation.operation):
        return operation.name
    return operation.operation


def _reason(operation: OperationJson) -> str:
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


def _charges(operation: OperationJson) -> Iterator[tuple[float, str]]:
    """The amounts that are charges: a ratio, such as the progress of a phase, is none."""
    for noun, value in operation.amounts.items():
        if not noun.partition("/")[0].endswith("_ratio"):
            yield value, plain(noun)


def _difference(later: float | None, earlier: float | None) -> float | None:
    return None if later is None or earlier is None else later - earlier


_SORTS_LAST = float("inf")


def _trouble_order(row: TopRow) -> tuple[float | str, ...]:
    return row.urgency, _SORTS_LAST if row.changed is None else row.changed, row.operation


ORDERS: Mapping[str, Callable[[TopRow], tuple[float | str, ...]]] = {
    "trouble": _trouble_order,
    "operation": lambda row: (row.operation,),
    "resource": lambda row: (row.resource, row.api),
    "state": lambda row: (row.word,),
    "progress": lambda row: (_SORTS_LAST if row.progress is None else row.progress,),
    "charge": lambda row: (-(row.amount[0] if row.amount else 0),),
    "started": lambda row: (_SORTS_LAST if row.started is None else row.started,),
    "changed": lambda row: (_SORTS_LAST if row.changed is None else row.changed,),
    "ends": lambda row: (_SORTS_LAST if row.ends is None else row.ends,),
}
"""The values of `--sort`; the smallest key comes first."""
