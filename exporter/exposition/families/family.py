"""One metric of the contract, as data."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from exporter.exposition.samples import Samples
from exporter.model.snapshot import Snapshot


class Scope(Enum):
    """Whose family it is: it decides the first labels."""

    OPERATION = ("resource", "api", "operation")
    DOCUMENT = ("resource", "operation", "document", "language")
    API = ("resource", "api")
    EXPORTER = ()

    def __init__(self, *labels: str) -> None:
        # Not `value`: Python 3.11.2, Debian 12's, does not keep an empty tuple there.
        self.labels = labels


@dataclass(frozen=True, eq=False)
class Family:
    """One metric: `labels` follow those of the scope; `samples` only for operations.

    `each_poll`: it can change though what Azure said of the operation is the same.
    `buckets`: the upper bounds of a histogram.
    `times`: how many series each operation, document or API has of it; one where it is empty.
    `absent`: when it is not there; of what it is not there at all, the samples tell.
    """

    name: str
    help: str
    scope: Scope
    labels: tuple[str, ...] = ()
    type: str = "gauge"
    samples: Callable[[Snapshot], Samples] | None = None
    each_poll: bool = False
    times: str = ""
    absent: str = ""
    buckets: tuple[float, ...] = ()

    @property
    def all_labels(self) -> tuple[str, ...]:
        return self.scope.labels + self.labels
