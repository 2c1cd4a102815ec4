"""Keeps the series of the operations that the setting `operation_series` selects."""

import asyncio
from collections.abc import Callable

from exporter.exposition.pages import Pages
from exporter.model.operation import OperationKey
from exporter.model.operation_series import OperationSeries
from exporter.model.snapshot import Snapshot
from exporter.model.store import Store

_SLICE_OPERATIONS = 32  # that are rendered before others have their turn: some milliseconds


class SelectedSeries:
    """A listener of the store that keeps only the selected operations on the pages.

    Attributes:
        setting: of the current configuration.

    Args:
        clock: Unix seconds.
        fold: is called with each operation that loses its series (1) or gets them (-1).
    """

    def __init__(
        self, pages: Pages, clock: Callable[[], float], fold: Callable[[OperationKey, int], None]
    ) -> None:
        self.setting = OperationSeries.ALL
        self._pages = pages
        self._clock = clock
        self._fold = fold
        self._folded: set[OperationKey] = set()
        self._passing: dict[OperationKey, Snapshot] = {}  # on the pages for a time

    def update(self, before: Snapshot | None, after: Snapshot | None) -> None:
        """A listener of the store: pass the change on, or add or remove the operation."""
        snapshot = after or before
        if snapshot is None:
            return
        key = snapshot.watch.key
        was_folded = key in self._folded
        is_folded = after is not None and not self.setting.includes(after, self._clock())
        if is_folded is not was_folded:
            self._fold(key, 1 if is_folded else -1)
            (self._folded.add if is_folded else self._folded.discard)(key)
        self._pages.update(None if was_folded else before, None if is_folded else after)
        self._passing.pop(key, None)
        if after and not is_folded and self.setting.includes_for_a_time(after):
            self._passing[key] = after

    async def select_anew(self, store: Store) -> None:
        """Apply new settings, and new limits of the pages, to all that is in the store."""
        for number, key in enumerate([snapshot.watch.key for snapshot in store], start=1):
            if key in store:
                self.update(store[key], store[key])
            if number % _SLICE_OPERATIONS == 0:
                await asyncio.sleep(0)

    def refresh(self, after: Snapshot) -> None:
        """A listener to refreshes of the store."""
        if after.watch.key not in self._folded:
            self._pages.refresh(after)

    def expire(self) -> None:
        """Remove the operations whose time on the pages is over."""
        now = self._clock()
        for snapshot in list(self._passing.values()):
            if not self.setting.includes(snapshot, now):
                self.update(snapshot, snapshot)
