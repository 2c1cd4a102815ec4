"""The lists and operations of one API, each read once, and no more of a list than its begin."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from exporter.apis.base import Known
from exporter.azure.body import ListPage, Readable
from exporter.azure.client import Client
from exporter.config.sections import PlannedOperation, Section
from exporter.doctor.findings import Finding, FindingPlace
from exporter.doctor.verdicts import Reach, judged
from exporter.errors import Failure
from exporter.model.operation import Operation, OperationKey, State
from exporter.polling.once import Turns, poll_once
from exporter.polling.request import Requests

Shape = TypeVar("Shape", bound=Readable)
PageShape = TypeVar("PageShape", bound=ListPage)

_LISTS = 2  # of which a page is read: the list of all, and one that stands below it
_NAMED = 3  # of many ids


@dataclass
class Sparing:
    """Asks as an API wants it, but each thing once, and of a few lists their first pages."""

    requests: Requests
    lists: int = 0

    async def get(self, path: str, shape: type[Shape]) -> Shape:
        """The body at `path`."""
        return await self.requests.get(path, shape)

    async def pages(self, path: str, shape: type[PageShape]) -> AsyncIterator[PageShape]:
        """The first page, or none where enough lists were read."""
        if self.lists <= 0:
            return
        self.lists -= 1
        page = await self.requests.get(path, shape)
        self.requests.broken += page.broken
        yield page


@dataclass
class Visit:
    """One API of one resource.

    Attributes:
        limit: how many requests a minute this API allows; None: no limit of its own.
        asked: requests that were made so far.
        shown: operations that its list shows.
    """

    place: FindingPlace
    section: Section
    planned: Sequence[PlannedOperation]
    client: Client
    clock: Callable[[], float]
    limit: int | None
    entra: bool
    findings: list[Finding] = field(default_factory=list)
    turns: Turns = field(default_factory=Turns)
    asked: int = 0
    shown: dict[str, Operation] = field(default_factory=dict)

    async def run(self) -> Reach:
        """Read all that can be read; how far a failure among it reaches."""
        if not self.planned and self.section.lister is None:
            self._say("nothing-to-read", "operation", "there is none, and no list to read")
            return Reach.ITSELF
        reach = await self._list()
        for number, planned in enumerate(self.planned):
            rest = len(self.planned) - number
            if reach is not Reach.ITSELF:
                self._say("not-tried", "operation", f"not tried: {_operations(rest)}")
                break
            fresh = planned.target.id not in self.shown
            if fresh and self.limit is not None and self.asked >= self.limit:
                reason = f"the API allows {self.limit} requests a minute; left out: "
                self._say("limit", "operation", reason + _operations(rest))
                break
            reach = await self._operation(planned)
        return reach

    def _say(self, kind: str, subject: str, what: str) -> None:
        self.findings.append(self.place.found(kind, subject, what))

    def _failed(self, subject: str, failure: Failure) -> Reach:
        """A refused key is spoken of once, by the name of the key."""
        verdict = judged(failure, of_list=subject == "list", entra=self.entra)
        if verdict.kind in {"forbidden", "role-missing", "token-none", "token-refused"}:
            subject = "token" if self.entra else "key"
        if verdict.kind != "key-refused":
            self._say(verdict.kind, subject, verdict.what)
        return verdict.reach

    def _sparing(self, operation: str, lists: int = 0) -> Sparing:
        key = OperationKey(self.section.resource, self.section.api, operation)
        return Sparing(Requests(self.client, key, attempts=1), lists)

    async def _list(self) -> Reach:
        lister = self.section.lister
        if lister is None:
            return Reach.ITSELF
        sparing = self._sparing("", _LISTS)
        try:
            async for found in lister.found(sparing, lambda _: None, self.clock()):
                self.shown[found.target.id] = found.operation
        except Failure as failure:
            return self._failed("list", failure)
        finally:
            self.asked += sparing.requests.made
        self._say("fine", "list", f"its first page shows {_operations(len(self.shown))}")
        if broken := sparing.requests.broken:
            self._say("items-unreadable", "list", f"items that cannot be read: {broken}")
        return Reach.ITSELF

    async def _operation(self, planned: PlannedOperation) -> Reach:
        id_ = planned.target.id
        sparing = self._sparing(id_)
        known = Known(self.shown.get(id_), listed=id_ in self.shown)
        operation = await poll_once(planned, sparing, known, self.turns)
        self.asked += sparing.requests.made
        if isinstance(operation, Failure):
            return self._failed(id_, operation)
        if operation.unreadable:
            ids = sorted(operation.unreadable)
            more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
            why = f": {operation.incomplete}" if operation.incomplete else ""
            what = f"documents that cannot be read{why}: {', '.join(ids[:_NAMED])}{more}"
            self._say("document-unreadable", id_, what)
        if operation.state is State.UNKNOWN:
            self._say("unknown-state", id_, f"Azure calls its state {operation.word!r}")
        else:
            self._say("fine", id_, f"is {operation.state.value}")
        return Reach.ITSELF


def _operations(number: int) -> str:
    return f"{number} operation{'' if number == 1 else 's'}"
