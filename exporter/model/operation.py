"""What every API reports, in one spelling. All of it is frozen: a new look is a new value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

DOCUMENTS_LIMIT = 100_000  # of one batch that are kept, whatever a list says


class State(StrEnum):
    """One spelling for all APIs."""

    NOT_STARTED = "NotStarted"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    CANCELLING = "Cancelling"
    CANCELLED = "Cancelled"
    VALIDATION_FAILED = "ValidationFailed"
    UNKNOWN = "Unknown"

    @classmethod
    def read(cls, word: str) -> "State":
        """The state that Azure's word means; a word that no page lists is `Unknown`.

        Document Translation writes Cancelled on the wire, Video Translation Canceled.
        """
        return _WORDS.get(word, _UNKNOWN)

    @property
    def finished(self) -> bool:
        return self in _FINISHED


_UNKNOWN = State.UNKNOWN
_FINISHED = frozenset(
    {State.SUCCEEDED, State.FAILED, State.CANCELLED, State.VALIDATION_FAILED},
)
_WORDS = {state.value: state for state in State} | {
    "Canceled": State.CANCELLED,
    "Canceling": State.CANCELLING,
}


class Key(NamedTuple):
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
    """One observation of an operation. Times in Unix seconds; None was not said by Azure.

    Attributes:
        word: the state in Azure's own word.
        progress: 0 to 1.
        image_scans: images by Succeeded and Failed.
        counts: documents by state.
        submitted: documents in all.
        outputs: outputs of a batch synthesis by Succeeded and Failed.
        billed_seconds: of talking avatar.
        documents: those that were asked for one by one, by id.
        unreadable: ids of documents that could not be read; None where none was asked for.
        incomplete: why not all documents could be read; empty where they could.
    """

    state: State
    word: str
    created: float | None = None
    last_action: float | None = None
    progress: float | None = None
    characters_charged: int | None = None
    images_charged: int | None = None
    image_scans: Mapping[State, int] | None = None
    counts: Mapping[State, int] | None = None
    submitted: int | None = None
    outputs: Mapping[State, int] | None = None
    billed_seconds: int | None = None
    fault: Fault | None = None
    documents: Mapping[str, Document] = field(default_factory=dict)
    unreadable: frozenset[str] | None = None
    incomplete: str = ""
