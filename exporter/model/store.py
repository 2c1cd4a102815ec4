"""The latest snapshot of each operation, and the listeners to its changes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from exporter.errors import Failure
from exporter.model.merge import expired, observed, shifted
from exporter.model.operation import Operation, OperationKey
from exporter.model.snapshot import Snapshot, Watch

Listener = Callable[[Snapshot | None, Snapshot | None], None]


class Store:
    """Holds the snapshots, and calls its listeners with the old and the new one at each change.

    The old one is None for a new operation, and the new one is None for a removed operation.
    """

    def __init__(self, listeners: Iterable[Listener] = ()) -> None:
        self._snapshots: dict[OperationKey, Snapshot] = {}
        self._listeners = tuple(listeners)

    def __iter__(self) -> Iterator[Snapshot]:
        return iter(self._snapshots.values())

    def __getitem__(self, key: OperationKey) -> Snapshot:
        return self._snapshots[key]

    def __contains__(self, key: OperationKey) -> bool:
        return key in self._snapshots

    def listen(self, listener: Listener) -> None:
        """Add a listener."""
        self._listeners = (*self._listeners, listener)

    def watch(self, watch: Watch, saved: Snapshot | None = None) -> None:
        """Start watching an operation, or change its `watch` and keep the rest of its snapshot.

        A new operation starts with the `saved` snapshot, or an empty one.
        """
        before = self._snapshots.get(watch.key)
        self._replace(before, replace(before or saved or Snapshot(watch), watch=watch))

    def remove(self, key: OperationKey) -> None:
        """Stop watching an operation and drop its snapshot."""
        removed = self._snapshots.pop(key)
        for listener in self._listeners:
            listener(removed, None)

    def put(self, key: OperationKey, observation: Operation, now: float) -> Snapshot:
        """Store what a successful poll gave at `now` (Unix seconds)."""
        before = self._snapshots[key]
        return self._replace(before, observed(before, observation, now))

    def fail(self, key: OperationKey, failure: Failure) -> Snapshot:
        """Note that a poll failed; the last observation stays until it expires."""
        before = self._snapshots[key]
        return self._replace(before, replace(before, up=False, failure=failure))

    def expire(self, now: float, stale_after: float) -> None:
        """Drop what could not be read for `stale_after` seconds."""
        for before in list(self._snapshots.values()):
            after = expired(before, now, stale_after)
            if after is not before:
                self._replace(before, after)

    def shift(self, by: float) -> None:
        """Adapt all snapshots to a clock that was changed `by` seconds, forward or back."""
        for before in list(self._snapshots.values()):
            self._replace(before, shifted(before, by))

    def _replace(self, before: Snapshot | None, after: Snapshot) -> Snapshot:
        self._snapshots[after.watch.key] = after
        for listener in self._listeners:
            listener(before, after)
        return after
