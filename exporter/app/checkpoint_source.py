"""What a checkpoint saves of a running exporter."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from exporter.app.exporter import Exporter
from exporter.checkpoint.contents import Contents, Counter
from exporter.checkpoint.saved import Saved, saved
from exporter.config.plan import Plan
from exporter.model.operation import OperationKey
from exporter.model.snapshot import Snapshot


@dataclass(frozen=True)
class CheckpointSource:
    """Reads an exporter for `exporter.checkpoint.recorder`."""

    exporter: Exporter

    def keys(self) -> Iterable[OperationKey]:
        """All operations that are followed, or were dropped."""
        return self.exporter.poller.followed.keys() | self.exporter.store.departed.keys()

    def contents(self, keys: Collection[OperationKey]) -> Contents:
        """These operations and all counters as they are now; a thread may read it."""
        store, poller = self.exporter.store, self.exporter.poller
        followed, departed = poller.followed, store.departed
        snapshots = {key: store[key] for key in keys if key in followed}
        settled = {key for key in keys if poller.is_settled(key)}
        return Contents(
            _SavedOperations(keys, snapshots, settled, self.exporter.plan),
            dict.fromkeys(keys) | {key: departed[key] for key in keys if key in departed},
            list(self._counters()),
            self.exporter.accounts.saved(),
            self.exporter.today.saved(),
        )

    def _counters(self) -> Iterator[Counter]:
        for name, labels, value in self.exporter.telemetry.operations.counters():
            yield Counter(name, tuple(labels.items()), value)

    def checkpointed(self, *, successful: bool) -> None:
        """Record whether the checkpoint was written."""
        telemetry = self.exporter.telemetry
        telemetry.exporter.checkpointed(successful=successful, now=self.exporter.clock())


class _SavedOperations(Mapping[OperationKey, Saved | None]):
    """The saved form of operations; None if they are not followed.

    Each is made when it is read: ten thousand at once would stop the event loop, also when they
    are made and dropped in a thread.
    """

    def __init__(
        self,
        keys: Collection[OperationKey],
        snapshots: Mapping[OperationKey, Snapshot],
        settled: Collection[OperationKey],
        plan: Plan,
    ) -> None:
        self._keys = keys
        self._snapshots = snapshots
        self._settled = settled
        self._plan = plan

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[OperationKey]:
        return iter(self._keys)

    def __getitem__(self, key: OperationKey) -> Saved | None:
        snapshot = self._snapshots.get(key)
        if snapshot is None:
            return None
        endpoint = self._plan.connections[key.resource].endpoint
        return saved(snapshot, endpoint=endpoint, settled=key in self._settled)
