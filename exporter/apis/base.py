"""What every API's file is made of: its settings, its targets, and pieces of a pure parse."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Generic, Protocol, TypeVar

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from exporter.fields import Entry, Strict, matching
from exporter.model import Fault, Operation, State
from exporter.text import LABEL_LIMIT, public


class Wire(BaseModel):
    """A body as Azure sends it: unknown fields are ignored, a missing one is None."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class Status(Wire, ABC):
    """The body of a status answer, which can say what operation it describes."""

    @abstractmethod
    def operation(self) -> Operation:
        """The observation that this body makes."""


Shape = TypeVar("Shape", bound=Wire)
StatusShape = TypeVar("StatusShape", bound=Status)


class Azure(Protocol):
    """What an API needs of the world: to ask one resource."""

    async def get(self, path: str, shape: type[Shape]) -> Shape:
        """The body at `path` (with its query, without the endpoint).

        Raises:
            Failure: there was no readable answer.
        """


class Target(Protocol):
    """One operation to watch, and how to look at it."""

    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def labels(self) -> Mapping[str, str]: ...

    async def poll(self, azure: Azure, known: Operation | None) -> Operation:
        """One look; `known` is what earlier looks found, so that finished things are not asked.

        Raises:
            Failure: the operation's status could not be read.
        """

    def settled(self, known: Operation) -> bool:
        """Whether nothing that is watched here can still change."""


@dataclass(frozen=True)
class OneStatus(Generic[StatusShape]):
    """A target whose whole status is one GET."""

    id: str
    labels: Mapping[str, str]
    path: str
    shape: type[StatusShape]
    kind: str = "operation"

    async def poll(self, azure: Azure, known: Operation | None) -> Operation:  # noqa: ARG002
        return (await azure.get(self.path, self.shape)).operation()

    def settled(self, known: Operation) -> bool:
        return known.state.finished


class Settings(Strict, ABC):
    """A resource's section for one API. The name of the section is the label `api`."""

    states: ClassVar[tuple[State, ...]]  # those that its page lists
    error_codes: ClassVar[tuple[str, ...]]  # those that its page lists

    @abstractmethod
    def targets(self) -> Iterable[Target]:
        """The operations that the configuration names."""


class SpeechStatus(Status):
    """`{"id", "status"}`: all that the Speech pages promise; no time, no progress, no error."""

    status: str

    def operation(self) -> Operation:
        return Operation(state=State.read(self.status), word=self.status)


class SpeechOperation(Entry):
    """A watched operation of a Speech API; the pattern of its id stands on each page."""

    id: Annotated[
        str,
        matching(
            r"[a-zA-Z0-9][a-zA-Z0-9._-]{1,62}[a-zA-Z0-9]",
            "3 to 64 letters, digits, '.', '_' or '-', a letter or digit at both ends",
        ),
    ]


def read_timestamp(said: object) -> float | None:
    """Unix seconds of a date-time as Azure writes it; None where it cannot be one.

    Seen on the wire: 0 to 7 fraction digits, `Z`, an offset, or none of these, which is UTC.
    .NET's empty date, the year 1, means that nothing was said.
    """
    if not isinstance(said, str):
        return None
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return None
    seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return seconds if seconds > 0 else None


def _ratio(said: object) -> object:
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    return said if 0 <= said <= 1 else None


def _text(said: object) -> object:
    number = isinstance(said, int) and not isinstance(said, bool)
    return str(said) if number else said if isinstance(said, str) else None


def _mapping(said: object) -> object:
    return said if isinstance(said, dict) else None


Timestamp = Annotated[float | None, BeforeValidator(read_timestamp)]
Ratio = Annotated[float | None, BeforeValidator(_ratio)]
Count = Annotated[int, Field(ge=0, lt=2**63)]
Text = Annotated[str | None, BeforeValidator(_text)]


class WireError(Wire):
    """An error inside a body, its inner error in both spellings that Azure has.

    A part of another kind than promised is left out: the state beside it is worth more.
    """

    code: Text = None
    message: Text = None
    target: Text = None
    inner_error: "MaybeError" = Field(
        None,
        validation_alias=AliasChoices("innerError", "innererror"),
    )

    def fault(self) -> Fault:
        inner = self.inner_error
        target = self.target or (inner.target if inner else None)
        return Fault(
            code=public(self.code or "", LABEL_LIMIT),
            inner_code=public((inner.code if inner else None) or "", LABEL_LIMIT),
            target=public(target or "", LABEL_LIMIT),
            message=self.message or (inner.message if inner else None) or "",
        )


MaybeError = Annotated[WireError | None, BeforeValidator(_mapping)]
