"""When to look at what. Owns one task for each operation that is not settled."""

import asyncio
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from exporter.apis.base import Known, Target
from exporter.azure.retry import USUAL
from exporter.checkpoint.saved import Saved
from exporter.errors import Failure, Gone
from exporter.model.merge import observed
from exporter.model.operation import Key, Operation
from exporter.model.snapshot import Snapshot, Watch
from exporter.model.store import Store
from exporter.polling.pauses import Sleep, pause_after
from exporter.polling.request import Client, Look
from exporter.telemetry.logs import logger

CACHE_LIFE = 90.0  # seconds; Azure's cached answers were seen to live for 59
GONE_AFTER = 3  # looks in a row at a discovered operation that Azure does not know any more
_JUMP = 10.0  # seconds; of a clock that jumps by less nobody takes notice
_SWEEP = 5.0  # seconds between looks for what has become stale, or has been here long enough


@dataclass(frozen=True)
class Task:
    """One operation to follow: its target, whom to ask, and how often.

    Attributes:
        interval: seconds between two looks.
        first_within: seconds within which the first look falls.
        after: what to wait for before the first look: the list that may show it anyway.
        discovered: it was found, not configured, and leaves some time after it has finished.
    """

    watch: Watch
    target: Target
    client: Client
    interval: float
    first_within: float = 0.0
    after: asyncio.Event | None = None
    discovered: bool = False


class Poller:
    """Follows every operation until it is settled.

    Attributes:
        stale_after, finished: the retention of the configuration, in seconds.

    Args:
        clock: Unix seconds, for what is shown; pauses use the loop's time.
        done: is told of each poll: which, `success` or `failure`, seconds behind its schedule.
        broken: is told of items of lists that a poll could not read.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], float],
        done: Callable[[Key, str, float], None],
        broken: Callable[[Key, int], None] = lambda _key, _items: None,
    ) -> None:
        self.store = store
        self.stale_after = 600.0
        self.finished = 86400.0
        self._clock = clock
        self._lead: float | None = None  # of the clock before the loop's time
        self._done = done
        self._broken = broken
        self._tasks: dict[Key, Task] = {}
        self._running: dict[Key, asyncio.Task[None]] = {}
        self._sleep = Sleep()
        self._listed: set[Key] = set()
        self._done_with: dict[Key, Target] = {}
        self._group: asyncio.TaskGroup | None = None
        self._turn = asyncio.Lock()

    def __iter__(self) -> Iterator[Key]:
        return iter(self._tasks)

    def __contains__(self, key: Key) -> bool:
        return key in self._tasks

    def __getitem__(self, key: Key) -> Task:
        return self._tasks[key]

    def waiting_for(self) -> int:
        """How many operations were not tried yet."""
        return sum(snapshot.up is None for snapshot in self.store)

    async def run(self) -> None:
        """Poll until cancelled."""
        async with asyncio.TaskGroup() as self._group:
            for task in self._tasks.values():
                self._start(task)
            self._group.create_task(self._sweep())

    def follow(self, task: Task, saved: Saved | None = None) -> None:
        """Begin with an operation, as a checkpoint has it, or go on with it as it is now."""
        key = task.watch.key
        if saved and saved.facts.settled and key not in self.store:
            self._done_with[key] = task.target
        self.store.watch(task.watch, saved.snapshot(task.watch) if saved else None)
        self._stop(key)
        self._tasks[key] = task
        self._start(task)

    def leave(self, key: Key) -> None:
        """Be done with an operation: its series go, all at once."""
        self._stop(key)
        self._forget(key)

    def is_settled(self, key: Key) -> bool:
        """Whether the operation need not be asked for any more."""
        return key in self._done_with

    def look_now(self, key: Key) -> float | None:
        """Let an operation that waits for its next look be looked at now.

        Seconds until then, where Azure has asked to leave it alone so long; None if it does not
        wait: it is being looked at, or needs no further look.
        """
        return self._sleep.end(key)

    def listed(self, key: Key, seen: Operation) -> None:
        """A list has shown the operation: its status need not be asked for any more."""
        self._listed.add(key)
        self.store.put(key, seen, self._now())

    def is_listed(self, key: Key) -> bool:
        """Whether a list shows the operation now."""
        return key in self._listed

    def only_listed(self, place: tuple[str, str], shown: set[Key]) -> None:
        """Of this API's operations no others stand in its lists now: the rest is asked for."""
        self._listed -= {key for key in self._listed if key[:2] == place and key not in shown}

    def outstayed(self, operation: Operation, finished_at: float) -> bool:
        """Whether a discovered operation has finished so long ago that it leaves."""
        ended = operation.last_action or finished_at
        return operation.state.finished and self._now() - ended > self.finished

    def last(self, task: Task) -> Snapshot:
        """What is known of an operation, which need not be followed."""
        key = task.watch.key
        return self.store[key] if key in self.store else Snapshot(task.watch)

    async def probe(self, task: Task) -> Snapshot:
        """A look on demand, also at an operation that is not followed."""
        if task.watch.key in self.store:
            return (await self.poll(task, now=True))[0]
        alone = Poller(Store(), clock=self._clock, done=self._done)
        alone.store.watch(task.watch)
        return (await alone.poll(task))[0]

    async def poll(self, task: Task, *, now: bool = False) -> tuple[Snapshot, Look]:
        """One look: the snapshot after it, and what was asked for it.

        `now` asks for the status even where a list shows it anyway.
        """
        key = task.watch.key
        # Tried again at once is a hiccup; where the latest look failed, the next can wait.
        look = Look(task.client, key, attempts=1 if self.store[key].failure else USUAL.attempts)
        try:
            known = self._known(key)
            if now:
                known = replace(known, listed=False)
            if known.documents:
                await self._after_the_others()
            seen = await task.target.poll(look, known)
        except Failure as failure:
            return self._failed(task, failure), look
        except Exception as error:  # noqa: BLE001  a fault of ours must not end the others
            logger().exception("this is a fault of the exporter; please report it", **key._asdict())
            ours = Failure("unreadable", f"a fault of the exporter: {type(error).__name__}")
            return self._failed(task, ours), look
        if seen.documents:
            await self._after_the_others()
        if key not in self.store:
            return observed(Snapshot(task.watch), seen, self._now()), look
        if not look.asked:
            return self.store[key], look
        return self.store.put(key, seen, self._now()), look

    async def _after_the_others(self) -> None:
        """Before work on many documents: scrapes have their turn between two such works."""
        async with self._turn:
            await asyncio.sleep(0)

    def _now(self) -> float:
        """Unix seconds. Where the clock was set anew, what is known moves along first."""
        now = self._clock()
        lead = now - asyncio.get_running_loop().time()
        before = lead if self._lead is None else self._lead
        if abs(lead - before) > _JUMP:
            logger().warning("the clock has jumped", seconds=round(lead - before))
            self.store.shift(lead - before)
        self._lead = lead
        return now

    def _failed(self, task: Task, failure: Failure) -> Snapshot:
        failure.with_traceback(None)  # it is kept; the frames that it came through need not be
        if task.watch.key not in self.store:  # it has left in the meantime
            return Snapshot(task.watch, up=False, failure=failure)
        return self.store.fail(task.watch.key, failure)

    def _known(self, key: Key) -> Known:
        now, snapshot = self._now(), self.store[key]
        finished = snapshot.finished_at
        outlived = finished is not None and now - finished > CACHE_LIFE
        return Known(snapshot.operation, listed=key in self._listed, outlived=outlived)

    def _start(self, task: Task) -> None:
        if self._group:
            key = task.watch.key
            self._running[key] = self._group.create_task(self._follow(task))

    def _stop(self, key: Key) -> None:
        running = self._running.pop(key, None)
        if running:
            running.cancel()

    def _forget(self, key: Key) -> None:
        del self._tasks[key]
        self._running.pop(key, None)
        self._listed.discard(key)
        self._done_with.pop(key, None)
        self.store.remove(key)

    async def _follow(self, task: Task) -> None:
        loop = asyncio.get_running_loop()
        if self._done_with.get(task.watch.key) == task.target:
            return
        if task.after:
            await task.after.wait()
        due = loop.time() + random.uniform(0, task.first_within)
        behind = 0.0
        failures = again = 0
        broken = 0
        advised = 0.0
        while True:
            asked = await self._sleep.until(due, task.watch.key, advised)
            begun = loop.time()
            due = min(due, begun)
            outlived = self._known(task.watch.key).outlived
            snapshot, look = await self.poll(task, now=asked)
            failed = snapshot.failure is not None
            if look.asked:
                outcome = "failure" if failed else "success"
                self._done(task.watch.key, outcome, behind + begun - due)
            if look.broken:
                self._broken(task.watch.key, look.broken)
                if look.broken != broken:
                    text = "items of a list cannot be read; the others count"
                    logger().warning(text, **task.watch.key._asdict(), items=look.broken)
            broken = look.broken
            if self._settled(task, snapshot, outlived=outlived):
                self._done_with[task.watch.key] = task.target
                return
            failures = failures + 1 if failed else 0
            # A last look that was not a whole one is taken again, but ever more seldom.
            again = again + 1 if outlived and snapshot.incomplete else 0
            if task.discovered and failures >= GONE_AFTER and isinstance(snapshot.failure, Gone):
                self._forget(task.watch.key)
                return
            wanted = begun + pause_after(task.interval, max(failures, again), snapshot.failure)
            behind = max(0.0, loop.time() - wanted)
            advised = loop.time() + look.retry_after
            due = max(wanted, advised)

    def _settled(self, task: Task, snapshot: Snapshot, *, outlived: bool) -> bool:
        """Nothing can change any more, or a last look was taken when no cache could still lie."""
        known = snapshot.operation
        if known is None or not known.state.finished:
            return False
        whole = snapshot.failure is None and not snapshot.incomplete
        return task.target.settled(known) or (outlived and whole)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP)
            self.store.expire(self._now(), self.stale_after)
            for key, task in list(self._tasks.items()):
                known = self.store[key]
                if (
                    task.discovered
                    and known.operation
                    and known.finished_at
                    and self.outstayed(known.operation, known.finished_at)
                ):
                    self.leave(key)
