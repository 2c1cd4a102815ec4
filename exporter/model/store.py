"""The latest snapshot of each operation, and who is told when one is replaced."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from exporter.errors import Failure
from exporter.model.merge import expired, observed, shifted
from exporter.model.operation import Operation, OperationKey
from exporter.model.snapshot import Snapshot, Watch

Listener = Callable[[Snapshot | None, Snapshot | None], None]


class Store:
    """Holds the snapshots, and tells its listeners of each that was replaced, old and new.

    There is no old one for an operation that is new, and no new one for one that leaves.
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
        """Tell one more listener from now on."""
        self._listeners = (*self._listeners, listener)

    def watch(self, watch: Watch, saved: Snapshot | None = None) -> None:
        """Begin with an operation, or take over what is configured anew about it.

        What is known of an operation stays. Of a new one nothing is known, or what was `saved`.
        """
        before = self._snapshots.get(watch.key)
        self._replace(before, replace(before or saved or Snapshot(watch), watch=watch))

    def remove(self, key: OperationKey) -> None:
        """Stop watching: all that is known of the operation goes at once."""
        gone = self._snapshots.pop(key)
        for listener in self._listeners:
            listener(gone, None)

    def put(self, key: OperationKey, seen: Operation, now: float) -> Snapshot:
        """A poll gave a readable status."""
        before = self._snapshots[key]
        return self._replace(before, observed(before, seen, now))

    def fail(self, key: OperationKey, failure: Failure) -> Snapshot:
        """A poll gave none: what is known stays, for a while."""
        before = self._snapshots[key]
        return self._replace(before, replace(before, up=False, failure=failure))

    def expire(self, now: float, stale_after: float) -> None:
        """Let go of what could not be read for `stale_after` seconds."""
        for before in list(self._snapshots.values()):
            after = expired(before, now, stale_after)
            if after is not before:
                self._replace(before, after)

    def shift(self, by: float) -> None:
        """The clock was put forward by so many seconds, or back: no snapshot gets older by it."""
        for before in list(self._snapshots.values()):
            self._replace(before, shifted(before, by))

    def _replace(self, before: Snapshot | None, after: Snapshot) -> Snapshot:
        self._snapshots[after.watch.key] = after
        for listener in self._listeners:
            listener(before, after)
        return after
