"""The metrics of requests to Azure and of polls."""

from collections.abc import Iterable
from functools import cache, cached_property
from http import HTTPStatus

from prometheus_client import Counter, Gauge

from exporter.azure.auth.secret import Credential
from exporter.azure.breaker import CircuitBreaker
from exporter.azure.budget import Budget
from exporter.azure.exchange import Exchange
from exporter.errors import NoAnswer, Unauthorised
from exporter.model.operation import OperationKey
from exporter.telemetry.registry import MetricsRegistry
from exporter.text import cut

CODES_LIMIT = 64  # distinct error codes for each resource and API; all others are "other"
_KNOWN_STATUSES = frozenset(HTTPStatus)
_STATUSES = ("200", "401", "404", "429", "500", "timeout", "connection", "unreadable")
_OUTCOMES = ("success", "failure")
_REQUESTS = "azure_ai_api_requests_total"
_ERRORS = "azure_ai_api_errors_total"
_POLLS = "azure_ai_exporter_polls_total"


@cache
def _status_label(status: str) -> str:
    """The status as a label: an HTTP status that no registry has is "other"."""
    return status if not status.isdigit() or int(status) in _KNOWN_STATUSES else "other"


def _code_label(code: str, known: set[str]) -> str:
    """The code as a label, limited in length and number: Azure may send any code."""
    if code not in known and len(known) >= CODES_LIMIT:
        return "other"
    known.add(code)
    return cut(code)


class _ApiSeries:
    """The series of one API of one resource, each looked up by its labels once.

    Those that are absent at first are made when they are first set.
    """

    def __init__(self, registry: MetricsRegistry, resource: str, api: str) -> None:
        self._registry, self._labels = registry, (resource, api)
        self.seconds = registry.histogram("azure_ai_api_request_duration_seconds").labels(
            resource, api
        )
        self.wait = registry.histogram("azure_ai_exporter_request_wait_seconds").labels(resource)
        self.codes: set[str] = set()
        self._counters: dict[tuple[str, str], Counter] = {}

    def counter(self, name: str, label: str) -> Counter:
        """The series of a counter with one more label."""
        key = name, label
        if key not in self._counters:
            self._counters[key] = self._registry.counter(name).labels(*self._labels, label)
        return self._counters[key]

    @cached_property
    def up(self) -> Gauge:
        return self._registry.gauge("azure_ai_resource_up").labels(*self._labels)

    @cached_property
    def retry_after(self) -> Gauge:
        return self._registry.gauge("azure_ai_api_retry_after_seconds").labels(*self._labels)

    @cached_property
    def lag(self) -> Gauge:
        return self._registry.gauge("azure_ai_exporter_poll_lag_seconds").labels(*self._labels)


class RequestMetrics:
    """Counts requests and polls for each API of each resource."""

    def __init__(self, registry: MetricsRegistry) -> None:
        self._registry = registry
        self._paused = registry.gauge("azure_ai_exporter_resource_paused")
        self._waiting = registry.gauge("azure_ai_exporter_requests_waiting")
        self._wait = registry.histogram("azure_ai_exporter_request_wait_seconds")
        self._readable = registry.gauge("azure_ai_exporter_credential_readable")
        self._apis: dict[tuple[str, str], _ApiSeries] = {}

    def expect(self, resource: str, api: str, codes: Iterable[str]) -> None:
        """Create the series of an API, at 0, with its documented error codes."""
        series = self._apis[resource, api] = _ApiSeries(self._registry, resource, api)
        for status in _STATUSES:
            series.counter(_REQUESTS, status)
        for outcome in _OUTCOMES:
            series.counter(_POLLS, outcome)
        for code in codes:
            series.codes.add(code)
            series.counter(_ERRORS, code)

    def forget(self, resource: str, api: str) -> None:
        """Stop counting for an API."""
        self._apis.pop((resource, api), None)

    def expects(self, resource: str, api: str) -> bool:
        """Whether an API has series."""
        return (resource, api) in self._apis

    def answered(self, resource: str, api: str, *, up: bool) -> None:
        """Show the outcome of a request that ended before the API had series."""
        self._apis[resource, api].up.set(up)

    def exchanged(self, exchange: Exchange) -> None:
        """A request to Azure has ended."""
        resource, api, _operation = exchange.key
        series = self._apis.get((resource, api))
        if series is None:
            return  # the API was removed before the answer came
        failure = exchange.failure
        series.counter(_REQUESTS, _status_label(exchange.status)).inc()
        series.seconds.observe(exchange.seconds)
        series.wait.observe(exchange.waited)
        series.up.set(not isinstance(failure, NoAnswer | Unauthorised))
        if exchange.retry_after is not None:
            series.retry_after.set(exchange.retry_after)
        if failure and failure.details.error_code:
            code = _code_label(failure.details.error_code, series.codes)
            series.counter(_ERRORS, code).inc()

    def polled(self, key: OperationKey, outcome: str, lag: float) -> None:
        """A poll has ended that began `lag` seconds behind its schedule."""
        series = self._apis.get((key.resource, key.api))
        if series:
            series.counter(_POLLS, outcome).inc()
            series.lag.set(lag)

    def watch(
        self, resource: str, breaker: CircuitBreaker, budget: Budget, credential: Credential
    ) -> None:
        """Start showing whether a resource is paused, what waits for its budget, and its files."""
        self._paused.labels(resource).set_function(lambda: breaker.open)
        self._readable.labels(resource).set_function(lambda: not credential.fault)
        self._waiting.labels(resource).set_function(lambda: budget.waiting)
        self._wait.labels(resource)

    def unwatch(self, resource: str) -> None:
        """A resource is no longer watched."""
        for metric in (self._paused, self._readable, self._waiting, self._wait):
            metric.remove(resource)
