"""Operations that nobody configured: found in Azure's lists, round by round."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from exporter.apis.base import Found, Lister
from exporter.errors import Failure
from exporter.model.operation import Key, Operation
from exporter.model.shard import Shard
from exporter.polling.poller import Poller, Task
from exporter.polling.request import Client, Look
from exporter.telemetry.logs import logger


@dataclass(frozen=True)
class Outcome:
    """What a round has shown.

    Attributes:
        broken: items that could not be read.
        cut: whether operations were left out, because there are more than may be followed.
        failure: why not all of the list was read.
    """

    broken: int = 0
    cut: bool = False
    failure: Failure | None = None


@dataclass
class Round:
    """One API of one resource whose operations stand in lists.

    Args:
        interval: seconds between two rounds.
        task: how an operation that is found is followed, under its name.
        seen: is told of each round's outcome.
        named: whether an operation is configured, for whichever shard.
        shard: which of those that are found are followed here.
        elsewhere: those that the other shards follow, as the lists show them: they count, so
            that each shard finds out alike which are the newest.
        first: is set after the first round.
        failed: whether the latest round was not read to its end.
        left: those that made room for newer ones, as long as the list shows them.
    """

    resource: str
    api: str
    lister: Lister
    client: Client
    interval: float
    task: Callable[[Found], Task]
    seen: Callable[[str, str, Outcome], None]
    named: Callable[[Key], bool]
    shard: Shard
    elsewhere: dict[Key, Operation] = field(default_factory=dict)
    first: asyncio.Event = field(default_factory=asyncio.Event)
    left: set[Key] = field(default_factory=set)
    failed: bool = False

    async def run(self, poller: Poller, clock: Callable[[], float]) -> None:
        """Go round until cancelled."""
        loop = asyncio.get_running_loop()
        before = Outcome()
        due = loop.time() + random.uniform(0, min(1.0, self.interval))
        while True:
            await asyncio.sleep(due - loop.time())
            begun = loop.time()
            look = Look(self.client, Key(self.resource, self.api, ""))
            outcome = await self.once(look, poller, clock)
            self.first.set()
            self.seen(self.resource, self.api, outcome)
            self._say(before, outcome)
            before = outcome
            due = max(begun + self.interval, loop.time() + look.retry_after)

    async def once(self, look: Look, poller: Poller, clock: Callable[[], float]) -> Outcome:
        """One round: read the lists, tell the poller what they show."""
        shown: set[Key] = set()
        followed: set[Key] = set()
        cut = False

        def known(id_: str) -> Operation | None:
            key = Key(self.resource, self.api, id_)
            return poller.store[key].operation if key in poller else self.elsewhere.get(key)

        try:
            async for found in self.lister.found(look, known, clock()):
                await asyncio.sleep(0)  # others have their turn: a page may hold a hundred
                key = Key(self.resource, self.api, found.target.id)
                shown.add(key)
                cut |= self._cuts(key, found, poller, followed, clock())
        except Failure as failure:
            if self.failed:  # twice in a row: what it did not show has to be asked for
                poller.only_listed((self.resource, self.api), shown)
            self.failed = True
            return Outcome(look.broken, cut, failure)
        except Exception as error:  # noqa: BLE001  a fault of ours must not end the others
            logger().exception("this is a fault of the exporter; please report it", api=self.api)
            ours = Failure("unreadable", f"a fault of the exporter: {type(error).__name__}")
            return Outcome(look.broken, cut, ours)
        self.failed = False
        self.left &= shown
        self._forget_elsewhere(poller, shown)
        self._make_room(poller, followed)
        poller.only_listed((self.resource, self.api), shown)
        return Outcome(look.broken, cut)

    def _cuts(
        self,
        key: Key,
        found: Found,
        poller: Poller,
        followed: set[Key],
        now: float,
    ) -> bool:
        """Take in what a list shows, or leave it out; whether that is because of its number."""
        named, own = self.named(key), self.shard.owns(key)
        if not named and key not in poller and key not in self.elsewhere:
            if poller.outstayed(found.operation, now):
                return False
            if len(followed) >= self.lister.most or key in self.left:
                return self.lister.most > 0
            if own:
                poller.follow(self.task(found))
        if not named and len(followed) < self.lister.most:
            followed.add(key)  # Azure's lists begin with the newest
        if own:
            poller.listed(key, found.operation)
        else:
            self.elsewhere[key] = found.operation
        return False

    def _make_room(self, poller: Poller, followed: set[Key]) -> None:
        """Where more are followed than may be, the oldest that have finished leave."""
        place = (self.resource, self.api)
        known = {key: each for key, each in self.elsewhere.items() if not self.named(key)} | {
            key: poller.store[key].operation
            for key in poller
            if key[:2] == place and poller[key].discovered
        }
        if len(known) <= self.lister.most:
            return
        for key, operation in known.items():
            if key not in followed and operation and operation.state.finished:
                self.left.add(key)
                if key in poller:
                    poller.leave(key)
                else:
                    del self.elsewhere[key]

    def _forget_elsewhere(self, poller: Poller, shown: set[Key]) -> None:
        """What other shards follow leaves there as it would here, or nothing tells when it will."""
        self.elsewhere = {
            key: operation
            for key, operation in self.elsewhere.items()
            if (key in shown or operation.state.finished) and not poller.outstayed(operation, 0.0)
        }

    def _say(self, before: Outcome, now: Outcome) -> None:
        log = logger().bind(resource=self.resource, api=self.api)
        if now.failure and not before.failure:
            log.warning("list cannot be read to its end", reason=now.failure.reason)
        elif before.failure and not now.failure:
            log.info("list can be read again")
        if now.broken and now.broken != before.broken:
            log.warning("items of a list cannot be read; the others count", items=now.broken)
        if now.cut and not before.cut:
            most = self.lister.most
            log.warning("more operations than max_operations; the rest is left out", most=most)
