"""One poll of one operation: for its timer, `/probe` and the doctor alike."""

import asyncio
from collections.abc import Callable, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from exporter.apis.base import Azure, Known
from exporter.azure.priority import Priority
from exporter.azure.retry import DEFAULT_POLICY
from exporter.config.sections import PlannedOperation
from exporter.errors import Failure, Gone
from exporter.model.merge import observed
from exporter.model.operation import Operation
from exporter.model.precedence import without_future_times
from exporter.model.snapshot import Snapshot
from exporter.model.store import Store
from exporter.polling.listed import ListedOperations
from exporter.polling.request import Requests, ResourceClient
from exporter.telemetry.own_fault import own_fault

CACHE_LIFE = 90.0  # seconds; Azure's cached answers were seen to live for 59


class Turns:
    """Runs scrapes between two polls that process many documents."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def wait(self) -> None:
        """Wait for other such polls, then yield once to all other tasks."""
        async with self._lock:
            await asyncio.sleep(0)


async def poll_once(
    planned: PlannedOperation, azure: Azure, known: Known, turns: Turns
) -> Operation | Failure:
    """The new observation of an operation, or why there is none."""
    try:
        if known.documents:
            await turns.wait()
        result = await planned.target.poll(azure, known)
    except Failure as failure:
        failure.with_traceback(None)  # the failure is stored; its stack frames must not be
        return failure
    except Exception as error:  # noqa: BLE001  a bug in one API must not stop the others
        return own_fault(error, **planned.watch.key._asdict())
    if result.documents:
        await turns.wait()
    return result


def priority(before: Snapshot, *, now: bool) -> Priority:
    """The priority of the next poll; `now`: a person asked for it. Pure."""
    if now:
        return Priority.HIGH
    return Priority.NORMAL if before.finished_at is None else Priority.LOW


class PollResult(NamedTuple):
    """The result of a poll.

    Attributes:
        snapshot: the snapshot after it.
        requests: the requests that it made.
        outlived: whether it came so long after the operation's end that no cached answer can be
            older than the end.
        gone: whether Azure does not have the operation.
    """

    snapshot: Snapshot
    requests: Requests
    outlived: bool
    gone: bool = False


def _with_newer_status(result: Operation, known: Known, latest: Snapshot) -> Operation:
    """The result of a poll that read documents alone, with the status that a list has shown since.

    Where Azure sends no times, the status that the poll began with would count as the later one.
    """
    began, newer = known.operation, latest.operation
    if began is None or newer is None or newer is began:
        return result
    if replace(result, documents=began.documents, unreadable=None, incomplete="") != began:
        return result
    documents = result.documents
    return replace(
        newer, documents=documents, unreadable=result.unreadable, incomplete=result.incomplete
    )


class OncePoller:
    """Polls any operation once. If the store has the operation, its snapshot is replaced.

    Args:
        clients: the client of each resource, by the resource's name.
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
        """The latest snapshot of an operation."""
        key = planned.watch.key
        return self._store[key] if key in self._store else Snapshot(planned.watch)

    async def poll(self, planned: PlannedOperation, *, now: bool = False) -> PollResult:
        """Poll an operation; `now`: request its status even if it is in a list."""
        key = planned.watch.key
        started = self._clock()  # first: after a jump of the clock this shifts the snapshots
        before = self.last(planned)
        # A first failure is retried at once; after a failed poll the next poll is the retry.
        attempts = 1 if before.failure else DEFAULT_POLICY.attempts
        requests = Requests(self._clients[key.resource], key, priority(before, now=now), attempts)
        finished = before.finished_at
        outlived = finished is not None and started - finished > CACHE_LIFE
        listed = key in self._listed and not now
        known = Known(before.operation, listed=listed, outlived=outlived)
        result = await poll_once(planned, requests, known, self._turns)
        ended = self._clock()
        if isinstance(result, Operation):
            result = without_future_times(result, ended)
            result = _with_newer_status(result, known, self.last(planned))
        snapshot = self._snapshot_after(planned, result, ended, made=requests.made > 0)
        return PollResult(snapshot, requests, outlived, gone=isinstance(result, Gone))

    def _snapshot_after(
        self, planned: PlannedOperation, result: Operation | Failure, ended: float, *, made: bool
    ) -> Snapshot:
        """The snapshot after a poll that `ended`, in Unix seconds; `made`: with requests."""
        key = planned.watch.key
        if key not in self._store:  # it is not followed, or was dropped in the meantime
            before = Snapshot(planned.watch)
            if isinstance(result, Failure):
                return replace(before, up=False, failure=result)
            return observed(before, result, ended)
        if isinstance(result, Gone) and self._store[key].finished:
            return self._store.fail(key, None)  # deleted since; how it ended stays true
        if isinstance(result, Failure):
            return self._store.fail(key, result)
        if not made:
            return self._store[key]
        return self._store.put(key, result, ended)
