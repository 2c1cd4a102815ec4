"""One family of the metric contract, as data."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from exporter.exposition.samples import Samples
from exporter.model.snapshot import Snapshot


class Scope(Enum):
    """What a family is about; it decides the first labels."""

    OPERATION = ("resource", "api", "operation")
    DOCUMENT = ("resource", "operation", "document", "language")
    API = ("resource", "api")
    EXPORTER = ()

    def __init__(self, *labels: str) -> None:
        # Not `value`: Python 3.11.2 (Debian 12) does not keep an empty tuple there.
        self.labels = labels


@dataclass(frozen=True, eq=False)
class Family:
    """One metric.

    Attributes:
        labels: the labels after those of the scope.
        samples: only for families of operations and documents.
        reads: what its samples read of a snapshot beside operation and watch; empty: nothing.
        times: number of series for each operation, document or API, as text; empty: one.
        absent: when a series is absent, as text; the samples show the APIs that never have it.
        buckets: the upper bounds of a histogram.
    """

    name: str
    help: str
    scope: Scope
    labels: tuple[str, ...] = ()
    type: str = "gauge"
    samples: Callable[[Snapshot], Samples] | None = None
    reads: str = ""
    times: str = ""
    absent: str = ""
    buckets: tuple[float, ...] = ()

    @property
    def all_labels(self) -> tuple[str, ...]:
        return self.scope.labels + self.labels
