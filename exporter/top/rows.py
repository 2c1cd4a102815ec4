"""The rows of the table, made from the exporter's JSON. Pure functions."""

import re
from collections.abc import Iterator, Mapping
from enum import IntEnum

from msgspec import Struct

from exporter.top.operations_json import OperationJson, OperationsJson, plain

NOT_POLLED = "not polled yet"

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
        failed: for each noun that is counted, how many have failed.
        amount: the first amount that was charged or used, and its noun.
        created: seconds since then.
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
    failed: Mapping[str, int]
    amount: tuple[float, str] | None
    created: float | None
    changed: float | None
    ends: float | None
    reason: str


def rows(body: OperationsJson, now: float) -> list[TopRow]:
    """A row for each operation; `now` is in Unix seconds."""
    return [_row(operation, now) for operation in body.operations]


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
        failed=_failed(operation),
        amount=next(_charges(operation), None),
        created=_difference(now, operation.created),
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
    """What failed of it comes first, because an error may be long."""
    reasons = [", ".join(failed_texts(_failed(operation)))]
    if operation.error:
        code = operation.error.inner_code or operation.error.code
        reasons.append(": ".join(filter(None, (code, operation.error.message))))
    elif operation.up is False and operation.failure:
        reasons.append(operation.failure)
    return "; ".join(filter(None, reasons))


def failed_texts(failed: Mapping[str, int]) -> list[str]:
    """Such as `2 documents failed` for each noun."""
    return [
        f"{count} {noun if count > 1 else noun.removesuffix('s')} failed"
        for noun, count in failed.items()
    ]


def _failed(operation: OperationJson) -> Mapping[str, int]:
    counts = operation.counts.items()
    return {plain(noun.replace("_", " ")): count.bad for noun, count in counts if count.bad}


def _parts(operation: OperationJson) -> Iterator[tuple[int, int]]:
    for count in operation.counts.values():
        total = count.submitted or sum(count.by_state.values())
        if total:
            yield count.finished, total


def _charges(operation: OperationJson) -> Iterator[tuple[float, str]]:
    """The amounts that are charges or use: the progress of a phase, or a warning, is neither."""
    for noun, value in operation.amounts.items():
        if not noun.partition("/")[0].endswith(("_ratio", "warnings")):
            yield value, plain(noun)


def _difference(later: float | None, earlier: float | None) -> float | None:
    return None if later is None or earlier is None else later - earlier
