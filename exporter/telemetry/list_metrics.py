"""The metrics of lists."""

from exporter.model.operation import OperationKey
from exporter.telemetry.registry import MetricsRegistry


class ListMetrics:
    """The outcome of the latest list round of each API."""

    def __init__(self, registry: MetricsRegistry) -> None:
        self._list_up = registry.gauge("azure_ai_exporter_list_up")
        self._list_truncated = registry.gauge("azure_ai_exporter_list_truncated")
        self._list_broken = registry.counter("azure_ai_exporter_list_items_unreadable_total")

    def listed(self, resource: str, api: str, *, whole: bool, cut: bool, broken: int) -> None:
        """A list round ended; `whole`: completely read, `cut`: not all operations are polled."""
        self._list_up.labels(resource, api).set(whole)
        self._list_truncated.labels(resource, api).set(cut)
        self._list_broken.labels(resource, api).inc(broken)

    def broken(self, key: OperationKey, items: int) -> None:
        """Items of a list of documents could not be read."""
        self._list_broken.labels(key.resource, key.api).inc(items)

    def forget(self, resource: str, api: str) -> None:
        """An API's lists are no longer read."""
        for metric in (self._list_up, self._list_truncated, self._list_broken):
            metric.remove_by_labels({"resource": resource, "api": api})
