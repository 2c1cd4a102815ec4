"""One poll of one operation, whoever asks for it: its timer, `/probe`, the doctor."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from exporter.apis.base import Azure, Known
from exporter.azure.retry import DEFAULT_POLICY
from exporter.config.sections import PlannedOperation
from exporter.errors import Failure
from exporter.model.merge import observed
from exporter.model.operation import Operation
from exporter.model.snapshot import Snapshot
from exporter.model.store import Store
from exporter.polling.listed import ListedOperations
from exporter.polling.request import Requests, ResourceClient
from exporter.telemetry.logs import logger

CACHE_LIFE = 90.0  # seconds; Azure's cached answers were seen to live for 59


class Turns:
    """Lets scrapes have their turn between two works on many documents."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def wait(self) -> None:
        """Wait for others that are about to do such work, and for a turn of all else."""
        async with self._lock:
            await asyncio.sleep(0)


async def poll_once(
    planned: PlannedOperation, azure: Azure, known: Known, turns: Turns
) -> Operation | Failure:
    """What Azure says of an operation, or why nothing can be read."""
    try:
        if known.documents:
            await turns.wait()
        seen = await planned.target.poll(azure, known)
    except Failure as failure:
        failure.with_traceback(None)  # it is kept; the frames that it came through need not be
        return failure
    except Exception as error:  # noqa: BLE001  a fault of ours must not end the others
        return own_fault(error, **planned.watch.key._asdict())
    if seen.documents:
        await turns.wait()
    return seen


def own_fault(error: Exception, **where: str) -> Failure:
    """A fault of this program, which is logged, as a failure. To be called as it is caught."""
    logger().exception("this is a fault of the exporter; please report it", **where)
    return Failure("unreadable", f"a fault of the exporter: {type(error).__name__}")


class PollResult(NamedTuple):
    """What a poll has led to.

    Attributes:
        snapshot: what is known after it.
        requests: what was asked for it.
        outlived: whether it came so late that no cached answer could be older than the end.
    """

    snapshot: Snapshot
    requests: Requests
    outlived: bool


class OncePoller:
    """Polls any operation once. Of those that the store holds, it keeps there what was seen.

    Args:
        clients: of each resource, by its name.
        clock: Unix seconds.
    """

    def __init__(
        self,
        store: Store,
        listed: ListedOperations,
        clients: Mapping[str, ResourceClient],
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._listed = listed
        self._clients = clients
        self._clock = clock
        self._turns = Turns()

    def last(self, planned: PlannedOperation) -> Snapshot:
        """What is known of an operation already."""
        key = planned.watch.key
        return self._store[key] if key in self._store else Snapshot(planned.watch)

    async def poll(self, planned: PlannedOperation, *, now: bool = False) -> PollResult:
        """Poll an operation; `now` asks for its status even where a list shows it anyway."""
        key = planned.watch.key
        moment = self._clock()  # first of all: where it has jumped, what is known moves along
        before = self.last(planned)
        # Tried again at once is a hiccup; where the latest poll failed, the next can wait.
        attempts = 1 if before.failure else DEFAULT_POLICY.attempts
        requests = Requests(self._clients[key.resource], key, attempts)
        finished = before.finished_at
        outlived = finished is not None and moment - finished > CACHE_LIFE
        listed = key in self._listed and not now
        known = Known(before.operation, listed=listed, outlived=outlived)
        seen = await poll_once(planned, requests, known, self._turns)
        return PollResult(self._keep(planned, seen, requests), requests, outlived)

    def _keep(
        self, planned: PlannedOperation, seen: Operation | Failure, requests: Requests
    ) -> Snapshot:
        """The snapshot after a poll."""
        key = planned.watch.key
        if key not in self._store:  # it is not followed, or has left in the meantime
            before = Snapshot(planned.watch)
            if isinstance(seen, Failure):
                return replace(before, up=False, failure=seen)
            return observed(before, seen, self._clock())
        if isinstance(seen, Failure):
            return self._store.fail(key, seen)
        if not requests.made:
            return self._store[key]
        return self._store.put(key, seen, self._clock())
