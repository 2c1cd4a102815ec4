"""Operations that nobody configured: found in Azure's lists, round by round."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from exporter.apis.base import Found, Lister
from exporter.errors import Failure
from exporter.logs import logger
from exporter.look import Client, Look
from exporter.model import Key, Operation
from exporter.polling import Poller, Task


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
            return poller.store[key].operation if key in poller else None

        try:
            async for found in self.lister.found(look, known, clock()):
                key = Key(self.resource, self.api, found.target.id)
                shown.add(key)
                if key not in poller:
                    if poller.outstayed(found.operation, clock()):
                        continue
                    if len(followed) >= self.lister.most or key in self.left:
                        cut = self.lister.most > 0
                        continue
                    poller.follow(self.task(found))
                if poller[key].discovered and len(followed) < self.lister.most:
                    followed.add(key)  # Azure's lists begin with the newest
                poller.listed(key, found.operation)
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
        self._make_room(poller, followed)
        poller.only_listed((self.resource, self.api), shown)
        return Outcome(look.broken, cut)

    def _make_room(self, poller: Poller, followed: set[Key]) -> None:
        """Where more are followed than may be, the oldest that have finished leave."""
        place = (self.resource, self.api)
        mine = [key for key in poller if key[:2] == place and poller[key].discovered]
        if len(mine) <= self.lister.most:
            return
        for key in mine:
            known = poller.store[key].operation
            if key not in followed and known and known.state.finished:
                self.left.add(key)
                poller.leave(key)

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
