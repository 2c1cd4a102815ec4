"""The exporter's own metrics, and those that outlive an operation."""

from collections.abc import Iterable

from exporter.exposition.negotiation import Format
from exporter.model.operation import State
from exporter.telemetry.exporter_metrics import ExporterMetrics
from exporter.telemetry.list_metrics import ListMetrics
from exporter.telemetry.operation_metrics import OperationMetrics
from exporter.telemetry.registry import MetricsRegistry
from exporter.telemetry.request_metrics import RequestMetrics


class Telemetry:
    """Counts what happens, each part for who has to tell it."""

    def __init__(self) -> None:
        self.registry = MetricsRegistry()
        self.operations = OperationMetrics(self.registry)
        self.requests = RequestMetrics(self.registry)
        self.lists = ListMetrics(self.registry)
        self.exporter = ExporterMetrics(self.registry)

    def expect(
        self, resource: str, api: str, states: Iterable[State], codes: Iterable[str]
    ) -> None:
        """Begin the series of an API of a resource at 0."""
        self.operations.expect(resource, api, states)
        self.requests.expect(resource, api, codes)

    def forget(self, resource: str, api: str) -> None:
        """An API of a resource is not watched any more: its series leave."""
        self.registry.forget(resource, api)
        self.operations.forget(resource, api)
        self.requests.forget(resource, api)

    def render(self, form: Format) -> bytes:
        """All of these metrics; the end of the body in either format."""
        return self.registry.render(form)
