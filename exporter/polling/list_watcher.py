"""Reads the list of one API of one resource, one round after another."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from exporter.apis.base import Lister
from exporter.azure.priority import Priority
from exporter.config.sections import Section
from exporter.errors import Failure, NoAnswer, Unauthorised, may_mean_absent, means_absent
from exporter.model.operation import OperationKey
from exporter.polling.discovery import Discovery
from exporter.polling.listed import ListedOperations
from exporter.polling.pauses import pause_after
from exporter.polling.request import Requests, ResourceClient
from exporter.telemetry.logs import logger
from exporter.telemetry.metrics import Telemetry
from exporter.telemetry.own_fault import own_fault

ABSENT_SECONDS = 3600.0  # between two looks at a list that nobody promised and that is not here
_SLICE = 0.002  # seconds in which operations are taken in without a pause


@dataclass(frozen=True)
class ListOutcome:
    """The result of a round.

    Attributes:
        broken: number of items that could not be read.
        cut: whether operations were left out because of `max_operations`.
        failure: why the list was not read to its end.
    """

    broken: int = 0
    cut: bool = False
    failure: Failure | None = None


@dataclass
class ListWatcher:
    """One API of one resource that has a list of operations.

    Attributes:
        discovery: takes in the operations of the list.
        telemetry: counts the rounds.
        clock: Unix seconds.
        failed: whether the latest round did not read the whole list.
        cut: whether the latest round left operations out because of `max_operations`.
        served: whether the list was read to its end at least once.
        absent: why a presumed API is taken for one that the resource does not serve; empty if it
            is not.
        siblings: all lists of the resource.
    """

    section: Section
    lister: Lister
    client: ResourceClient
    discovery: Discovery
    listed: ListedOperations
    telemetry: Telemetry
    clock: Callable[[], float]
    failed: bool = False
    cut: bool = False
    served: bool = False
    absent: str = ""
    siblings: Callable[[], Sequence["ListWatcher"]] = lambda: ()

    async def run(self, first_within: float) -> None:
        """Read the list, one round after another, until cancelled; first within these seconds."""
        loop = asyncio.get_running_loop()
        section = self.section
        interval = self.lister.interval or section.interval
        previous = ListOutcome()
        refusals = 0
        due = loop.time() + random.uniform(0, min(first_within, interval))
        while True:
            await asyncio.sleep(due - loop.time())
            started = loop.time()
            key = OperationKey(section.resource, section.api, "")
            requests = Requests(self.client, key, Priority.HIGH, presumed=self._is_presumed())
            outcome = await self.round(requests)
            if outcome.failure is None:
                self._note_here(None)
            self.listed.round_done(section.key, whole=outcome.failure is None)
            doubtful = self._is_presumed() and may_mean_absent(outcome.failure)
            if doubtful and await self._is_absent(outcome.failure):
                due = started + max(interval, ABSENT_SECONDS * random.uniform(0.9, 1.1))
                continue
            self._note_here(outcome.failure)
            refusals = refusals + 1 if doubtful else 0
            self.telemetry.lists.listed(
                *section.key,
                whole=outcome.failure is None,
                cut=outcome.cut,
                broken=outcome.broken,
            )
            self.cut = outcome.cut
            self._log(previous, outcome, doubtful=doubtful)
            previous = outcome
            pause = pause_after(interval, refusals, outcome.failure)
            due = max(started + pause, loop.time() + requests.retry_after)

    def _is_presumed(self) -> bool:
        """Whether nobody said that the resource serves the API, and nothing has shown it."""
        section = self.section
        is_used = self.served or self.discovery.poller.followed.any_of(section.key)
        return section.presumed and not is_used

    async def _is_absent(self, failure: Failure | None) -> bool:
        """Whether the resource does not serve the API; it has no series and no line of log then.

        So it is if another API of the resource answers. If all are refused, the key or the
        endpoint is wrong, but for a resource that Azure Resource Manager has named.
        """
        if not (self.section.found and means_absent(failure)):
            siblings = self.siblings()
            for other in siblings:
                await self.listed.first_round(OperationKey(*other.section.key, ""))
            if not any(other.served for other in siblings):
                return False
        self.absent = failure.reason if failure else ""
        self.telemetry.forget(*self.section.key)
        return True

    def _note_here(self, failure: Failure | None) -> None:
        """The resource serves the API, or it is not known that it does not: it has series."""
        section, requests = self.section, self.telemetry.requests
        self.absent, self.served = "", self.served or failure is None
        if not requests.expects(*section.key):
            expect(self.telemetry, section)
            requests.answered(*section.key, up=not isinstance(failure, NoAnswer | Unauthorised))

    async def round(self, requests: Requests) -> ListOutcome:
        """Read the list once."""
        discovery, loop = self.discovery, asyncio.get_running_loop()
        discovery.begin_round()
        try:
            now, pause = self.clock(), loop.time() + _SLICE
            async for found in self.lister.found(requests, discovery.last_operation, now):
                if loop.time() > pause:
                    await asyncio.sleep(0)  # other tasks run in between
                    now, pause = self.clock(), loop.time() + _SLICE
                discovery.take(found, now)
        except Failure as failure:
            if self.failed:  # twice in a row: request the status of what was not in it
                discovery.unlist_missing()
            self.failed = True
            return ListOutcome(requests.broken, discovery.cut, failure)
        except Exception as error:  # noqa: BLE001  a bug in one API must not stop the others
            fault = own_fault(error, api=self.section.api)
            return ListOutcome(requests.broken, discovery.cut, fault)
        self.failed = False
        discovery.end_round(self.clock())
        return ListOutcome(requests.broken, discovery.cut)

    def _log(self, previous: ListOutcome, current: ListOutcome, *, doubtful: bool) -> None:
        """Log what has changed since the previous round; `doubtful`: all lists are refused."""
        log = logger().bind(resource=self.section.resource, api=self.section.api)
        if current.failure and not previous.failure and doubtful:
            if next(iter(self.siblings()), self) is self:  # one line for all of them
                logger().warning(
                    "no API of the resource accepts a request: the key or the endpoint is wrong",
                    resource=self.section.resource,
                    reason=current.failure.reason,
                )
        elif current.failure and not previous.failure:
            log.warning("list cannot be read to its end", reason=current.failure.reason)
        elif previous.failure and not current.failure:
            log.info("list can be read again")
        if current.broken and current.broken != previous.broken:
            log.warning("items of a list cannot be read; the others are used", items=current.broken)
        if current.cut and not previous.cut:
            most = self.lister.max_operations
            log.warning("more operations than max_operations; the rest is not polled", most=most)


def expect(telemetry: Telemetry, section: Section) -> None:
    """Create the series of an API of a resource, at 0."""
    settings = section.settings
    telemetry.expect(*section.key, settings.states, settings.error_codes, settings.amounts)
