"""What is counted of lists."""

from exporter.model.operation import OperationKey
from exporter.telemetry.registry import MetricsRegistry


class ListMetrics:
    """Says of each API's lists how their latest round went."""

    def __init__(self, registry: MetricsRegistry) -> None:
        self._list_up = registry.gauge("azure_ai_exporter_list_up")
        self._list_cut = registry.gauge("azure_ai_exporter_list_truncated")
        self._list_broken = registry.counter("azure_ai_exporter_list_items_unreadable_total")

    def listed(self, resource: str, api: str, *, whole: bool, cut: bool, broken: int) -> None:
        """A round of lists was read to its `whole` end, or not; some operations were `cut` off."""
        self._list_up.labels(resource, api).set(whole)
        self._list_cut.labels(resource, api).set(cut)
        self._list_broken.labels(resource, api).inc(broken)

    def broken(self, key: OperationKey, items: int) -> None:
        """Items of a list of documents could not be read."""
        self._list_broken.labels(key.resource, key.api).inc(items)

    def forget(self, resource: str, api: str) -> None:
        """An API's lists are not read any more."""
        for metric in (self._list_up, self._list_cut, self._list_broken):
            metric.remove_by_labels({"resource": resource, "api": api})
