"""What is counted of operations, and outlives them."""

from collections.abc import Iterable, Iterator, Mapping

from exporter.model.operation import State
from exporter.model.quantities import Amount
from exporter.model.snapshot import Snapshot
from exporter.telemetry.registry import MetricsRegistry

_TOTALLED = tuple(amount for amount in Amount if amount.total)


class OperationMetrics:
    """Counts states, their transitions, and what was charged, for each API of each resource."""

    def __init__(self, registry: MetricsRegistry) -> None:
        nouns = dict.fromkeys(amount.noun for amount in _TOTALLED)
        self._charged = {noun: registry.counter(f"azure_ai_{noun}_total") for noun in nouns}
        self._transitions = registry.counter("azure_ai_state_transitions_total")
        self._durations = registry.histogram("azure_ai_operation_duration_seconds")
        self._unknown_states = registry.counter("azure_ai_exporter_unknown_states_total")
        self._operations = registry.gauge("azure_ai_resource_operations")
        self._expected: set[tuple[str, str]] = set()

    def expect(self, resource: str, api: str, states: Iterable[State]) -> None:
        """Begin the series of an API at 0."""
        of_api = resource, api
        self._expected.add(of_api)
        for amount in _TOTALLED:
            self._count_charge(of_api, amount, 0)
        self._unknown_states.labels(*of_api)
        for state in (*states, State.UNKNOWN):
            self._operations.labels(*of_api, state.value)

    def forget(self, resource: str, api: str) -> None:
        """Count nothing any more of an API."""
        self._expected.discard((resource, api))

    def changed(self, before: Snapshot | None, after: Snapshot | None) -> None:
        """A listener of the store: count what outlives the operation."""
        was, is_ = before and before.state.value, after and after.state.value
        if before and was != is_:
            self._operations.labels(*before.watch.key[:2], was).dec()
        if after is None:
            return
        of_api = after.watch.key[:2]
        if was != is_:
            self._operations.labels(*of_api, is_).inc()
        if before is None or after.operation is None:
            return
        known, now = before.operation, after.operation
        if known and known.state is not now.state:
            self._transitions.labels(*of_api, known.state.value, now.state.value).inc()
        if now.state is State.UNKNOWN and (known is None or known.word != now.word):
            self._unknown_states.labels(*of_api).inc()
        if after.charged is not before.charged:
            for amount in _TOTALLED:
                more = after.charged.get(amount, 0) - before.charged.get(amount, 0)
                self._count_charge(of_api, amount, more)
        just_finished = before.finished_at is None and after.finished_at is not None
        if just_finished and now.created and now.last_action:
            seconds = max(0.0, now.last_action - now.created)
            self._durations.labels(*of_api, now.state.value).observe(seconds)

    def _count_charge(self, of_api: tuple[str, str], amount: Amount, more: float) -> None:
        kind = (amount.kind,) if amount.kind else ()
        self._charged[amount.noun].labels(*of_api, *kind).inc(more)

    def counters(self) -> Iterator[tuple[str, dict[str, str], float]]:
        """The counters that a checkpoint keeps: what they count outlives the operations."""
        for counter in (*self._charged.values(), self._transitions):
            for metric in counter.collect():
                for sample in metric.samples:
                    yield sample.name, sample.labels, sample.value

    def go_on(self, name: str, labels: Mapping[str, str], value: float) -> None:
        """Let a counter begin where a checkpoint says that it was."""
        if (labels.get("resource", ""), labels.get("api", "")) not in self._expected:
            return  # it is not configured any more
        for counter in (*self._charged.values(), self._transitions):
            [metric] = counter.collect()
            if name == f"{metric.name}_total":
                counter.labels(**labels).inc(value)
