"""Pure: the samples of a snapshot for each family. Absent means that Azure did not say it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from exporter.model.operation import Document, Fault, Operation, State
from exporter.model.quantities import Amount, Counted
from exporter.model.snapshot import Snapshot

Sample = tuple[Mapping[str, str], float]
Samples = Iterator[Sample]
Labels = tuple[tuple[str, str], ...]


def state(snapshot: Snapshot) -> Samples:
    if operation := snapshot.shown:
        # An API may send a state that is not on Azure's page.
        for state in dict.fromkeys((*snapshot.watch.states, State.UNKNOWN, operation.state)):
            yield {"state": state.value}, state is operation.state


def up(snapshot: Snapshot) -> Samples:
    if snapshot.up is not None:
        yield {}, snapshot.up


def of_snapshot(read: Callable[[Snapshot], float | None]) -> Callable[[Snapshot], Samples]:
    def samples(snapshot: Snapshot) -> Samples:
        if snapshot.shown and (value := read(snapshot)) is not None:
            yield {}, value

    return samples


def of_operation(read: Callable[[Operation], float | None]) -> Callable[[Snapshot], Samples]:
    """One sample of a value of the operation, if Azure said it."""

    def samples(snapshot: Snapshot) -> Samples:
        if (operation := snapshot.shown) and (value := read(operation)) is not None:
            yield {}, value

    return samples


def last_success(snapshot: Snapshot) -> Samples:
    if snapshot.last_success is not None:
        yield {}, snapshot.last_success


def by_state(counted: Counted) -> Callable[[Snapshot], Samples]:
    """A sample for each state with a count."""

    def samples(snapshot: Snapshot) -> Samples:
        if operation := snapshot.shown:
            for state, count in operation.counts.get(counted, {}).items():
                yield {"state": state.value}, count

    return samples


def submitted(counted: Counted) -> Callable[[Snapshot], Samples]:
    """One sample: the total, if Azure said it."""
    return of_operation(lambda operation: operation.submitted.get(counted))


def amounts(kinds: Sequence[Amount]) -> Callable[[Snapshot], Samples]:
    """A sample for each amount of one noun, with the label `kind` if it has kinds."""

    def samples(snapshot: Snapshot) -> Samples:
        if operation := snapshot.shown:
            for amount in kinds:
                if (value := operation.amounts.get(amount)) is not None:
                    yield {"kind": amount.kind} if amount.kind else {}, value

    return samples


def cost(snapshot: Snapshot) -> Samples:
    if snapshot.shown and (cost := snapshot.cost):
        yield {"currency": cost.currency}, cost.value


def unreadable(snapshot: Snapshot) -> Samples:
    if snapshot.shown and snapshot.watch.has_documents:
        yield {}, len(snapshot.unreadable_since)


def folded(snapshot: Snapshot) -> Samples:
    if snapshot.shown and snapshot.watch.has_documents:
        yield {}, snapshot.folded


def fault_labels(fault: Fault) -> Labels:
    return ("code", fault.code), ("inner_code", fault.inner_code)


def error_info(snapshot: Snapshot) -> Samples:
    if (operation := snapshot.shown) and (fault := operation.fault):
        yield {**dict(fault_labels(fault)), "target": fault.target}, 1


def info(snapshot: Snapshot) -> Samples:
    watch = snapshot.watch
    yield {"kind": snapshot.kind, "name": watch.name, **watch.labels}, 1


@dataclass(frozen=True)
class OfDocument:
    """A sample for each document for which `read` gives a value, with additional `labels`."""

    read: Callable[[Document], float | None]
    labels: Callable[[Document], Labels] | None = None

    def __call__(self, snapshot: Snapshot) -> Samples:
        """The samples of all documents of a snapshot."""
        for document in snapshot.documents.values():
            if (value := self.read(document)) is not None:
                common = {"document": document.id, "language": document.language}
                additional = self.labels(document) if self.labels else ()
                yield {**common, **dict(additional)}, value
