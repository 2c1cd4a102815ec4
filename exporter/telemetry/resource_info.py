"""The series with what is fixed about each resource: its labels differ from one to the next."""

from collections.abc import Iterator, Mapping

from prometheus_client import Metric
from prometheus_client.registry import Collector

from exporter.exposition.families import RESOURCE_INFO
from exporter.text import cut

Labels = Mapping[str, str]


class ResourceInfo(Collector):
    """A series for each resource."""

    def __init__(self) -> None:
        self._labels: Mapping[str, Labels] = {}

    def show(self, labels: Mapping[str, Labels]) -> None:
        """From now on these resources, with these labels beside their name."""
        self._labels = labels

    def collect(self) -> Iterator[Metric]:
        """The metric, as prometheus-client asks for it."""
        metric = Metric(RESOURCE_INFO.name, RESOURCE_INFO.help, RESOURCE_INFO.type)
        for resource, labels in self._labels.items():
            shown = {name: cut(value) for name, value in labels.items()}
            metric.add_sample(RESOURCE_INFO.name, {"resource": resource, **shown}, 1)
        yield metric
