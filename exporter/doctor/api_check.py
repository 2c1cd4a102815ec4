"""Reads the lists and operations of one API once, of a list only the first page."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from exporter.apis.base import Known
from exporter.azure.body import ListPage, Parse
from exporter.azure.client import Client
from exporter.azure.priority import Priority
from exporter.config.sections import PlannedOperation, Section
from exporter.doctor.findings import Finding, FindingContext
from exporter.doctor.verdicts import FailureScope, verdict_of
from exporter.errors import Failure, may_mean_absent, means_absent
from exporter.model.operation import Operation, OperationKey, State
from exporter.polling.once import Turns, poll_once
from exporter.polling.request import Requests

Shape = TypeVar("Shape")
PageShape = TypeVar("PageShape", bound=ListPage)

_IDS_NAMED = 3


@dataclass
class LimitedRequests:
    """The requests of an API, without retries and with the first page of a few lists only."""

    requests: Requests
    lists_left: int = 0

    async def get(self, path: str, parse: Parse[Shape]) -> Shape:
        """The body at `path`."""
        return await self.requests.get(path, parse)

    async def file(self, url: str, parse: Parse[Shape]) -> Shape:
        """The content of a file in blob storage."""
        return await self.requests.file(url, parse)

    async def pages(self, path: str, parse: Parse[PageShape]) -> AsyncIterator[PageShape]:
        """The first page, or nothing if enough lists were read."""
        if self.lists_left <= 0:
            return
        self.lists_left -= 1
        page = await self.requests.get(path, parse)
        self.requests.broken += page.broken
        yield page


@dataclass
class ApiCheck:
    """The check of one API of one resource.

    Attributes:
        limit: how many requests a minute this API allows; None: it has no limit.
        grant: a command that gives the identity the role that it may lack; empty if not known.
        requests_made: so far.
        listed: the operations in its list, by id.
        answered: whether its list could be read.
        doubt: the refusal of a presumed API, until it is known whether another one answers.
    """

    context: FindingContext
    section: Section
    planned: Sequence[PlannedOperation]
    client: Client
    clock: Callable[[], float]
    limit: int | None
    entra: bool
    grant: str = ""
    findings: list[Finding] = field(default_factory=list)
    turns: Turns = field(default_factory=Turns)
    requests_made: int = 0
    listed: dict[str, Operation] = field(default_factory=dict)
    answered: bool = False
    doubt: Failure | None = None

    async def run(self) -> FailureScope:
        """Read everything; returns what the last failure makes impossible."""
        if not self.planned and self.section.lister is None:
            return FailureScope.ITEM
        scope = await self._list()
        for index, planned in enumerate(self.planned):
            rest = len(self.planned) - index
            if scope is not FailureScope.ITEM:
                self._add_finding("not-tried", "operation", f"skipped: {_operations(rest)}")
                break
            needs_request = planned.target.id not in self.listed
            if needs_request and self.limit is not None and self.requests_made >= self.limit:
                reason = f"the API allows {self.limit} requests a minute; not checked: "
                self._add_finding("limit", "operation", reason + _operations(rest))
                break
            scope = await self._operation(planned)
        return scope

    def _add_finding(self, kind: str, subject: str, what: str) -> None:
        self.findings.append(self.context.finding(kind, subject, what))

    def _report_failure(self, subject: str, failure: Failure) -> FailureScope:
        """Report a failure, except a refused key: the resource's check reports each key once."""
        verdict = verdict_of(failure, of_list=subject == "list", entra=self.entra)
        if verdict.kind in {"forbidden", "role-missing", "token-none", "token-refused"}:
            subject = "token" if self.entra else "key"
        what = verdict.what
        if verdict.kind == "role-missing" and self.grant:
            what = f"{what}; grant it with: {self.grant}"
        if verdict.kind != "key-refused":
            self._add_finding(verdict.kind, subject, what)
        return verdict.scope

    def resolve(self, *, another_answers: bool) -> None:
        """Report a doubt: the API is not here if another one of the resource answers."""
        if self.doubt and another_answers:
            self._add_finding("not-here", "list", self.doubt.reason)
        elif self.doubt:
            self._report_failure("list", self.doubt)

    def _limited_requests(self, operation: str, lists_left: int = 0) -> LimitedRequests:
        key = OperationKey(self.section.resource, self.section.api, operation)
        return LimitedRequests(Requests(self.client, key, Priority.HIGH, attempts=1), lists_left)

    async def _list(self) -> FailureScope:
        lister = self.section.lister
        if lister is None:
            return FailureScope.ITEM
        # One page of each of its lists, and of one list below an operation that they show.
        limited = self._limited_requests("", self.section.settings.lists + 1)
        try:
            async for found in lister.found(limited, lambda _: None, self.clock()):
                self.listed[found.id] = found.operation
        except Failure as failure:
            if self.section.found and means_absent(failure):
                self._add_finding("not-here", "list", failure.reason)
                return FailureScope.ITEM
            if self.section.presumed and may_mean_absent(failure):
                self.doubt = failure
                return FailureScope.ITEM
            return self._report_failure("list", failure)
        finally:
            self.requests_made += limited.requests.made
        self.answered = True
        self._add_finding("fine", "list", f"its first page has {_operations(len(self.listed))}")
        if broken := limited.requests.broken:
            self._add_finding("items-unreadable", "list", f"items that cannot be read: {broken}")
        return FailureScope.ITEM

    async def _operation(self, planned: PlannedOperation) -> FailureScope:
        id_ = planned.target.id
        limited = self._limited_requests(id_)
        known = Known(self.listed.get(id_), listed=id_ in self.listed)
        operation = await poll_once(planned, limited, known, self.turns)
        self.requests_made += limited.requests.made
        if isinstance(operation, Failure):
            return self._report_failure(id_, operation)
        if operation.unreadable:
            ids = sorted(operation.unreadable)
            more = f" and {len(ids) - _IDS_NAMED} more" if len(ids) > _IDS_NAMED else ""
            why = f": {operation.incomplete}" if operation.incomplete else ""
            what = f"documents that cannot be read{why}: {', '.join(ids[:_IDS_NAMED])}{more}"
            self._add_finding("document-unreadable", id_, what)
        if operation.state is State.UNKNOWN:
            self._add_finding("unknown-state", id_, f"Azure's state is {operation.word!r}")
        else:
            self._add_finding("fine", id_, f"is {operation.state.value}")
        return FailureScope.ITEM


def _operations(count: int) -> str:
    return f"{count} operation{'' if count == 1 else 's'}"
