"""What a checkpoint saves of a running exporter."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from exporter.app.exporter import Exporter
from exporter.checkpoint.contents import Counter
from exporter.checkpoint.saved import Saved, saved
from exporter.model.departed import Departed
from exporter.model.operation import OperationKey


@dataclass(frozen=True)
class CheckpointSource:
    """Reads an exporter for `exporter.checkpoint.recorder`."""

    exporter: Exporter

    def keys(self) -> Iterable[OperationKey]:
        """All operations that are followed, or were dropped."""
        return self.exporter.poller.followed.keys() | self.exporter.store.departed.keys()

    def saved(self, key: OperationKey) -> Saved | None:
        """The saved form of an operation; None if it is not followed any more."""
        if key not in self.exporter.poller.followed:
            return None
        return saved(
            self.exporter.store[key],
            endpoint=self.exporter.plan.connections[key.resource].endpoint,
            settled=self.exporter.poller.is_settled(key),
        )

    def departed(self, key: OperationKey) -> Departed | None:
        """What is remembered of an operation that was dropped."""
        return self.exporter.store.departed.get(key)

    def counters(self) -> Iterator[Counter]:
        """The counters that continue after a restart."""
        for name, labels, value in self.exporter.telemetry.operations.counters():
            yield Counter(name, tuple(labels.items()), value)

    def checkpointed(self, *, successful: bool) -> None:
        """Record whether the checkpoint was written."""
        telemetry = self.exporter.telemetry
        telemetry.exporter.checkpointed(successful=successful, now=self.exporter.clock())
