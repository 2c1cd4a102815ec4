"""What every API reports, in one shape. All of it is frozen: a new poll makes a new value."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple, Self

from msgspec import Struct, field

from exporter.model.quantities import Amount, Counted

DOCUMENTS_LIMIT = 100_000  # documents of one batch in memory, even if a list has more


class State(StrEnum):
    """The states of all APIs; each API maps its own words to them.

    Attributes:
        finished: whether no other state follows.
        bad: whether it is an end that somebody should check.
    """

    finished: bool
    bad: bool

    def __new__(cls, name: str, end: str = "") -> Self:
        member = str.__new__(cls, name)
        member._value_ = name
        member.finished, member.bad = bool(end), end == "bad"
        return member

    __hash__ = str.__hash__  # that of Enum is ten times as slow, and states are keys everywhere

    NOT_STARTED = "NotStarted"
    RUNNING = "Running"
    PAUSED = "Paused"
    SUCCEEDED = "Succeeded", "good"
    FAILED = "Failed", "bad"
    CANCELLING = "Cancelling"
    CANCELLED = "Cancelled", "good"
    VALIDATION_FAILED = "ValidationFailed", "bad"
    EXPIRED = "Expired", "bad"
    PARTIALLY_SUCCEEDED = "PartiallySucceeded", "bad"
    SKIPPED = "Skipped", "good"
    UNKNOWN = "Unknown"


Number = int | float  # an amount is an int where Azure sends an int
Counts = Mapping[Counted, Mapping[State, int]]
Amounts = Mapping[Amount, Number]


class OperationKey(NamedTuple):
    """Identifies an operation: the three labels that all its series carry."""

    resource: str
    api: str
    operation: str


class Fault(Struct, frozen=True, array_like=True, gc=False):
    """The error that an operation or a document carries inside a readable answer."""

    code: str
    inner_code: str = ""
    target: str = ""
    message: str = ""


class Document(Struct, frozen=True, array_like=True, gc=False):
    """One source document in one target language. Times in Unix seconds; None: Azure did not say.

    There may be a million: `exporter.model.documents` packs them. The name is that of the source;
    empty unless names are configured.
    """

    id: str
    language: str
    state: State
    word: str
    last_action: float | None = None
    progress: float | None = None
    characters_charged: int | None = None
    images_charged: int | None = None
    fault: Fault | None = None
    name: str = ""


class Operation(Struct, frozen=True):
    """One observation of an operation. Times in Unix seconds; what Azure did not say is absent.

    Attributes:
        word: Azure's own word for the state.
        started: when the work began.
        deadline: until when Azure means to finish.
        expires: when Azure deletes the operation or its results.
        kind: what the operation is, where only Azure's answer tells.
        progress: 0 to 1.
        counts: what Azure counts, by state.
        submitted: the total of all states, where Azure reports it separately.
        amounts: what was charged, used or made so far.
        documents: the documents that this poll read, by id.
        unreadable: ids of documents that could not be read; None if no documents were requested.
        incomplete: why not all documents could be read; empty if they could.
    """

    state: State
    word: str
    created: float | None = None
    last_action: float | None = None
    progress: float | None = None
    counts: Counts = field(default_factory=dict)
    submitted: Mapping[Counted, int] = field(default_factory=dict)
    amounts: Amounts = field(default_factory=dict)
    fault: Fault | None = None
    documents: Mapping[str, Document] = field(default_factory=dict)
    unreadable: frozenset[str] | None = None
    incomplete: str = ""
    started: float | None = None
    deadline: float | None = None
    expires: float | None = None
    kind: str = ""
