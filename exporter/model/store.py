"""The latest snapshot of each operation, and the listeners to its changes."""

from collections.abc import Callable, Iterable, Iterator
from math import inf

from msgspec.structs import replace

from exporter.errors import Failure
from exporter.model.departed import Departed, DepartedOperations
from exporter.model.merge import (
    cost_of,
    expired,
    fresh_since,
    is_as_before,
    observed,
    refreshed,
    shifted,
)
from exporter.model.operation import Operation, OperationKey
from exporter.model.precedence import begins_anew
from exporter.model.prices import PriceTable
from exporter.model.snapshot import Snapshot, Watch

Listener = Callable[[Snapshot | None, Snapshot | None], None]
RefreshListener = Callable[[Snapshot], None]


class Store:
    """Holds the snapshots, and calls its listeners with the old and the new one at each change.

    The old one is None for a new operation, and the new one is None for a removed operation.
    Where a poll or a list shows what is known, nothing but `last_success` is new; then only those
    that listen to refreshes are called, with the new one.

    Attributes:
        departed: the removed operations.
        prices: for what is charged from now on; None: no cost is estimated.
    """

    def __init__(
        self, listeners: Iterable[Listener] = (), refreshed: Iterable[RefreshListener] = ()
    ) -> None:
        self._snapshots: dict[OperationKey, Snapshot] = {}
        self._listeners = tuple(listeners)
        self._refreshed = tuple(refreshed)
        self.departed = DepartedOperations()
        self.prices: PriceTable | None = None
        self._fresh_since = -inf  # or later: when the oldest part of any snapshot was read

    def __iter__(self) -> Iterator[Snapshot]:
        return iter(self._snapshots.values())

    def __getitem__(self, key: OperationKey) -> Snapshot:
        return self._snapshots[key]

    def __contains__(self, key: OperationKey) -> bool:
        return key in self._snapshots

    def listen(self, listener: Listener, refreshed: RefreshListener) -> None:
        """Add a listener to changes, and one to refreshes."""
        self._listeners = (*self._listeners, listener)
        self._refreshed = (*self._refreshed, refreshed)

    def watch(self, watch: Watch, saved: Snapshot | None = None) -> None:
        """Start watching an operation, or change its `watch` and keep the rest of its snapshot.

        A new operation starts with the `saved` snapshot, or an empty one. What has no cost yet is
        priced.
        """
        before = self._snapshots.get(watch.key)
        self._fresh_since = -inf
        if saved and saved.operation:
            self.departed.discard(watch.key)
        after = self._replace(before, replace(before or saved or Snapshot(watch), watch=watch))
        if self.prices and (cost := cost_of(after, self.prices)) is not after.cost:
            self._replace(after, replace(after, cost=cost))

    def remove(self, key: OperationKey) -> None:
        """Stop watching an operation and drop its snapshot."""
        removed = self._snapshots.pop(key)
        if removed.operation:
            departed = Departed.of(
                removed.operation, removed.finished_at, removed.charged, removed.cost
            )
            self.departed.add(key, departed)
        for listener in self._listeners:
            listener(removed, None)

    def put(self, key: OperationKey, observation: Operation, now: float) -> Snapshot:
        """Store what a poll or list gave at `now` (Unix seconds); none of its times is later.

        An operation that got the id of a deleted one replaces it, as if that had been removed.
        """
        before = self._snapshots[key]
        if is_as_before(before, observation):
            after = self._snapshots[key] = refreshed(before, now)
            for listener in self._refreshed:
                listener(after)
            return after
        if before.operation and begins_anew(before.operation.created, observation.created):
            self.remove(key)
            self.watch(before.watch)
            before = self._snapshots[key]
        if before.operation is None and (departed := self.departed.returned(key, observation)):
            before = replace(
                before,
                charged=departed.charged,
                finished_at=departed.finished_at,
                cost=departed.cost,
            )
        after = observed(before, observation, now, self.prices)
        if after.unreadable_since:  # which may concern documents that were not shown
            self._fresh_since = -inf
        return self._replace(before, after)

    def fail(self, key: OperationKey, failure: Failure | None) -> Snapshot:
        """Note that a poll failed, or with None that it did not, although it observed nothing.

        The last observation stays until it expires.
        """
        before = self._snapshots[key]
        return self._replace(before, replace(before, up=failure is None, failure=failure))

    def expire(self, now: float, stale_after: float) -> None:
        """Drop what could not be read for `stale_after` seconds."""
        if now - self._fresh_since <= stale_after:
            return
        for before in list(self._snapshots.values()):
            after = expired(before, now, stale_after)
            if after is not before:
                self._replace(before, after)
        self._fresh_since = min((now, *map(fresh_since, self._snapshots.values())))

    def shift(self, by: float) -> None:
        """Adapt all snapshots to a clock that was changed `by` seconds, forward or back."""
        for before in list(self._snapshots.values()):
            self._replace(before, shifted(before, by))
        self.departed.shift(by)
        self._fresh_since = -inf

    def _replace(self, before: Snapshot | None, after: Snapshot) -> Snapshot:
        self._snapshots[after.watch.key] = after
        for listener in self._listeners:
            listener(before, after)
        return after
