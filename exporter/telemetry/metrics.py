"""The exporter's own metrics, and those that outlive an operation: a prometheus-client registry."""

import platform
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import generate_latest as text
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics

from exporter import __version__
from exporter.azure.breaker import CircuitBreaker
from exporter.azure.client import Exchange
from exporter.errors import NoAnswer, Unauthorised
from exporter.exposition.families import TELEMETRY_FAMILIES, Family, Scope
from exporter.exposition.negotiation import Format
from exporter.model.operation import Key, State
from exporter.model.quantities import Amount
from exporter.model.shard import Shard
from exporter.model.snapshot import Snapshot
from exporter.text import cut

CODES_LIMIT = 64  # distinct error codes for each resource and API; a further one is "other"
REFUSALS = (
    "connections",
    "malformed",
    "scrapes",
    "slow_reader",
    "slow_request",
    "tls",
    "users",
)
_REQUEST_SECONDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_OPERATION_SECONDS = (10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400)

Metric = TypeVar("Metric", Gauge, Counter, Histogram)

_TOTALLED = tuple(amount for amount in Amount if amount.total)
_FAMILY = {family.name: family for family in TELEMETRY_FAMILIES}


class Telemetry:
    """Counts what happens. Its methods are what the other parts call when something did."""

    def __init__(self) -> None:
        # One more series for each counter, which nobody asked for.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self.loaded_at: float | None = None  # Unix seconds
        self._of_api: list[Gauge | Counter | Histogram] = []
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._resource_up = self._gauge("azure_ai_resource_up")
        nouns = dict.fromkeys(amount.noun for amount in _TOTALLED)
        self._charged = {noun: self._counter(f"azure_ai_{noun}_total") for noun in nouns}
        self._transitions = self._counter("azure_ai_state_transitions_total")
        self._durations = self._histogram(
            "azure_ai_operation_duration_seconds",
            _OPERATION_SECONDS,
        )
        self._requests = self._counter("azure_ai_api_requests_total")
        self._errors = self._counter("azure_ai_api_errors_total")
        self._seconds = self._histogram("azure_ai_api_request_duration_seconds", _REQUEST_SECONDS)
        self._retry_after = self._gauge("azure_ai_api_retry_after_seconds")
        self._polls = self._counter("azure_ai_exporter_polls_total")
        self._lag = self._gauge("azure_ai_exporter_poll_lag_seconds")
        self._unknown_states = self._counter("azure_ai_exporter_unknown_states_total")
        self._list_up = self._gauge("azure_ai_exporter_list_up")
        self._list_cut = self._gauge("azure_ai_exporter_list_truncated")
        self._list_broken = self._counter("azure_ai_exporter_list_items_unreadable_total")
        self._operations = self._gauge("azure_ai_resource_operations")
        self._paused = self._gauge("azure_ai_exporter_resource_paused")
        self._scrape_seconds = self._gauge("azure_ai_exporter_scrape_duration_seconds")
        self._loaded = self._gauge("azure_ai_exporter_config_last_reload_successful")
        self._loaded_at = self._gauge(
            "azure_ai_exporter_config_last_reload_success_timestamp_seconds",
        )
        self._checkpoint_ok = self._gauge("azure_ai_exporter_checkpoint_last_write_successful")
        self._checkpoint_ok.set(1)
        self._checkpoint_at = self._gauge(
            "azure_ai_exporter_checkpoint_last_write_success_timestamp_seconds",
        )
        self._shard = self._gauge("azure_ai_exporter_shard")
        self._shards = self._gauge("azure_ai_exporter_shards")
        self._files_broken = self._gauge("azure_ai_exporter_operation_files_broken")
        self._web_loaded = self._gauge("azure_ai_exporter_web_config_last_reload_successful")
        self._web_loaded.set(1)
        self._refused = self._counter("azure_ai_exporter_web_refused_total")
        for reason in REFUSALS:
            self._refused.labels(reason)
        self._codes: dict[tuple[str, str], set[str]] = {}
        self._gauge("azure_ai_exporter_build_info").labels(
            __version__,
            platform.python_version(),
        ).set(1)

    def _gauge(self, name: str) -> Gauge:
        family = _FAMILY[name]
        gauge = Gauge(name, family.help, family.all_labels, registry=self.registry)
        return self._noted(family, gauge)

    def _counter(self, name: str) -> Counter:
        family = _FAMILY[name]
        counter = Counter(name, family.help, family.all_labels, registry=self.registry)
        return self._noted(family, counter)

    def _histogram(self, name: str, buckets: tuple[float, ...]) -> Histogram:
        family = _FAMILY[name]
        labels = family.all_labels
        histogram = Histogram(name, family.help, labels, buckets=buckets, registry=self.registry)
        return self._noted(family, histogram)

    def _noted(self, family: Family, metric: Metric) -> Metric:
        if family.scope is Scope.API:
            self._of_api.append(metric)
        return metric

    def expect(
        self,
        resource: str,
        api: str,
        states: Iterable[State],
        codes: Iterable[str],
    ) -> None:
        """Begin the series of an API of a resource at 0, with the error codes its page lists."""
        of_api = resource, api
        for amount in _TOTALLED:
            self._count_charge(of_api, amount, 0)
        self._seconds.labels(*of_api)
        self._unknown_states.labels(*of_api)
        for status in ("200", "401", "404", "429", "500", "timeout", "connection", "unreadable"):
            self._requests.labels(*of_api, status)
        for outcome in ("success", "failure"):
            self._polls.labels(*of_api, outcome)
        self._codes[of_api] = set(codes)
        for state in (*states, State.UNKNOWN):
            self._operations.labels(*of_api, state.value)
        for code in codes:
            self._errors.labels(*of_api, code)

    def exchanged(self, exchange: Exchange) -> None:
        """A request to Azure has come to its end."""
        resource, api, _operation = exchange.key
        if (resource, api) not in self._codes:
            return  # it left while somebody waited for the answer
        failure = exchange.failure
        self._requests.labels(resource, api, exchange.status).inc()
        self._seconds.labels(resource, api).observe(exchange.seconds)
        self._resource_up.labels(resource, api).set(
            not isinstance(failure, NoAnswer | Unauthorised),
        )
        if exchange.retry_after is not None:
            self._retry_after.labels(resource, api).set(exchange.retry_after)
        if failure and failure.details.error_code:
            code = self._bounded(resource, api, failure.details.error_code)
            self._errors.labels(resource, api, code).inc()

    def _bounded(self, resource: str, api: str, code: str) -> str:
        """The code as a label: what Azure invents is bounded in length and in number."""
        seen = self._codes[resource, api]
        if code not in seen and len(seen) >= CODES_LIMIT:
            return "other"
        seen.add(code)
        return cut(code)

    def polled(self, key: Key, outcome: str, lag: float) -> None:
        """A poll has come to its end, `lag` seconds behind its schedule."""
        if (key.resource, key.api) not in self._codes:
            return
        self._polls.labels(key.resource, key.api, outcome).inc()
        self._lag.labels(key.resource, key.api).set(lag)

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

    def listed(self, resource: str, api: str, *, whole: bool, cut: bool, broken: int) -> None:
        """A round of lists was read to its `whole` end, or not; some operations were `cut` off."""
        self._list_up.labels(resource, api).set(whole)
        self._list_cut.labels(resource, api).set(cut)
        self._list_broken.labels(resource, api).inc(broken)

    def broken(self, key: Key, items: int) -> None:
        """Items of a list of documents could not be read."""
        self._list_broken.labels(key.resource, key.api).inc(items)

    def forget_list(self, resource: str, api: str) -> None:
        """An API's lists are not read any more."""
        for metric in (self._list_up, self._list_cut, self._list_broken):
            metric.remove_by_labels({"resource": resource, "api": api})

    def forget(self, resource: str, api: str) -> None:
        """An API of a resource is not watched any more: its series leave."""
        for metric in self._of_api:
            metric.remove_by_labels({"resource": resource, "api": api})
        del self._codes[resource, api]

    def loaded(self, now: float) -> None:
        """The configuration in use was loaded at `now` (Unix seconds)."""
        self._loaded.set(1)
        self._loaded_at.set(now)
        self.loaded_at = now

    def not_loaded(self) -> None:
        """A configuration was bad; the old one stays."""
        self._loaded.set(0)

    def sharded(self, shard: Shard) -> None:
        """Which part of the work this exporter does."""
        self._shard.set(shard.index)
        self._shards.set(shard.total)

    def web_loaded(self, *, successful: bool) -> None:
        """The web configuration was read again."""
        self._web_loaded.set(successful)

    def refused(self, reason: str) -> None:
        """A client was turned away, or cut off, for one of REFUSALS."""
        self._refused.labels(reason).inc()

    def counters(self) -> Iterator[tuple[str, dict[str, str], float]]:
        """The counters that a checkpoint keeps: what they count outlives the operations."""
        for counter in (*self._charged.values(), self._transitions):
            for metric in counter.collect():
                for sample in metric.samples:
                    yield sample.name, sample.labels, sample.value

    def go_on(self, name: str, labels: Mapping[str, str], value: float) -> None:
        """Let a counter begin where a checkpoint says that it was."""
        if (labels.get("resource", ""), labels.get("api", "")) not in self._codes:
            return  # it is not configured any more
        for counter in (*self._charged.values(), self._transitions):
            [metric] = counter.collect()
            if name == f"{metric.name}_total":
                counter.labels(**labels).inc(value)

    def checkpointed(self, *, successful: bool, now: float) -> None:
        """The checkpoint was written, or could not be."""
        self._checkpoint_ok.set(successful)
        if successful:
            self._checkpoint_at.set(now)

    def operation_files(self, broken: int) -> None:
        """So many files of operations are not right."""
        self._files_broken.set(broken)

    def scraped(self, seconds: float) -> None:
        """A scrape was answered."""
        self._scrape_seconds.set(seconds)

    def count_series(self, count: Callable[[], float]) -> None:
        """How to find out how many series there are."""
        self._gauge("azure_ai_exporter_series").set_function(count)

    def watch_pause(self, resource: str, breaker: CircuitBreaker) -> None:
        """How to find out whether a resource is paused."""
        self._paused.labels(resource).set_function(lambda: breaker.open)

    def unwatch_pause(self, resource: str) -> None:
        """A resource is not watched any more."""
        self._paused.remove(resource)

    def render(self, form: Format) -> bytes:
        """All of this registry; the end of the body in either format."""
        return (openmetrics if form is Format.OPENMETRICS else text)(self.registry)
