"""Reads the list of one API of one resource, round by round."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

from exporter.apis.base import Lister
from exporter.config.sections import Section
from exporter.errors import Failure
from exporter.model.operation import OperationKey
from exporter.polling.discovery import Discovery
from exporter.polling.listed import ListedOperations
from exporter.polling.once import own_fault
from exporter.polling.request import Requests, ResourceClient
from exporter.telemetry.logs import logger
from exporter.telemetry.metrics import Telemetry


@dataclass(frozen=True)
class ListOutcome:
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
class ListWatcher:
    """One API of one resource whose operations stand in lists.

    Attributes:
        discovery: takes in what the list shows.
        telemetry: counts the rounds.
        clock: Unix seconds.
        failed: whether the latest round was not read to its end.
    """

    section: Section
    lister: Lister
    client: ResourceClient
    discovery: Discovery
    listed: ListedOperations
    telemetry: Telemetry
    clock: Callable[[], float]
    failed: bool = False

    async def run(self) -> None:
        """Read the list round by round until cancelled."""
        loop = asyncio.get_running_loop()
        section = self.section
        interval = self.lister.interval or section.interval
        before = ListOutcome()
        due = loop.time() + random.uniform(0, min(1.0, interval))
        while True:
            await asyncio.sleep(due - loop.time())
            begun = loop.time()
            requests = Requests(self.client, OperationKey(section.resource, section.api, ""))
            outcome = await self.round(requests)
            self.listed.round_done(section.place)
            self.telemetry.lists.listed(
                *section.place,
                whole=outcome.failure is None,
                cut=outcome.cut,
                broken=outcome.broken,
            )
            self._log(before, outcome)
            before = outcome
            due = max(begun + interval, loop.time() + requests.retry_after)

    async def round(self, requests: Requests) -> ListOutcome:
        """Read the list once."""
        discovery = self.discovery
        discovery.begin_round()
        cut = False
        try:
            async for found in self.lister.found(requests, discovery.known, self.clock()):
                await asyncio.sleep(0)  # others have their turn: a page may hold a hundred
                cut |= discovery.take(found)
        except Failure as failure:
            if self.failed:  # twice in a row: what it did not show has to be asked for
                discovery.keep_only_shown()
            self.failed = True
            return ListOutcome(requests.broken, cut, failure)
        except Exception as error:  # noqa: BLE001  a fault of ours must not end the others
            return ListOutcome(requests.broken, cut, own_fault(error, api=self.section.api))
        self.failed = False
        discovery.end_round()
        return ListOutcome(requests.broken, cut)

    def _log(self, before: ListOutcome, now: ListOutcome) -> None:
        """Log what is new about a round."""
        log = logger().bind(resource=self.section.resource, api=self.section.api)
        if now.failure and not before.failure:
            log.warning("list cannot be read to its end", reason=now.failure.reason)
        elif before.failure and not now.failure:
            log.info("list can be read again")
        if now.broken and now.broken != before.broken:
            log.warning("items of a list cannot be read; the others count", items=now.broken)
        if now.cut and not before.cut:
            most = self.lister.max_operations
            log.warning("more operations than max_operations; the rest is left out", most=most)
