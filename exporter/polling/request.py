"""The requests of one poll, as an API makes them."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from exporter.azure.answer import Answer
from exporter.azure.body import ListPage, Parse, ShapeError
from exporter.azure.links import next_path
from exporter.azure.priority import Priority
from exporter.azure.retry import DEFAULT_POLICY, RetryPolicy
from exporter.errors import Details, Failure, Unreadable
from exporter.model.operation import OperationKey

Shape = TypeVar("Shape")
PageShape = TypeVar("PageShape", bound=ListPage)

_PAGE_ATTEMPTS = 6  # to read a further page; then the round has failed


class ResourceClient(Protocol):
    """The part of `exporter.azure.client` that requests use."""

    @property
    def endpoint(self) -> str: ...

    async def get(
        self, key: OperationKey, path: str, parse: Parse[Shape], policy: RetryPolicy
    ) -> Answer[Shape]: ...

    async def file(
        self, key: OperationKey, url: str, parse: Parse[Shape], policy: RetryPolicy
    ) -> Answer[Shape]: ...


@dataclass
class Requests:
    """The requests of one poll of an operation, or of one round of a list.

    Attributes:
        key: of the operation; for a list its id is empty.
        priority: of each request.
        attempts: for each request, while its failures are temporary.
        presumed: whether nobody said that the resource serves the API.
        made: number of requests, including failed ones.
        waited: seconds that the first request waited for the budget.
        retry_after: the longest wait that Azure asked for, in seconds.
        broken: number of list items that could not be read.
    """

    client: ResourceClient
    key: OperationKey
    priority: Priority
    attempts: int = DEFAULT_POLICY.attempts
    presumed: bool = False
    made: int = 0
    waited: float = 0.0
    retry_after: float = 0.0
    broken: int = 0

    async def get(self, path: str, parse: Parse[Shape]) -> Shape:
        """The body at `path`."""
        first = not self.made
        policy = RetryPolicy(
            self.attempts, self.priority, under_way=not first, presumed=self.presumed
        )
        self.made += 1
        try:
            answer = await self.client.get(self.key, path, parse, policy)
        except Failure as failure:
            self._note(failure.details, first=first)
            raise
        self._note(answer, first=first)
        return answer.value

    async def file(self, url: str, parse: Parse[Shape]) -> Shape:
        """The content of a file in blob storage, whose signed URL an answer named."""
        policy = RetryPolicy(self.attempts, self.priority, under_way=self.made > 0)
        self.made += 1
        return (await self.client.file(self.key, url, parse, policy)).value

    async def pages(self, path: str, parse: Parse[PageShape]) -> AsyncIterator[PageShape]:
        """The pages of the list that begins at `path`, one by one."""
        paths_read: set[str] = set()
        next_: str | None = path
        while next_:
            page = await (self._get_patiently if paths_read else self.get)(next_, parse)
            paths_read.add(next_)
            self.broken += page.broken
            yield page
            next_ = self._following(page, next_, paths_read)

    def _following(self, page: ListPage, path: str, paths_read: set[str]) -> str | None:
        try:
            link = page.following(path)
        except ShapeError as error:
            reason = f"a list has no link to its next page: {error}"
            raise Unreadable("unreadable", reason) from None
        return next_path(self.client.endpoint, path, link, paths_read) if link else None

    async def _get_patiently(self, path: str, parse: Parse[Shape]) -> Shape:
        """A further page, with long waits: a failure here would repeat all pages before it."""
        for attempt in range(1, _PAGE_ATTEMPTS):
            try:
                return await self.get(path, parse)
            except Failure as failure:
                if not failure.passing:
                    raise
                advised = failure.details.retry_after or 0.0
                await asyncio.sleep(advised + random.uniform(0, 2.0**attempt))
        return await self.get(path, parse)

    def _note(self, outcome: Answer[Shape] | Details, *, first: bool) -> None:
        self.retry_after = max(self.retry_after, outcome.retry_after or 0.0)
        if first:
            self.waited = outcome.waited
