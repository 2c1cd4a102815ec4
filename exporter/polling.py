"""When to look at what. Owns one task for each operation that is not settled."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import BaseModel

from exporter.apis.base import Target
from exporter.azure.answer import Answer
from exporter.errors import Failure, Unauthorised
from exporter.logs import logger
from exporter.model import Key
from exporter.store import Snapshot, Store, Watch

Shape = TypeVar("Shape", bound=BaseModel)

LONGEST_PAUSE = 300.0  # seconds between looks at an operation that cannot be read
CACHE_LIFE = 90.0  # seconds; Azure's cached answers were seen to live for 59
_SWEEP = 5.0  # seconds between looks for what has become stale


class Client(Protocol):
    """What the poller needs of `exporter.azure.client`."""

    async def get(self, key: Key, path: str, shape: type[Shape]) -> Answer[Shape]: ...


@dataclass
class Look:
    """One poll, as an API sees it: it asks, and what Azure advises is remembered."""

    client: Client
    key: Key
    retry_after: float = 0.0

    async def get(self, path: str, shape: type[Shape]) -> Shape:
        """The body at `path`."""
        try:
            answer = await self.client.get(self.key, path, shape)
        except Failure as failure:
            self._advised(failure.details.retry_after)
            raise
        self._advised(answer.retry_after)
        return answer.value

    def _advised(self, retry_after: float | None) -> None:
        self.retry_after = max(self.retry_after, retry_after or 0.0)


@dataclass(frozen=True)
class Task:
    """One operation to follow: its target, whom to ask, and how often (seconds)."""

    watch: Watch
    target: Target
    client: Client
    interval: float
    first_within: float


class Poller:
    """Follows every operation until it is settled.

    Args:
        clock: Unix seconds, for what is shown; pauses use the loop's time.
        done: is told of each poll: which, `success` or `failure`, seconds behind its schedule.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        store: Store,
        *,
        stale_after: float,
        clock: Callable[[], float],
        done: Callable[[Key, str, float], None],
    ) -> None:
        self._tasks = tasks
        self._store = store
        self._stale_after = stale_after
        self._clock = clock
        self._done = done
        for task in tasks:
            store.watch(task.watch)

    def waiting_for(self) -> int:
        """How many operations were not tried yet."""
        return sum(snapshot.up is None for snapshot in self._store)

    async def run(self) -> None:
        """Poll until cancelled."""
        async with asyncio.TaskGroup() as group:
            for task in self._tasks:
                group.create_task(self._follow(task))
            group.create_task(self._sweep())

    async def poll(self, task: Task) -> tuple[Snapshot, float]:
        """One look: the snapshot after it, and the seconds that Azure asks to wait."""
        key = task.watch.key
        look = Look(task.client, key)
        try:
            seen = await task.target.poll(look, self._store[key].operation)
        except Failure as failure:
            return self._store.fail(key, failure), look.retry_after
        except Exception as error:  # noqa: BLE001  a fault of ours must not end the others
            logger().exception("this is a fault of the exporter; please report it", **key._asdict())
            ours = Failure("unreadable", f"a fault of the exporter: {type(error).__name__}")
            return self._store.fail(key, ours), look.retry_after
        return self._store.put(key, seen, self._clock()), look.retry_after

    async def _follow(self, task: Task) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + random.uniform(0, task.first_within)
        behind = 0.0
        failures = 0
        while True:
            await asyncio.sleep(due - loop.time())
            begun = loop.time()
            snapshot, retry_after = await self.poll(task)
            failed = snapshot.failure is not None
            outcome = "failure" if failed else "success"
            self._done(task.watch.key, outcome, behind + begun - due)
            if self._settled(task, snapshot):
                return
            failures = failures + 1 if failed else 0
            wanted = begun + pause_after(task.interval, failures, snapshot.failure)
            behind = max(0.0, loop.time() - wanted)
            due = max(wanted, loop.time() + retry_after)

    def _settled(self, task: Task, snapshot: Snapshot) -> bool:
        """Nothing can change any more, or it did not for longer than a cached answer lives."""
        known = snapshot.operation
        if known is None or snapshot.finished_at is None:
            return False
        outlived = self._clock() - snapshot.finished_at > CACHE_LIFE
        return task.target.settled(known) or outlived

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP)
            self._store.expire(self._clock(), self._stale_after)


def pause_after(interval: float, failures: int, failure: Failure | None) -> float:
    """Seconds from one look to the next.

    After failures it grows, with jitter, to the longest pause. A resource that is paused as a
    whole says itself when it will be asked again.
    """
    if failures <= 1:
        return interval
    if isinstance(failure, Unauthorised) and failure.details.retry_after:
        return interval
    longest = max(LONGEST_PAUSE, interval)
    return min(interval * 2.0 ** min(failures - 1, 16), longest) * random.uniform(0.5, 1.0)
