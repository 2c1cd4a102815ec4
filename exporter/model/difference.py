"""Pure: what is new about an operation from one snapshot to the next, in a short sentence."""

from collections.abc import Iterator, Mapping

from exporter.model.operation import Operation, State
from exporter.model.quantities import Amount, Counted
from exporter.model.snapshot import Snapshot


def difference(before: Snapshot, after: Snapshot) -> str:
    """Such as `Running → Succeeded, 12 more documents Succeeded`; empty where nothing is new."""
    return ", ".join([*_readable(before, after), *_seen(before, after)])


def _readable(before: Snapshot, after: Snapshot) -> Iterator[str]:
    if after.failure and not before.failure:
        yield "cannot be read"
    elif not after.failure and (before.failure or (before.stale and not after.stale)):
        yield "can be read again"


def _seen(before: Snapshot, after: Snapshot) -> Iterator[str]:
    known, now = before.operation, after.operation
    if now is None or now is known:
        return
    if known is None:
        yield f"first seen as {now.state}"
        return
    said = [*_state(known, now), *_numbers(known, now)]
    if not said and after.last_change != before.last_change:
        said = ["documents changed"]
    yield from said


def _state(known: Operation, now: Operation) -> Iterator[str]:
    if known.state is not now.state:
        yield f"{known.state} → {now.state}"
    if now.fault and now.fault != known.fault:
        yield f"error {now.fault.code or 'without a code'}"


def _numbers(known: Operation, now: Operation) -> Iterator[str]:
    for counted in Counted:
        yield from _more(known.counts.get(counted), now.counts.get(counted), counted.words)
    if now.progress is not None and now.progress != known.progress:
        yield _progress(known.progress or 0.0, now.progress)
    for amount in Amount:
        more = now.amounts.get(amount, 0) - known.amounts.get(amount, 0)
        if more:
            yield _amount(amount.words, more)


def _amount(words: str, more: float) -> str:
    """Such as `charged 1,200 characters more`, `0.5 audio seconds more`."""
    noun = words.removesuffix(" charged")
    verb = "charged " if noun != words else ""
    return f"{verb}{abs(more):,} {noun} {'more' if more > 0 else 'less'}"


def _progress(known: float, now: float) -> str:
    """In whole per cent, unless that would say the same twice."""
    if f"{known:.0%}" == f"{now:.0%}":
        return f"progress {known:.2%} → {now:.2%}" if known else f"progress {now:.0%}"
    return f"progress {known:.0%} → {now:.0%}"


def _more(
    known: Mapping[State, int] | None, now: Mapping[State, int] | None, what: str
) -> Iterator[str]:
    """Where counts have grown; what has shrunk elsewhere follows from it."""
    for state, count in (now or {}).items():
        more = count - (known or {}).get(state, 0)
        if more > 0:
            one = what.removesuffix("s") if more == 1 else what
            yield f"{more:,} more {one} {state}"
