"""What is counted of requests to Azure and of polls."""

from collections.abc import Iterable

from exporter.azure.breaker import CircuitBreaker
from exporter.azure.client import Exchange
from exporter.errors import NoAnswer, Unauthorised
from exporter.model.operation import OperationKey
from exporter.telemetry.registry import MetricsRegistry
from exporter.text import cut

CODES_LIMIT = 64  # distinct error codes for each resource and API; a further one is "other"
_STATUSES = ("200", "401", "404", "429", "500", "timeout", "connection", "unreadable")
_OUTCOMES = ("success", "failure")


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
        self._codes: dict[tuple[str, str], set[str]] = {}

    def expect(self, resource: str, api: str, codes: Iterable[str]) -> None:
        """Begin the series of an API at 0, with the error codes that its page lists."""
        of_api = resource, api
        self._seconds.labels(*of_api)
        for status in _STATUSES:
            self._requests.labels(*of_api, status)
        for outcome in _OUTCOMES:
            self._polls.labels(*of_api, outcome)
        self._codes[of_api] = set(codes)
        for code in self._codes[of_api]:
            self._errors.labels(*of_api, code)

    def forget(self, resource: str, api: str) -> None:
        """Count nothing any more of an API."""
        del self._codes[resource, api]

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

    def polled(self, key: OperationKey, outcome: str, lag: float) -> None:
        """A poll has come to its end, `lag` seconds behind its schedule."""
        if (key.resource, key.api) not in self._codes:
            return
        self._polls.labels(key.resource, key.api, outcome).inc()
        self._lag.labels(key.resource, key.api).set(lag)

    def watch_pause(self, resource: str, breaker: CircuitBreaker) -> None:
        """How to find out whether a resource is paused."""
        self._paused.labels(resource).set_function(lambda: breaker.open)

    def unwatch_pause(self, resource: str) -> None:
        """A resource is not watched any more."""
        self._paused.remove(resource)
