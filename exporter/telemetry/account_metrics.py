"""The metrics of accounts that are looked for in subscriptions and management groups."""

from collections.abc import Mapping

from exporter.telemetry.registry import MetricsRegistry


class AccountMetrics:
    """What the latest looks found; a scope is the label `subscription`."""

    def __init__(self, registry: MetricsRegistry) -> None:
        self._up = registry.gauge("azure_ai_discovery_up")
        self._resources = registry.gauge("azure_ai_discovery_resources")
        self._unwatched = registry.gauge("azure_ai_discovery_resources_unwatched")

    def up(self, scopes: Mapping[str, bool]) -> None:
        """Whether the latest look at each scope was complete, where there was one."""
        self._up.clear()
        for scope, complete in scopes.items():
            self._up.labels(scope).set(complete)

    def found(self, resources: Mapping[str, int], unwatched: Mapping[tuple[str, str], int]) -> None:
        """The number of resources by scope, and of accounts that are not by scope and reason."""
        for gauge in (self._resources, self._unwatched):
            gauge.clear()
        for scope, count in resources.items():
            self._resources.labels(scope).set(count)
        for labels, count in unwatched.items():
            self._unwatched.labels(*labels).set(count)
