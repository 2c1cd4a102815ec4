"""What is known is let go in time: stale series, and operations that have ended long ago."""

import asyncio
from collections.abc import Callable

from exporter.config.config import Retention
from exporter.model.operation import Operation
from exporter.model.store import Store
from exporter.polling.poller import Poller

_SWEEP = 5.0  # seconds between two sweeps


class Sweeper:
    """Sweeps the store now and then.

    Attributes:
        retention: of the configuration in force.

    Args:
        clock: Unix seconds.
    """

    def __init__(self, store: Store, poller: Poller, clock: Callable[[], float]) -> None:
        self.retention = Retention()
        self._store = store
        self._poller = poller
        self._clock = clock

    def outstayed(self, operation: Operation, finished_at: float) -> bool:
        """Whether a discovered operation has finished so long ago that it leaves.

        `finished_at`, in Unix seconds, counts where Azure tells no time of its last action.
        """
        ended = operation.last_action or finished_at
        return operation.state.finished and self._clock() - ended > self.retention.finished

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(_SWEEP)
            self._store.expire(self._clock(), self.retention.stale_after)
            for key, planned in list(self._poller.followed.items()):
                known = self._store[key]
                if (
                    planned.discovered
                    and known.operation
                    and known.finished_at
                    and self.outstayed(known.operation, known.finished_at)
                ):
                    self._poller.leave(key)
