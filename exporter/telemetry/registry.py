"""A prometheus-client registry whose metrics are families of the contract."""

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

from exporter.exposition.families import TELEMETRY_FAMILIES, Family, Scope
from exporter.exposition.negotiation import Format

Metric = Gauge | Counter | Histogram
MetricType = TypeVar("MetricType", Gauge, Counter, Histogram)


class MetricsRegistry:
    """Has a metric for each family of the contract, in its order."""

    def __init__(self) -> None:
        # One more series for each counter, which nobody asked for.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.collectors = CollectorRegistry()
        ProcessCollector(registry=self.collectors)
        PlatformCollector(registry=self.collectors)
        self._metrics = {family: self._metric(family) for family in TELEMETRY_FAMILIES}
        self._by_name = {family.name: metric for family, metric in self._metrics.items()}

    def _metric(self, family: Family) -> Metric:
        about = family.name, family.help, family.all_labels
        match family.type:
            case "counter":
                return Counter(*about, registry=self.collectors)
            case "histogram":
                return Histogram(*about, buckets=family.buckets, registry=self.collectors)
            case _:
                return Gauge(*about, registry=self.collectors)

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

    def render(self, form: Format) -> bytes:
        """All of this registry; the end of the body in either format."""
        return (openmetrics if form is Format.OPENMETRICS else text)(self.collectors)
