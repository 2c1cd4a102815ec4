"""Operations in a list whose items tell all of their status."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from exporter.apis.base import Azure, Discover, FindKnown, Found, Target
from exporter.azure.body import ListPage
from exporter.model.operation import Operation


class Item(Protocol):
    """A status in a list: of which operation it is, and what people call it."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str | None: ...
    def operation(self) -> Operation: ...


class ItemPage(ListPage, Protocol):
    @property
    def value(self) -> Sequence[Item]: ...


ItemPageShape = TypeVar("ItemPageShape", bound=ItemPage)


@dataclass(frozen=True)
class OneList(Generic[ItemPageShape]):
    """The list at `path`, as many a request as a page of its `shape` holds.

    Attributes:
        target: how the operation of an id is looked at when the list does not show it.
    """

    path: str
    shape: type[ItemPageShape]
    target: Callable[[str], Target]
    discover: Discover

    @property
    def interval(self) -> float | None:
        return self.discover.interval

    @property
    def most(self) -> int:
        return self.discover.max_operations

    async def found(self, azure: Azure, known: FindKnown, now: float) -> AsyncIterator[Found]:  # noqa: ARG002
        async for page in azure.pages(self.path, self.shape):
            for item in page.value:
                yield Found(self.target(item.id), item.operation(), item.name or "")
