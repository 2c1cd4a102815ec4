"""The common parts of APIs with jobs: a GET by id, words for states, and perhaps a list."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Generic, Protocol, TypeVar

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
from exporter.apis.id_forms import IdForm
from exporter.azure.body import PageOf
from exporter.azure.item_reader import ItemReader, ReadPage
from exporter.model.operation import Operation, State
from exporter.settings.types import OperationEntry

StatusShape = TypeVar("StatusShape", bound=StatusBody)


def with_first_end(earlier: Operation | None, later: Operation) -> Operation:
    """A later answer for an operation that has ended, with the time at which it ended at first."""
    if earlier is None or not earlier.state.finished or earlier.state is not later.state:
        return later
    if earlier.last_action is None or earlier.last_action == later.last_action:
        return later
    frozen = structs.replace(later, last_action=earlier.last_action)
    return earlier if frozen == earlier else frozen


def _always_whole(_: Operation) -> bool:
    return True


@dataclass(frozen=True)
class OneStatus(Generic[StatusShape]):
    """A job whose whole status is one GET.

    Attributes:
        keeps_end: Azure moves the time of an end later; the first one stays.
        is_whole: whether all is known of this operation; a list may tell less than a GET.
        listed_rest: seconds between two GETs while it is unfinished and a list shows it.
    """

    id: str
    labels: Mapping[str, str]
    path: str
    shape: type[StatusShape]
    kind: str = "operation"
    shows: frozenset[State] | None = None
    reusable_id: bool = False
    keeps_end: bool = False
    is_whole: Callable[[Operation], bool] = _always_whole
    listed_rest: float = inf

    async def poll(self, azure: Azure, known: Known) -> Operation:
        if known.listed and known.operation and self.is_whole(known.operation):
            return known.operation
        operation = (await azure.get(self.path, self.shape.read)).operation()
        return with_first_end(known.operation, operation) if self.keeps_end else operation

    def settled(self, operation: Operation) -> bool:
        return self.is_whole(operation)


class ListedStatus(Protocol):
    """A status in a list: the id of the job, its display name and its operation."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str | None: ...
    def operation(self) -> Operation: ...


class JobList:
    """Reads the pages of one list of jobs, round after round.

    Args:
        prefix: of the ids of these jobs, which the list does not show.
    """

    def __init__(self, shape: type[PageOf[ListedStatus]], prefix: str = "") -> None:
        self._prefix = prefix
        self._reader: ItemReader[ListedStatus, Found] = ItemReader(shape)

    def begin_round(self, *, whole: bool = True) -> None:
        """Begin a round; `whole`: it reads the whole list."""
        self._reader.begin_round(whole=whole)

    def pages(self, azure: Azure, path: str, known: FindKnown) -> AsyncIterator[ReadPage[Found]]:
        """The pages from `path` on. What is as it is known is the known object."""

        def convert(item: ListedStatus) -> Found:
            id_ = f"{self._prefix}{item.id}"
            latest, operation = known(id_), item.operation()
            return Found(id_, latest if latest == operation else operation, item.name or "")

        return azure.pages(path, self._reader.parsing(convert))


@dataclass(frozen=True)
class OneList(DiscoveringLister):
    """The list at `path`, which each round reads to its end."""

    path: str
    jobs: JobList
    discover: Discover

    async def found(self, azure: Azure, known: FindKnown, now: float) -> AsyncIterator[Found]:  # noqa: ARG002
        self.jobs.begin_round()
        async for page in self.jobs.pages(azure, self.path, known):
            for found in page.values:
                yield found


@dataclass(frozen=True)
class Jobs:
    """The jobs of one kind, as data.

    Attributes:
        path: path of one job, with `{}` for each part of its id.
        status: the shape of its status body.
        entry: checks each part of an id.
        kind: the label `kind`.
        prefix: first part of their ids, to distinguish them from jobs of another kind.
        form: an id without its prefix; `{0}` is a part of the path as well.
        reusable_ids: callers choose the ids, so that a deleted job's id may be used again.
        keeps_end: Azure moves the time of an end later; the first one stays.
    """

    path: str
    status: type[StatusBody]
    entry: type[OperationEntry]
    kind: str = "operation"
    prefix: str = ""
    form: str = "{}"
    reusable_ids: bool = False
    keeps_end: bool = False

    @property
    def id_form(self) -> IdForm:
        """Where an id is in the path."""
        return IdForm(self.path.partition("?")[0], self.prefix + self.form)

    def matches(self, id_: str) -> bool:
        """Whether an id has the prefix and the number of parts of this kind."""
        return id_.startswith(self.prefix) and id_.count("/") >= self.form.count("/")

    def target(self, id_: str, labels: Mapping[str, Mapping[str, str]]) -> Target:
        """The target for an id; `labels` are the configured ones, by id.

        Raises:
            ValidationError: the id is not valid.
        """
        written = id_.removeprefix(self.prefix).split("/", self.form.count("/"))
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

    def id_forms(self) -> Sequence[IdForm]:
        return [kind.id_form for kind in self.jobs()]

    def targets(self) -> Iterable[Target]:
        return [self.target(entry.id) for entry in self.entries()]

    def target(self, id_: str) -> Target:
        jobs = self.jobs()
        kind = next((kind for kind in jobs if kind.matches(id_)), jobs[-1])
        return kind.target(id_, self._labels)

    def list_of(
        self, path: str, shape: type[PageOf[ListedStatus]], jobs: Jobs, discover: Discover | None
    ) -> Lister | None:
        """The list of jobs of one kind; None without discovery."""
        if discover is None:
            return None
        return OneList(path, JobList(shape, jobs.prefix), discover)
