"""The common parts of APIs with jobs: a GET by id, words for states, and perhaps a list."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Generic, Protocol, TypeVar

from msgspec import structs

from exporter.apis.base import (
    Azure,
    Discover,
    DiscoveringLister,
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


def with_first_end(earlier: Operation | None, later: Operation) -> Operation:
    """A later answer for an operation that has ended, with the time at which it ended at first."""
    if earlier is None or not earlier.state.finished or earlier.state is not later.state:
        return later
    if earlier.last_action is None or earlier.last_action == later.last_action:
        return later
    return structs.replace(later, last_action=earlier.last_action)


@dataclass(frozen=True)
class OneStatus(Generic[StatusShape]):
    """A job whose whole status is one GET."""

    id: str
    labels: Mapping[str, str]
    path: str
    shape: type[StatusShape]
    kind: str = "operation"
    shows: frozenset[State] | None = None
    reusable_id: bool = False
    keeps_end: bool = False
    status_only: ClassVar = True

    async def poll(self, azure: Azure, known: Known) -> Operation:
        if known.listed and known.operation:
            return known.operation
        operation = (await azure.get(self.path, self.shape)).operation()
        return with_first_end(known.operation, operation) if self.keeps_end else operation

    def settled(self, operation: Operation) -> bool:  # noqa: ARG002
        return True


class ListedStatus(Protocol):
    """A status in a list: the id of the job, its display name and its operation."""

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
class OneList(DiscoveringLister, Generic[StatusPageShape]):
    """The list at `path`, with pages of `shape`.

    Attributes:
        prefix: of the ids of these jobs, which the list does not show.
    """

    path: str
    shape: type[StatusPageShape]
    prefix: str
    discover: Discover

    async def found(self, azure: Azure, known: FindKnown, now: float) -> AsyncIterator[Found]:  # noqa: ARG002
        async for page in azure.pages(self.path, self.shape):
            for item in page.value:
                yield Found(f"{self.prefix}{item.id}", item.operation(), item.name or "")


@dataclass(frozen=True)
class Jobs:
    """The jobs of one kind, as data.

    Attributes:
        path: path of one job, with `{}` for each part of its id.
        status: the shape of its status body.
        entry: checks each part of an id.
        kind: the label `kind`.
        prefix: first part of their ids, to distinguish them from jobs of another kind.
        parts: number of parts of an id, separated by slashes.
        reusable_ids: callers choose the ids, so that a deleted job's id may be used again.
        keeps_end: Azure moves the time of an end later; the first one stays.
    """

    path: str
    status: type[StatusBody]
    entry: type[OperationEntry]
    kind: str = "operation"
    prefix: str = ""
    parts: int = 1
    reusable_ids: bool = False
    keeps_end: bool = False

    def matches(self, id_: str) -> bool:
        """Whether an id has the prefix and the number of parts of this kind."""
        return id_.startswith(self.prefix) and id_.count("/") >= self.parts - 1

    def target(self, id_: str, labels: Mapping[str, Mapping[str, str]]) -> Target:
        """The target for an id; `labels` are the configured ones, by id.

        Raises:
            ValidationError: the id is not valid.
        """
        written = id_.removeprefix(self.prefix).split("/", self.parts - 1)
        parts = [self.entry(id=part).id for part in written]
        full_id = self.prefix + "/".join(parts)
        own_labels = labels.get(full_id, {})
        return OneStatus(
            full_id,
            own_labels,
            self.path.format(*parts),
            self.status,
            self.kind,
            reusable_id=self.reusable_ids,
            keeps_end=self.keeps_end,
        )


class JobSettings(Settings, ABC):
    """A section whose operations are jobs."""

    @abstractmethod
    def jobs(self) -> Sequence[Jobs]:
        """The kinds of jobs; an id belongs to the first kind that matches."""

    @abstractmethod
    def entries(self) -> Sequence[OperationEntry]:
        """The configured jobs."""

    @cached_property
    def _labels(self) -> Mapping[str, Mapping[str, str]]:
        return {entry.id: entry.labels for entry in self.entries()}

    def targets(self) -> Iterable[Target]:
        return [self.target(entry.id) for entry in self.entries()]

    def target(self, id_: str) -> Target:
        jobs = self.jobs()
        kind = next((kind for kind in jobs if kind.matches(id_)), jobs[-1])
        return kind.target(id_, self._labels)

    def list_of(
        self, path: str, shape: type[StatusPageShape], jobs: Jobs, discover: Discover | None
    ) -> Lister | None:
        """The list of jobs of one kind; None without discovery."""
        if discover is None:
            return None
        return OneList(path, shape, jobs.prefix, discover)
