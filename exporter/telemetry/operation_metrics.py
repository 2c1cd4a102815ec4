"""The metrics that outlive operations."""

from collections.abc import Iterable, Iterator, Mapping

from exporter.model.operation import OperationKey, State
from exporter.model.quantities import Amount
from exporter.model.snapshot import Snapshot
from exporter.telemetry.registry import MetricsRegistry

_CHARGES = tuple(amount for amount in Amount if amount.total)


class OperationMetrics:
    """Counts states, their transitions, and what was charged, for each API of each resource."""

    def __init__(self, registry: MetricsRegistry) -> None:
        nouns = dict.fromkeys(amount.noun for amount in _CHARGES)
        self._charged = {noun: registry.counter(f"azure_ai_{noun}_total") for noun in nouns}
        self._cost = registry.counter("azure_ai_cost_total")
        self._spent: dict[tuple[str, str, str], float] = {}  # and not yet counted in `_cost`
        self._transitions = registry.counter("azure_ai_state_transitions_total")
        self._durations = registry.histogram("azure_ai_operation_duration_seconds")
        self._unknown_states = registry.counter("azure_ai_exporter_unknown_states_total")
        self._operations = registry.gauge("azure_ai_resource_operations")
        self._folded = registry.gauge("azure_ai_resource_operations_folded")
        self._expected: set[tuple[str, str]] = set()

    def expect(
        self, resource: str, api: str, states: Iterable[State], amounts: Iterable[Amount] = ()
    ) -> None:
        """Create the series of an API, at 0; `amounts` are those that it tells."""
        labels = resource, api
        self._expected.add(labels)
        for amount in dict.fromkeys((Amount.CHARACTERS_CHARGED, *amounts)):
            if amount.total:
                self._count_charge(labels, amount, 0)
        self._unknown_states.labels(*labels)
        self._folded.labels(*labels)
        for state in (*states, State.UNKNOWN):
            self._operations.labels(*labels, state.value)

    def expect_cost(self, resource: str, api: str, currency: str) -> None:
        """Create the series for the cost of an API, at 0."""
        self._cost.labels(resource, api, currency)

    def forget(self, resource: str, api: str) -> None:
        """Stop counting for an API."""
        self._expected.discard((resource, api))
        self._spent = {
            labels: spent for labels, spent in self._spent.items() if labels[:2] != (resource, api)
        }

    def fold(self, key: OperationKey, by: int) -> None:
        """Count an operation that lost its series (1) or got them (-1)."""
        self._folded.labels(*key[:2]).inc(by)

    def changed(self, before: Snapshot | None, after: Snapshot | None) -> None:
        """A listener of the store: count what outlives the operation."""
        if before and after and _counts_alike(before, after):
            return
        self._count_states(before, after)
        if before is None or after is None or after.operation is None:
            return
        labels = after.watch.key[:2]
        earlier, later = before.operation, after.operation
        if earlier and earlier.state is not later.state:
            self._transitions.labels(*labels, earlier.state.value, later.state.value).inc()
        if later.state is State.UNKNOWN and (earlier is None or earlier.word != later.word):
            self._unknown_states.labels(*labels).inc()
        if after.charged is not before.charged:
            for amount in _CHARGES:
                increase = after.charged.get(amount, 0) - before.charged.get(amount, 0)
                if increase:
                    self._count_charge(labels, amount, increase)
        if after.cost is not before.cost and after.cost:
            known = before.cost.known(after.cost.currency) if before.cost else 0.0
            increase = after.cost.value - known
            place = (*labels, after.cost.currency)
            self._spent[place] = self._spent.get(place, 0.0) + increase
        just_finished = before.finished_at is None and after.finished_at is not None
        if just_finished and (seconds := after.duration) is not None:
            self._durations.labels(*labels, later.state.value).observe(seconds)

    def _count_states(self, before: Snapshot | None, after: Snapshot | None) -> None:
        old_state, new_state = before and before.state, after and after.state
        if old_state is new_state:
            return
        if before:
            self._operations.labels(*before.watch.key[:2], before.state.value).dec()
        if after:
            self._operations.labels(*after.watch.key[:2], after.state.value).inc()

    def _count_charge(self, labels: tuple[str, str], amount: Amount, increase: float) -> None:
        kind = (amount.kind,) if amount.kind else ()
        self._charged[amount.noun].labels(*labels, *kind).inc(increase)

    def count_costs(self) -> None:
        """Count what was spent since the last call: a counter takes 2 µs for each operation."""
        for labels, spent in self._spent.items():
            self._cost.labels(*labels).inc(spent)
        self._spent.clear()

    def counters(self) -> Iterator[tuple[str, dict[str, str], float]]:
        """The counters for the checkpoint, because they outlive operations and restarts."""
        self.count_costs()
        for counter in (*self._charged.values(), self._cost, self._transitions):
            for metric in counter.collect():
                for sample in metric.samples:
                    yield sample.name, sample.labels, sample.value

    def restore_counter(self, name: str, labels: Mapping[str, str], value: float) -> None:
        """Start a counter at its value in the checkpoint."""
        if (labels.get("resource", ""), labels.get("api", "")) not in self._expected:
            return  # it is no longer configured
        for counter in (*self._charged.values(), self._cost, self._transitions):
            [metric] = counter.collect()
            if name == f"{metric.name}_total":
                counter.labels(**labels).inc(value)


def _counts_alike(before: Snapshot, after: Snapshot) -> bool:
    """Whether nothing that is counted can have changed, as after most polls."""
    same_operation = before.shown is after.shown and before.operation is after.operation
    same_charges = before.charged is after.charged and before.cost is after.cost
    return same_operation and same_charges
