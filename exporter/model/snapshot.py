"""The known state of one operation at one moment. A snapshot is replaced, never edited."""

from collections.abc import Mapping

from msgspec import Struct, field

from exporter.errors import Failure
from exporter.model.documents import Documents, packed
from exporter.model.operation import Amounts, Operation, OperationKey, State
from exporter.model.prices import Cost

STUCK_SECONDS = 1800.0  # without a change, where an API says no other time
QUEUED_SECONDS = 1800.0  # before it starts, where an API says no other time
_EVERY_STATE = frozenset(State)


class Watch(Struct, frozen=True):
    """The fixed properties of a watched operation.

    Attributes:
        states: the states that its API can have.
        shows: the states in which its documents have series of their own; None: no documents.
        stuck_after: seconds without a change after which it is stuck.
        queued_after: seconds before it starts after which it waits too long.
        discovered: it is not configured, and is dropped some time after it has finished.
    """

    key: OperationKey
    kind: str
    states: tuple[State, ...]
    name: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    shows: frozenset[State] | None = None
    stuck_after: float = STUCK_SECONDS
    queued_after: float = QUEUED_SECONDS
    discovered: bool = False

    @property
    def has_documents(self) -> bool:
        """Whether its API has documents for this operation."""
        return self.shows is not None


class Snapshot(Struct, frozen=True):
    """Everything known about one operation at one moment. Times are Unix seconds.

    Attributes:
        operation: the newest observation; None before the first.
        stale: it could not be read for so long that it is no longer shown.
        up: whether the latest poll gave a readable status (an unknown state is not); None before
            the first poll.
        last_success: when a poll last gave a status.
        charged: the highest value of each amount so far.
        cost: an estimate for `charged`, at the prices of the time; None without prices.
        last_change: when state, counts, progress or amounts were last seen to change.
        finished_at: when it was first seen finished.
        watched_to_end: whether it was read, unfinished and not stale, until it was seen finished.
        first_progress: (time, progress) at the start of the estimate, while it runs.
        estimated_completion: at the average speed since `first_progress`.
        incomplete: why not all documents could be read; empty if they could.
        unreadable_since: when each document became unreadable, by id.
        failure: why the latest poll failed.
        visible: the documents that have series, if a limit leaves some out; else None.
        folded: number of documents without series because of that limit.
    """

    watch: Watch
    operation: Operation | None = None
    stale: bool = False
    charged: Amounts = field(default_factory=dict)
    up: bool | None = None
    last_success: float | None = None
    last_change: float | None = None
    finished_at: float | None = None
    watched_to_end: bool = False
    first_progress: tuple[float, float] | None = None
    estimated_completion: float | None = None
    incomplete: str = ""
    unreadable_since: Mapping[str, float] = field(default_factory=dict)
    failure: Failure | None = None
    visible: Documents | None = None
    folded: int = 0
    cost: Cost | None = None

    @property
    def documents(self) -> Documents:
        """The documents that have series."""
        if self.shown is None:
            return Documents()
        if self.visible is not None:
            return self.visible
        documents = packed(self.shown.documents)
        shows = self.watch.shows
        if shows is None or shows == _EVERY_STATE:
            return documents
        return Documents.of(document for document in documents.values() if document.state in shows)

    @property
    def shown(self) -> Operation | None:
        """The operation as it may be shown; None if there is none or it is stale."""
        return None if self.stale else self.operation

    @property
    def kind(self) -> str:
        """What the operation is: as Azure's answer tells, or as its id does."""
        return (self.operation.kind if self.operation else "") or self.watch.kind

    @property
    def finished(self) -> bool:
        """Whether the operation has ended."""
        return self.operation is not None and self.operation.state.finished

    @property
    def ended(self) -> float | None:
        """When it ended: Azure's last action, or when it was seen to end if Azure tells none."""
        if self.operation is None or not self.operation.state.finished:
            return None
        if self.operation.last_action is not None:
            return self.operation.last_action
        return self.finished_at if self.watched_to_end else None

    @property
    def duration(self) -> float | None:
        """Seconds from creation to the end; None if either is not known."""
        created = self.operation.created if self.operation else None
        if created is None or self.ended is None:
            return None
        return max(0.0, self.ended - created)

    @property
    def state(self) -> State:
        """The state to count it under: Unknown before the first poll and while it is stale."""
        operation = self.shown
        return operation.state if operation else State.UNKNOWN
