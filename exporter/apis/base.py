"""The parts of every API's file: its settings, its targets, and how they are polled."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Annotated, ClassVar, NamedTuple, Protocol, TypeVar

from msgspec import Struct
from pydantic import TypeAdapter, ValidationError

from exporter.apis.id_forms import IdForm
from exporter.apis.request_counts import Assumed, RequestCounts, pages
from exporter.azure.body import Body, ListPage, Parse
from exporter.model.operation import Document, Operation, State
from exporter.model.quantities import Amount
from exporter.model.snapshot import QUEUED_SECONDS, STUCK_SECONDS
from exporter.settings.named_operations import NamesOperations
from exporter.settings.schema_hints import Short
from exporter.settings.types import SWITCH_SCHEMA, Duration, Strict, between, problem


class StatusBody(Body, ABC):
    """The body of a status answer, which can be converted to an operation."""

    @abstractmethod
    def operation(self) -> Operation:
        """The observation in this body."""


Shape = TypeVar("Shape")
PageShape = TypeVar("PageShape", bound=ListPage)


class Azure(Protocol):
    """The requests that an API sends to one resource. Paths are without the endpoint."""

    async def get(self, path: str, parse: Parse[Shape]) -> Shape:
        """The body at `path`.

        Raises:
            Failure: there is no readable answer.
        """

    async def file(self, url: str, parse: Parse[Shape]) -> Shape:
        """The content of a file in blob storage, whose signed URL an answer named.

        It is fetched without credentials, by https, from a host of the cloud's blob storage alone.

        Raises:
            Failure: it cannot be read, or the URL may not be fetched.
        """

    def pages(self, path: str, parse: Parse[PageShape]) -> AsyncIterator[PageShape]:
        """The pages of the list that begins at `path`, one by one.

        Raises:
            Failure: a page could not be read; the pages before it are valid.
        """


class Known(Struct, frozen=True):
    """The result of earlier polls, which saves requests.

    Attributes:
        listed: `operation` comes from a list just now, so that its status is fresh.
        outlived: it finished so long ago that Azure's cache has expired.
    """

    operation: Operation | None = None
    listed: bool = False
    outlived: bool = False

    @property
    def documents(self) -> Mapping[str, Document]:
        return self.operation.documents if self.operation else {}


FindKnown = Callable[[str], Operation | None]


class Target(Protocol):
    """One operation to watch, and how to poll it."""

    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def labels(self) -> Mapping[str, str]: ...
    @property
    def shows(self) -> frozenset[State] | None:
        """The states in which its documents have series of their own; None: no documents."""

    @property
    def reusable_id(self) -> bool:
        """Whether callers choose the id, so that another operation may get it after a deletion."""

    @property
    def listed_rest(self) -> float:
        """Seconds between two polls while it is unfinished and a list shows it.

        Infinite: the list shows all that there is to know; 0: the interval decides.
        """

    async def poll(self, azure: Azure, known: Known) -> Operation:
        """Poll once, with requests only for what can have changed.

        Raises:
            Failure: the operation's status could not be read.
        """

    def settled(self, operation: Operation) -> bool:
        """Whether nothing that is watched of this finished operation can still change."""


class Found(NamedTuple):
    """An operation from a list; `id` as its target has it."""

    id: str
    operation: Operation
    name: str = ""


class Lister(Protocol):
    """How the operations of an API are discovered in lists, or read from them."""

    @property
    def interval(self) -> float | None:
        """Seconds between two list rounds; None: the interval of polls."""

    @property
    def max_operations(self) -> int:
        """The limit of discovered operations, configured ones not counted; 0: no discovery."""

    def found(self, azure: Azure, known: FindKnown, now: float) -> AsyncIterator[Found]:
        """All operations in the lists; `now` is Unix seconds.

        Raises:
            Failure: a page could not be read; the operations before it are valid.
        """


class DiscoveringLister:
    """The part of a lister that the setting `discover` decides."""

    discover: "Discover"

    @property
    def interval(self) -> float | None:
        return self.discover.interval

    @property
    def max_operations(self) -> int:
        return self.discover.max_operations


class Settings(NamesOperations, ABC):
    """A resource's section for one API. The name of the section is the label `api`."""

    words: ClassVar[Mapping[str, State]]  # the state for each of Azure's words
    amounts: ClassVar[tuple[Amount, ...]] = ()  # those it tells, besides characters charged
    lists: ClassVar[int] = 1  # those that its lister reads in any case
    error_codes: ClassVar[tuple[str, ...]] = ()  # the codes on its page
    needs_own_domain: ClassVar[bool] = False  # regional and global endpoints do not serve it
    list_has_named: ClassVar[bool] = False  # its list shows the configured operations as well
    takes_tokens: ClassVar[bool] = True  # of Entra ID, in addition to keys
    stuck_after: ClassVar[float] = STUCK_SECONDS  # without a change, as the alert has it
    queued_after: ClassVar[float] = QUEUED_SECONDS  # before it starts, as the alert has it
    key_header: ClassVar[str] = "Ocp-Apim-Subscription-Key"  # carries the resource's key
    # How Azure Resource Manager shows that an account serves the API: a name in
    # `properties.endpoints` begins so, or else its `kind`; and the path of the list there.
    account_endpoints: ClassVar[tuple[str, ...]] = ()
    account_kinds: ClassVar[tuple[str, ...]] = ()
    account_path: ClassVar[str] = ""

    @cached_property
    def states(self) -> tuple[State, ...]:
        """The states that an operation can have, without Unknown."""
        return tuple(dict.fromkeys(self.words.values()))

    @abstractmethod
    def targets(self) -> Iterable[Target]:
        """The configured operations."""

    @abstractmethod
    def target(self, id_: str) -> Target:
        """The operation of this API with this id.

        Raises:
            ValidationError: the id is not valid.
        """

    def id_forms(self) -> Sequence[IdForm]:
        """Where the id of an operation is in the path of its URL; () if no URL is accepted."""
        return ()

    @property
    def requests_per_second(self) -> float | None:
        """The API's own limit, within the budget of the resource; None: no limit of its own."""
        return None

    def poll_interval(self, default: float) -> float:
        """Seconds between two polls of an operation; `default` is what `poll` says."""
        return default

    def lister(self, own: Sequence[str]) -> Lister | None:  # noqa: ARG002
        """How operations are read from lists; None if Azure has no list or it is not used.

        `own` are the ids of the configured operations that this exporter polls.
        """
        return None

    def request_counts(self, assumed: Assumed) -> RequestCounts:
        """Requests at most: one for each poll, and the pages of a list if there is one."""
        named = [target.id for target in self.targets()]
        lister = self.lister(named)
        return RequestCounts(poll=len(named), round=pages(assumed.operations) if lister else 0)


class Discover(Strict):
    """Discovery of operations."""

    interval: Annotated[Duration, between(1, 86400, "1s to 24h")] | None = None
    """Time between two requests for the list; by default the interval of `poll`."""
    max_operations: Annotated[int, between(1, 100000, "1 to 100000")] = 1000
    """Maximum number of discovered operations: unfinished ones first, then failed ones, then the
    newest.
    """


def _options(written: object) -> object:
    """A switch that is on stands for the defaults, off for nothing."""
    if written is None or isinstance(written, Mapping | Discover):
        return written
    if not is_switch(written):
        raise problem("must be true, false, or a mapping with options, like {interval: 5m}")
    return {} if _SWITCH.validate_python(written) else None


def is_switch(written: object) -> bool:
    """Whether a value means true or false."""
    try:
        _SWITCH.validate_python(written)
    except ValidationError:
        return False
    return True


_SWITCH: TypeAdapter[bool] = TypeAdapter(bool)
SWITCHED = Short(_options, shown=lambda _: SWITCH_SCHEMA)
