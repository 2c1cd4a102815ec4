"""The requests of one poll, as an API makes them."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from exporter.azure.answer import Answer
from exporter.azure.body import ListPage, Readable, ShapeError
from exporter.azure.links import next_path
from exporter.azure.retry import DEFAULT_POLICY, RetryPolicy
from exporter.errors import Failure, Unreadable
from exporter.model.operation import OperationKey

Shape = TypeVar("Shape", bound=Readable)
PageShape = TypeVar("PageShape", bound=ListPage)

_PAGE_ATTEMPTS = 6  # a list goes on where it stopped; after that the round has failed


class ResourceClient(Protocol):
    """What requests need of `exporter.azure.client`."""

    @property
    def endpoint(self) -> str: ...

    async def get(
        self, key: OperationKey, path: str, shape: type[Shape], policy: RetryPolicy
    ) -> Answer[Shape]: ...


@dataclass
class Requests:
    """The requests of one poll of an operation, or of one round of a list.

    Attributes:
        key: of the operation; of a list it has an empty id.
        attempts: at each request, as long as it fails in a way that can pass.
        made: requests that were made, or tried.
        retry_after: the longest that Azure asked to wait, in seconds.
        broken: items of lists that could not be read.
    """

    client: ResourceClient
    key: OperationKey
    attempts: int = DEFAULT_POLICY.attempts
    made: int = 0
    retry_after: float = 0.0
    broken: int = 0

    async def get(self, path: str, shape: type[Shape]) -> Shape:
        """The body at `path`."""
        policy = RetryPolicy(self.attempts, under_way=self.made > 0)
        self.made += 1
        try:
            answer = await self.client.get(self.key, path, shape, policy)
        except Failure as failure:
            self._advised(failure.details.retry_after)
            raise
        self._advised(answer.retry_after)
        return answer.value

    async def pages(self, path: str, shape: type[PageShape]) -> AsyncIterator[PageShape]:
        """The pages of the list that begins at `path`, as they come."""
        read: set[str] = set()
        following: str | None = path
        while following:
            page = await (self._patiently if read else self.get)(following, shape)
            read.add(following)
            self.broken += page.broken
            yield page
            following = self._following(page, following, read)

    def _following(self, page: ListPage, path: str, read: set[str]) -> str | None:
        try:
            link = page.following(path)
        except ShapeError as error:
            reason = f"a list does not say where it goes on: {error}"
            raise Unreadable("unreadable", reason) from None
        return next_path(self.client.endpoint, path, link, read) if link else None

    async def _patiently(self, path: str, shape: type[Shape]) -> Shape:
        """A page, however long Azure makes us wait: those before it are not asked again."""
        for attempt in range(1, _PAGE_ATTEMPTS):
            try:
                return await self.get(path, shape)
            except Failure as failure:
                if not failure.passing:
                    raise
                advised = failure.details.retry_after or 0.0
                await asyncio.sleep(advised + random.uniform(0, 2.0**attempt))
        return await self.get(path, shape)

    def _advised(self, retry_after: float | None) -> None:
        self.retry_after = max(self.retry_after, retry_after or 0.0)
