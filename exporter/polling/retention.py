"""Drops stale series, and discovered operations that finished long ago."""

import asyncio
from collections.abc import Callable

from exporter.config.retention import Retention
from exporter.exposition.selected_series import SelectedSeries
from exporter.model.operation import Operation, OperationKey
from exporter.model.store import Store
from exporter.polling.poller import Poller

_SWEEP_SECONDS = 5.0  # between two sweeps


class Sweeper:
    """Applies the retention settings to the store every few seconds.

    Attributes:
        retention: of the current configuration.

    Args:
        clock: Unix seconds.
    """

    def __init__(
        self,
        store: Store,
        poller: Poller,
        series: SelectedSeries,
        clock: Callable[[], float],
    ) -> None:
        self.retention = Retention()
        self._store = store
        self._poller = poller
        self._series = series
        self._clock = clock

    def is_past_retention(
        self, key: OperationKey, operation: Operation, finished_at: float | None = None
    ) -> bool:
        """Whether a discovered operation finished so long ago that it is dropped.

        The first known end counts: `finished_at` (Unix seconds), that of a dropped operation, or
        Azure's last action, which may move after the end.
        """
        if not operation.state.finished:
            return False
        departed = self._store.departed.get(key)
        if departed and not departed.is_another(operation):
            finished_at = finished_at or departed.finished_at
        now = self._clock()
        ended = min(filter(None, (operation.last_action, finished_at)), default=now)
        return now - ended > self.retention.finished.after(operation.state)

    def expire(self) -> None:
        """Drop the series of what could not be read for too long, or ended badly long ago."""
        self._store.expire(self._clock(), self.retention.stale_after)
        self._series.expire()

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            self.expire()
            self._drop_finished()

    def _drop_finished(self) -> None:
        for snapshot in [each for each in self._store if each.finished]:
            watch, operation = snapshot.watch, snapshot.operation
            if (
                watch.discovered
                and operation
                and self.is_past_retention(watch.key, operation, snapshot.finished_at)
            ):
                self._poller.leave(watch.key)
