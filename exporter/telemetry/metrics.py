"""The exporter's own metrics, and those that outlive an operation."""

from collections.abc import Iterable, Iterator

from exporter.exposition.negotiation import Format
from exporter.model.operation import State
from exporter.model.quantities import Amount
from exporter.telemetry.account_metrics import AccountMetrics
from exporter.telemetry.exporter_metrics import ExporterMetrics
from exporter.telemetry.list_metrics import ListMetrics
from exporter.telemetry.operation_metrics import OperationMetrics
from exporter.telemetry.registry import MetricsRegistry
from exporter.telemetry.request_metrics import RequestMetrics
from exporter.telemetry.resource_info import ResourceInfo


class Telemetry:
    """All metrics that are set by events; one part for each kind of event."""

    def __init__(self) -> None:
        self.resources = ResourceInfo()
        self.registry = MetricsRegistry(self.resources)
        self.operations = OperationMetrics(self.registry)
        self.requests = RequestMetrics(self.registry)
        self.lists = ListMetrics(self.registry)
        self.accounts = AccountMetrics(self.registry)
        self.exporter = ExporterMetrics(self.registry)

    def expect(
        self,
        resource: str,
        api: str,
        states: Iterable[State],
        codes: Iterable[str],
        amounts: Iterable[Amount] = (),
    ) -> None:
        """Create the series of an API of a resource, at 0."""
        self.operations.expect(resource, api, states, amounts)
        self.requests.expect(resource, api, codes)

    def forget(self, resource: str, api: str) -> None:
        """Remove the series of an API of a resource that is no longer watched."""
        self.registry.forget(resource, api)
        self.operations.forget(resource, api)
        self.requests.forget(resource, api)

    def render(self, form: Format) -> bytes:
        """All these metrics; they end the body in both formats."""
        return b"".join(self.parts(form))

    def parts(self, form: Format) -> Iterator[bytes]:
        """The same, part by part: other tasks may run in between."""
        self.operations.count_costs()
        self.exporter.count_dropped_log_lines()
        return self.registry.parts(form)
