"""What all APIs share whose work is a job: a GET by id, perhaps a list, and words for states."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, Protocol, TypeVar

from exporter.apis.base import (
    Azure,
    Discover,
    FindKnown,
    Found,
    Known,
    Lister,
    Settings,
    StatusBody,
    Target,
)
from exporter.azure.body import ListPage
from exporter.model.operation import Operation, State
from exporter.settings.types import OperationEntry

StatusShape = TypeVar("StatusShape", bound=StatusBody)


@dataclass(frozen=True)
class OneStatus(Generic[StatusShape]):
    """A job whose whole status is one GET."""

    id: str
    labels: Mapping[str, str]
    path: str
    shape: type[StatusShape]
    kind: str = "operation"
    shows: frozenset[State] | None = None

    async def poll(self, azure: Azure, known: Known) -> Operation:
        if known.listed and known.operation:
            return known.operation
        return (await azure.get(self.path, self.shape)).operation()

    def settled(self, known: Operation) -> bool:  # noqa: ARG002
        return True


class ListedStatus(Protocol):
    """A status in a list: of which job it is, and what people call it."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str | None: ...
    def operation(self) -> Operation: ...


class StatusPage(ListPage, Protocol):
    @property
    def value(self) -> Sequence[ListedStatus]: ...


StatusPageShape = TypeVar("StatusPageShape", bound=StatusPage)


@dataclass(frozen=True)
class OneList(Generic[StatusPageShape]):
    """The list at `path`, as many a request as a page of its `shape` holds.

    Attributes:
        target: how the job of an id is asked for when the list does not show it.
    """

    path: str
    shape: type[StatusPageShape]
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


@dataclass(frozen=True)
class Jobs:
    """The jobs of one kind, as data.

    Attributes:
        path: of one of them, with `{}` for each part of its id.
        status: the body of its answer.
        entry: checks each part of an id.
        kind: the label `kind`.
        prefix: what stands before their ids, to tell them from those of another kind.
        parts: of an id, with slashes between.
    """

    path: str
    status: type[StatusBody]
    entry: type[OperationEntry]
    kind: str = "operation"
    prefix: str = ""
    parts: int = 1

    def has(self, id_: str) -> bool:
        """Whether an id is one of this kind's, as far as its shape tells."""
        return id_.startswith(self.prefix) and id_.count("/") >= self.parts - 1

    def target(self, id_: str, labels: Mapping[str, Mapping[str, str]]) -> Target:
        """The job of an id; `labels` are those of the configuration, by id.

        Raises:
            ValidationError: no job can have this id.
        """
        written = id_.removeprefix(self.prefix).split("/", self.parts - 1)
        parts = [self.entry(id=part).id for part in written]
        whole = self.prefix + "/".join(parts)
        own = labels.get(whole, {})
        return OneStatus(whole, own, self.path.format(*parts), self.status, self.kind)


class JobSettings(Settings, ABC):
    """A section whose operations are jobs."""

    @abstractmethod
    def jobs(self) -> Sequence[Jobs]:
        """The kinds of jobs; an id is of the first that has it."""

    @abstractmethod
    def entries(self) -> Sequence[OperationEntry]:
        """The jobs that the configuration names."""

    @cached_property
    def _labels(self) -> Mapping[str, Mapping[str, str]]:
        return {entry.id: entry.labels for entry in self.entries()}

    def targets(self) -> Iterable[Target]:
        return [self.target(entry.id) for entry in self.entries()]

    def target(self, id_: str) -> Target:
        jobs = self.jobs()
        kind = next((kind for kind in jobs if kind.has(id_)), jobs[-1])
        return kind.target(id_, self._labels)

    def list_of(
        self, path: str, shape: type[StatusPageShape], jobs: Jobs, discover: Discover | None
    ) -> Lister | None:
        """The list of jobs of one kind, where they are to be discovered."""
        if discover is None:
            return None
        return OneList(path, shape, lambda id_: self.target(f"{jobs.prefix}{id_}"), discover)
