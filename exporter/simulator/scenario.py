"""What happens when: frozen descriptions of the operations that the simulator plays.

All times are Unix seconds; `None` means never. Nothing here knows what time it is:
`timeline` turns a description and a moment into a state.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["Succeeded", "Failed", "Canceled"]


@dataclass(frozen=True)
class Failure:
    """Why a batch, a document or a QnA Maker operation failed."""

    inner_code: str
    message: str
    code: str = "InvalidRequest"


@dataclass(frozen=True, kw_only=True)
class Document:
    """One (source document, target language) of a batch.

    A document that failed before it started has neither `created` nor `started`.
    """

    id: str
    source: str
    target: str
    language: str
    characters: int
    created: float | None
    started: float | None
    finished: float | None
    failure: Failure | None = None
    images: int = 0
    deployment: str | None = None

    def __post_init__(self) -> None:
        """Refuse what could not happen."""
        _in_order(self.id, self.created, self.started, self.finished)
        if self.started is None and self.finished is not None and self.failure is None:
            raise ValueError(f"document {self.id} succeeds without having started")


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A Document Translation batch; its documents are unknown until the container is `listed`.

    `rejected` is when validation fails (then `failure` says why and there are no documents).
    `cancel_asked` is the moment of the DELETE, `cancelled` when the last document has stopped;
    a batch that has finished before it was asked to stop takes no notice.
    """

    id: str
    created: float
    listed: float | None = None
    documents: tuple[Document, ...] = ()
    rejected: float | None = None
    failure: Failure | None = None
    cancel_asked: float | None = None
    cancelled: float | None = None

    def __post_init__(self) -> None:
        """Refuse what could not happen."""
        _in_order(self.id, self.created, self.listed)
        _in_order(self.id, self.created, self.rejected)
        _in_order(self.id, self.created, self.cancel_asked, self.cancelled)
        for document in self.documents:
            _in_order(self.id, self.listed, document.created, document.started)
            _in_order(self.id, self.listed, document.finished)
        if (self.rejected is None) != (self.failure is None):
            raise ValueError(f"batch {self.id}: rejected and failure belong together")
        if (self.cancel_asked is None) != (self.cancelled is None):
            raise ValueError(f"batch {self.id}: cancel_asked and cancelled belong together")
        if (self.listed is None) != (not self.documents):
            raise ValueError(f"batch {self.id}: listed and documents belong together")
        if self.rejected is not None and self.documents:
            raise ValueError(f"batch {self.id}: a rejected batch has no documents")


@dataclass(frozen=True, kw_only=True)
class Operation:
    """An operation of Video Translation or Avatar: an id and a state, no more."""

    id: str
    created: float
    started: float | None
    finished: float | None
    outcome: Outcome = "Succeeded"

    def __post_init__(self) -> None:
        """Refuse what could not happen."""
        _in_order(self.id, self.created, self.started, self.finished)


@dataclass(frozen=True, kw_only=True)
class QnaOperation(Operation):
    """An operation of QnA Maker; a Failed one may come without a `failure`."""

    user: str
    knowledge_base: str
    failure: Failure | None = None
    utc_offset_minutes: int = 330


@dataclass(frozen=True)
class Pace:
    """How long a batch that is started by a POST takes, in seconds."""

    listing: float = 2.0
    document: float = 12.0
    cancelling: float = 4.0


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """All operations of one local Azure."""

    batches: tuple[Batch, ...] = ()
    video_translation: tuple[Operation, ...] = ()
    avatar: tuple[Operation, ...] = ()
    qna_maker: tuple[QnaOperation, ...] = ()
    pace: Pace = field(default_factory=Pace)

    def __post_init__(self) -> None:
        """Refuse an id that would name two operations of one API."""
        for operations in (self.batches, self.video_translation, self.avatar, self.qna_maker):
            _unique(operation.id for operation in operations)
        for batch in self.batches:
            _unique(document.id for document in batch.documents)


def _in_order(name: str, *times: float | None) -> None:
    known = [time for time in times if time is not None]
    if any(later < earlier for earlier, later in itertools.pairwise(known)):
        raise ValueError(f"{name}: times are not in order: {times}")


def _unique(ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise ValueError(f"id {one} is used twice")
        seen.add(one)
