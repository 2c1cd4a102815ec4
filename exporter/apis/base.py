"""What every API's file is made of: its settings, its targets, and how they are looked at."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, NamedTuple, Protocol, TypeVar

from exporter.apis.request_counts import Assumed, RequestCounts, pages
from exporter.azure.body import Body, ListPage, Readable
from exporter.model.operation import Document, Operation, State
from exporter.settings.schema_hints import Short
from exporter.settings.types import NUMBER, Duration, Strict, between


class StatusBody(Body, ABC):
    """The body of a status answer, which can say what operation it describes."""

    @abstractmethod
    def operation(self) -> Operation:
        """The observation that this body makes."""


Shape = TypeVar("Shape", bound=Readable)
PageShape = TypeVar("PageShape", bound=ListPage)


class Azure(Protocol):
    """What an API needs of the world: to ask one resource. Paths have no endpoint in front."""

    async def get(self, path: str, shape: type[Shape]) -> Shape:
        """The body at `path`.

        Raises:
            Failure: there was no readable answer.
        """

    def pages(self, path: str, shape: type[PageShape]) -> AsyncIterator[PageShape]:
        """The pages of the list that begins at `path`, as they come.

        Raises:
            Failure: a page could not be read; those before it count all the same.
        """


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier looks found, so that less is asked.

    Attributes:
        listed: a list has shown the operation just now, so that its status is fresh.
        outlived: it has been finished for longer than Azure caches an answer.
    """

    operation: Operation | None = None
    listed: bool = False
    outlived: bool = False

    @property
    def documents(self) -> Mapping[str, Document]:
        return self.operation.documents if self.operation else {}


FindKnown = Callable[[str], Operation | None]


class Target(Protocol):
    """One operation to watch, and how to look at it."""

    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def labels(self) -> Mapping[str, str]: ...
    @property
    def shows(self) -> frozenset[State] | None:
        """The states in which a document of it has series of its own; None: it has no documents."""

    async def poll(self, azure: Azure, known: Known) -> Operation:
        """One look, at what can have changed.

        Raises:
            Failure: the operation's status could not be read.
        """

    def settled(self, known: Operation) -> bool:
        """Whether nothing that is watched of a finished operation can still change."""


class Found(NamedTuple):
    """An operation that a list showed."""

    target: Target
    operation: Operation
    name: str = ""


class Lister(Protocol):
    """How the operations of an API are found in lists, or read from them."""

    @property
    def interval(self) -> float | None:
        """Seconds between two rounds; None: as often as an operation is looked at."""

    @property
    def most(self) -> int:
        """How many operations that nobody configured may be followed; 0: none are looked for."""

    def found(self, azure: Azure, known: FindKnown, now: float) -> AsyncIterator[Found]:
        """All that the lists show, `now` in Unix seconds.

        Raises:
            Failure: a page could not be read; what was found before it counts.
        """


class Settings(Strict, ABC):
    """A resource's section for one API. The name of the section is the label `api`."""

    words: ClassVar[Mapping[str, State]]  # what each of Azure's words for a state means
    error_codes: ClassVar[tuple[str, ...]] = ()  # those that its page lists
    needs_own_domain: ClassVar[bool] = False  # a regional or global endpoint does not serve it
    list_has_named: ClassVar[bool] = False  # its list shows the configured operations as well
    takes_tokens: ClassVar[bool] = True  # of Entra ID, beside keys
    key_header: ClassVar[str] = "Ocp-Apim-Subscription-Key"  # carries the resource's key

    @property
    def states(self) -> tuple[State, ...]:
        """Those that an operation can have, beside Unknown."""
        return tuple(dict.fromkeys(self.words.values()))

    @abstractmethod
    def targets(self) -> Iterable[Target]:
        """The operations that the configuration names."""

    @abstractmethod
    def target(self, id_: str) -> Target:
        """Any operation of this API, by its id.

        Raises:
            ValidationError: no operation can have this id.
        """

    @property
    def requests_per_second(self) -> float | None:
        """The API's own limit, within the budget of the resource; None: it has none."""
        return None

    def lister(self, own: Sequence[str]) -> Lister | None:  # noqa: ARG002
        """How operations are found in lists; None where Azure has none.

        `own` are the ids of those configured operations that this exporter follows.
        """
        return None

    def request_counts(self, assumed: Assumed) -> RequestCounts:
        """What all this takes: a request a look, and a list's pages where there is a list."""
        named = [target.id for target in self.targets()]
        lister = self.lister(named)
        return RequestCounts(look=len(named), round=pages(assumed.operations) if lister else 0)


class Discover(Strict):
    """How operations are found that the configuration does not name."""

    interval: Annotated[Duration, between(1, 86400, "1s to 24h")] | None = None
    """Time between two looks at the list; by default the interval of `poll`."""
    max_operations: Annotated[int, NUMBER, between(1, 100000, "1 to 100000")] = 1000
    """Follow no more than so many at once, the newest first."""


def _switched(written: object) -> object:
    """`true` stands for the defaults, `false` for nothing."""
    if isinstance(written, bool):
        return {} if written else None
    return written


SWITCHED = Short(_switched, shown=lambda _: {"type": "boolean"})
