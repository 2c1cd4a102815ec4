"""A prometheus-client registry with the families of the metric contract."""

from collections.abc import Iterator
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
from prometheus_client.registry import Collector

from exporter.exposition.families import TELEMETRY_FAMILIES, Family, Scope
from exporter.exposition.negotiation import Format
from exporter.telemetry.rendering import parts

Metric = Gauge | Counter | Histogram
MetricType = TypeVar("MetricType", Gauge, Counter, Histogram)


class MetricsRegistry:
    """A metric for each family of the exporter, in the order of the contract.

    Args:
        before: what is collected before them.
    """

    def __init__(self, *before: Collector) -> None:
        # Without this, each counter has a second series, `_created`.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.collectors = CollectorRegistry()
        ProcessCollector(registry=self.collectors)
        PlatformCollector(registry=self.collectors)
        for collector in before:
            self.collectors.register(collector)
        self._metrics = {family: self._make_metric(family) for family in TELEMETRY_FAMILIES}
        self._by_name = {family.name: metric for family, metric in self._metrics.items()}

    def _make_metric(self, family: Family) -> Metric:
        arguments = family.name, family.help, family.all_labels
        match family.type:
            case "counter":
                return Counter(*arguments, registry=self.collectors)
            case "histogram":
                return Histogram(*arguments, buckets=family.buckets, registry=self.collectors)
            case _:
                return Gauge(*arguments, registry=self.collectors)

    def gauge(self, name: str) -> Gauge:
        return self._named(name, Gauge)

    def counter(self, name: str) -> Counter:
        return self._named(name, Counter)

    def histogram(self, name: str) -> Histogram:
        return self._named(name, Histogram)

    def _named(self, name: str, kind: type[MetricType]) -> MetricType:
        metric = self._by_name[name]
        if not isinstance(metric, kind):
            raise TypeError(f"{name} is no {kind.__name__}")
        return metric

    def forget(self, resource: str, api: str) -> None:
        """Drop all series of an API of a resource."""
        for family, metric in self._metrics.items():
            if family.scope is Scope.API:
                metric.remove_by_labels({"resource": resource, "api": api})

    def parts(self, form: Format) -> Iterator[bytes]:
        """All metrics of this registry, part by part; they end the body in both formats."""
        return parts(self.collectors.collect(), form)
