"""What every API reports, in one spelling. All of it is frozen: a new look is a new value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from exporter.model.quantities import Amount, Counted

DOCUMENTS_LIMIT = 100_000  # of one batch that are kept, whatever a list says


class State(StrEnum):
    """One spelling for all APIs; each API says which of its own words means which."""

    NOT_STARTED = "NotStarted"
    RUNNING = "Running"
    PAUSED = "Paused"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    CANCELLING = "Cancelling"
    CANCELLED = "Cancelled"
    VALIDATION_FAILED = "ValidationFailed"
    EXPIRED = "Expired"
    PARTIALLY_SUCCEEDED = "PartiallySucceeded"
    SKIPPED = "Skipped"
    UNKNOWN = "Unknown"

    @property
    def finished(self) -> bool:
        """Whether it is never left."""
        return self in _FINISHED

    @property
    def bad(self) -> bool:
        """Whether it is an end that somebody should look at."""
        return self in _BAD


_BAD = frozenset({State.FAILED, State.VALIDATION_FAILED, State.EXPIRED, State.PARTIALLY_SUCCEEDED})
_FINISHED = _BAD | {State.SUCCEEDED, State.CANCELLED, State.SKIPPED}

Number = int | float  # an amount stays whole where Azure tells a whole one
Counts = Mapping[Counted, Mapping[State, int]]
Amounts = Mapping[Amount, Number]


class OperationKey(NamedTuple):
    """Which operation: the three labels that all its series carry."""

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
    """One source document in one target language. Times in Unix seconds; None was not said.

    There may be a million of them: see `exporter.model.documents` for how they are kept. The name
    is that of the source, where it is wanted.
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


@dataclass(frozen=True, slots=True)
class Operation:
    """One observation of an operation. Times in Unix seconds; what Azure did not say is absent.

    Attributes:
        word: the state in Azure's own word.
        progress: 0 to 1.
        counts: what Azure counts, by state.
        submitted: the same in all, where Azure tells it apart.
        amounts: what was charged, used or made so far.
        documents: those that were asked for one by one, by id.
        unreadable: ids of documents that could not be read; None where none was asked for.
        incomplete: why not all documents could be read; empty where they could.
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
