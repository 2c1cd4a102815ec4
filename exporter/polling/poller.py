"""Follows operations: one task for each operation polls it until it is settled."""

import asyncio
import random

from exporter.apis.base import Target
from exporter.checkpoint.saved import Saved
from exporter.config.sections import PlannedOperation
from exporter.model.operation import Operation, OperationKey
from exporter.model.store import Store
from exporter.polling.followed import FollowedOperations
from exporter.polling.listed import ListedOperations
from exporter.polling.once import OncePoller, PollResult
from exporter.polling.pauses import Pauses
from exporter.polling.schedule import REUSE_INTERVAL, Schedule, settled
from exporter.telemetry.logs import logger
from exporter.telemetry.metrics import Telemetry


class Poller:
    """Follows every operation until it is settled.

    Attributes:
        store: the snapshots of the followed operations.
        listed: the operations that are in lists.
        followed: the operations that are followed, including the settled ones.

    Args:
        telemetry: counts the polls, and the items of lists that could not be read.
    """

    def __init__(
        self, store: Store, listed: ListedOperations, once: OncePoller, telemetry: Telemetry
    ) -> None:
        self.store = store
        self.listed = listed
        self.followed = FollowedOperations()
        self._once = once
        self._telemetry = telemetry
        self._running: dict[OperationKey, asyncio.Task[None]] = {}
        self._settled: dict[OperationKey, Target] = {}  # the target of the last poll
        self._pauses = Pauses()
        self._group: asyncio.TaskGroup | None = None
        listed.listen(self._pauses.resume)

    def start(self, group: asyncio.TaskGroup) -> None:
        """Poll from now on, in tasks of this group."""
        self._group = group
        for planned in self.followed.values():
            self._begin(planned)

    def follow(self, planned: PlannedOperation, saved: Saved | None = None) -> None:
        """Follow an operation, from its `saved` snapshot if any, or update its plan."""
        key = planned.watch.key
        if saved and saved.facts.settled and key not in self.store:
            self._settled[key] = planned.target
        self.store.watch(planned.watch, saved.snapshot(planned.watch) if saved else None)
        self._end(key)
        self.followed.put(planned)
        self._begin(planned)

    def observe(self, key: OperationKey, operation: Operation, now: float) -> None:
        """Store what a list shows; a settled operation whose id was used again is polled again."""
        before = self.store[key]
        after = self.store.put(key, operation, now)
        if after.finished_at == before.finished_at:
            return
        self._pauses.resume(key)  # to settle it
        if key in self._settled:
            del self._settled[key]
            self.follow(self.followed[key])

    def leave(self, key: OperationKey) -> None:
        """Stop following an operation: all its series are dropped at once."""
        self._end(key)
        self.followed.remove(key)
        self.listed.discard(key)
        self._settled.pop(key, None)
        self.store.remove(key)

    def is_settled(self, key: OperationKey) -> bool:
        """Whether the operation is not polled any more."""
        return key in self._settled

    def poll_now(self, key: OperationKey) -> float | None:
        """Poll an operation now that waits for its next poll.

        Returns the seconds until the poll, more than 0 if Azure asked to wait; None if the
        operation does not wait: it is being polled, or is settled.
        """
        return self._pauses.end(key)

    def _begin(self, planned: PlannedOperation) -> None:
        if self._group:
            key = planned.watch.key
            self._running[key] = self._group.create_task(self._follow(planned))

    def _end(self, key: OperationKey) -> None:
        task = self._running.pop(key, None)
        if task:
            task.cancel()

    async def _follow(self, planned: PlannedOperation) -> None:
        """Poll an operation until it is settled or gone."""
        key = planned.watch.key
        if self._settled.get(key) == planned.target:
            return
        await self.listed.first_round(key)
        loop = asyncio.get_running_loop()
        start = loop.time()
        first = start + random.uniform(0, planned.first_within)
        schedule = Schedule(planned.interval, first, start)
        broken_before = 0
        while True:
            # A list shows most that there is to poll, until the operation ends or leaves it.
            listed = key in self.listed and not self.store[key].finished
            rest = planned.target.listed_rest if listed else 0.0
            due = max(schedule.due, schedule.begun + rest)
            now = await self._pauses.until(due, key, schedule.not_before, resumable=rest > 0)
            if not now and loop.time() < due:
                schedule.resume(loop.time())
                continue
            schedule.due = min(due, loop.time())
            started = loop.time()
            result = await self._once.poll(planned, now=now)
            begun = started + result.requests.waited
            self._report(key, result, schedule.lag(begun), broken_before)
            broken_before = result.requests.broken
            if settled(planned.target, result):
                if planned.watch.discovered or not planned.target.reusable_id:
                    self._settled[key] = planned.target
                    return
                schedule.interval = max(planned.interval, REUSE_INTERVAL)
            else:
                schedule.interval = planned.interval
            schedule.plan_next(result, begun, loop.time())
            if not schedule.is_gone:
                continue
            if planned.watch.discovered and self.listed.is_absent(key):
                self.leave(key)
                return
            if self.store[key].finished and not planned.target.reusable_id:
                self._settled[key] = planned.target
                return

    def _report(
        self, key: OperationKey, result: PollResult, lag: float, broken_before: int
    ) -> None:
        """Count a poll; `broken_before` list items were logged after the previous poll."""
        snapshot, requests = result.snapshot, result.requests
        if requests.made:
            self._telemetry.requests.polled(key, "failure" if snapshot.failure else "success", lag)
        if requests.broken:
            self._telemetry.lists.broken(key, requests.broken)
            if requests.broken != broken_before:
                message = "items of a list cannot be read; the others are used"
                logger().warning(message, **key._asdict(), items=requests.broken)
