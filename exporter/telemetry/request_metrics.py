"""The metrics of requests to Azure and of polls."""

from collections.abc import Iterable
from functools import cache
from http import HTTPStatus

from exporter.azure.auth.secret import Credential
from exporter.azure.breaker import CircuitBreaker
from exporter.azure.budget import Budget
from exporter.azure.client import Exchange
from exporter.errors import NoAnswer, Unauthorised
from exporter.model.operation import OperationKey
from exporter.telemetry.registry import MetricsRegistry
from exporter.text import cut

CODES_LIMIT = 64  # distinct error codes for each resource and API; all others are "other"
_KNOWN_STATUSES = frozenset(HTTPStatus)
_STATUSES = ("200", "401", "404", "429", "500", "timeout", "connection", "unreadable")
_OUTCOMES = ("success", "failure")


@cache
def _status_label(status: str) -> str:
    """The status as a label: an HTTP status that no registry has is "other"."""
    return status if not status.isdigit() or int(status) in _KNOWN_STATUSES else "other"


class RequestMetrics:
    """Counts requests and polls for each API of each resource."""

    def __init__(self, registry: MetricsRegistry) -> None:
        self._resource_up = registry.gauge("azure_ai_resource_up")
        self._requests = registry.counter("azure_ai_api_requests_total")
        self._errors = registry.counter("azure_ai_api_errors_total")
        self._seconds = registry.histogram("azure_ai_api_request_duration_seconds")
        self._retry_after = registry.gauge("azure_ai_api_retry_after_seconds")
        self._polls = registry.counter("azure_ai_exporter_polls_total")
        self._lag = registry.gauge("azure_ai_exporter_poll_lag_seconds")
        self._paused = registry.gauge("azure_ai_exporter_resource_paused")
        self._waiting = registry.gauge("azure_ai_exporter_requests_waiting")
        self._wait = registry.histogram("azure_ai_exporter_request_wait_seconds")
        self._readable = registry.gauge("azure_ai_exporter_credential_readable")
        self._series, self._remove = registry.series, registry.remove
        self._codes: dict[tuple[str, str], set[str]] = {}

    def expect(self, resource: str, api: str, codes: Iterable[str]) -> None:
        """Create the series of an API, at 0, with its documented error codes."""
        labels = resource, api
        self._seconds.labels(*labels)
        for status in _STATUSES:
            self._requests.labels(*labels, status)
        for outcome in _OUTCOMES:
            self._polls.labels(*labels, outcome)
        documented = tuple(codes)
        self._codes[labels] = set(documented)
        for code in documented:
            self._errors.labels(*labels, code)

    def forget(self, resource: str, api: str) -> None:
        """Stop counting for an API."""
        del self._codes[resource, api]

    def exchanged(self, exchange: Exchange) -> None:
        """A request to Azure has ended."""
        resource, api, _operation = exchange.key
        if (resource, api) not in self._codes:
            return  # the API was removed before the answer came
        failure = exchange.failure
        self._series(self._requests, resource, api, _status_label(exchange.status)).inc()
        self._series(self._seconds, resource, api).observe(exchange.seconds)
        self._series(self._wait, resource).observe(exchange.waited)
        self._series(self._resource_up, resource, api).set(
            not isinstance(failure, NoAnswer | Unauthorised),
        )
        if exchange.retry_after is not None:
            self._series(self._retry_after, resource, api).set(exchange.retry_after)
        if failure and failure.details.error_code:
            code = self._code_label(resource, api, failure.details.error_code)
            self._series(self._errors, resource, api, code).inc()

    def _code_label(self, resource: str, api: str, code: str) -> str:
        """The code as a label, limited in length and number: Azure may send any code."""
        codes = self._codes[resource, api]
        if code not in codes and len(codes) >= CODES_LIMIT:
            return "other"
        codes.add(code)
        return cut(code)

    def polled(self, key: OperationKey, outcome: str, lag: float) -> None:
        """A poll has ended that began `lag` seconds behind its schedule."""
        if (key.resource, key.api) not in self._codes:
            return
        self._series(self._polls, key.resource, key.api, outcome).inc()
        self._series(self._lag, key.resource, key.api).set(lag)

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
            self._remove(metric, resource)
