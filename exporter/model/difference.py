"""Pure: the change of an operation from one snapshot to the next, as a short sentence."""

from collections.abc import Iterator, Mapping

from exporter.model.operation import Operation, State
from exporter.model.quantities import Amount, Counted
from exporter.model.snapshot import Snapshot


def difference(before: Snapshot, after: Snapshot) -> str:
    """Such as `Running → Succeeded, 12 more documents Succeeded`; empty if nothing changed."""
    return ", ".join([*_readability_changes(before, after), *_operation_changes(before, after)])


def _readability_changes(before: Snapshot, after: Snapshot) -> Iterator[str]:
    if after.failure and not before.failure:
        yield "cannot be read"
    elif not after.failure and (before.failure or (before.stale and not after.stale)):
        yield "can be read again"


def _operation_changes(before: Snapshot, after: Snapshot) -> Iterator[str]:
    earlier, later = before.operation, after.operation
    if later is None or later is earlier:
        return
    if earlier is None:
        yield f"first seen as {later.state}"
        return
    changes = [*_state_changes(earlier, later), *_number_changes(earlier, later)]
    if not changes and after.last_change != before.last_change:
        changes = ["documents changed"]
    yield from changes


def _state_changes(earlier: Operation, later: Operation) -> Iterator[str]:
    if earlier.state is not later.state:
        yield f"{earlier.state} → {later.state}"
    if later.fault and later.fault != earlier.fault:
        yield f"error {later.fault.code or 'without a code'}"


def _number_changes(earlier: Operation, later: Operation) -> Iterator[str]:
    for counted in Counted:
        yield from _count_growth(
            earlier.counts.get(counted), later.counts.get(counted), counted.words
        )
    if later.progress is not None and later.progress != earlier.progress:
        yield _progress_text(earlier.progress or 0.0, later.progress)
    for amount in Amount:
        now = later.amounts.get(amount, 0)
        growth = now - earlier.amounts.get(amount, 0)
        if growth:
            yield (
                f"{amount.words} {now:.0%}"
                if amount.is_ratio
                else _amount_text(amount.words, growth)
            )


def _amount_text(words: str, growth: float) -> str:
    """Such as `charged 1,200 characters more`, `0.5 audio seconds more`."""
    noun = words.removesuffix(" charged")
    verb = "charged " if noun != words else ""
    return f"{verb}{abs(growth):,} {noun} {'more' if growth > 0 else 'less'}"


def _progress_text(earlier: float, later: float) -> str:
    """In whole per cent, or with two decimals if both would read the same."""
    if f"{earlier:.0%}" == f"{later:.0%}":
        return f"progress {earlier:.2%} → {later:.2%}" if earlier else f"progress {later:.0%}"
    return f"progress {earlier:.0%} → {later:.0%}"


def _count_growth(
    earlier: Mapping[State, int] | None, later: Mapping[State, int] | None, words: str
) -> Iterator[str]:
    """The counts that grew; the counts that shrank follow from them."""
    for state, count in (later or {}).items():
        growth = count - (earlier or {}).get(state, 0)
        if growth > 0:
            noun = words.removesuffix("s") if growth == 1 else words
            yield f"{growth:,} more {noun} {state}"
