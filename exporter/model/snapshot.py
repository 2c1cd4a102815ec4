"""What is known of one operation at one moment. A snapshot is replaced, never edited."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from exporter.errors import Failure
from exporter.model.documents import Documents, packed
from exporter.model.operation import Amounts, Operation, OperationKey, State

_EVERY_STATE = frozenset(State)


@dataclass(frozen=True, slots=True)
class Watch:
    """What is fixed about a watched operation.

    Attributes:
        states: those that its API can have.
        shows: those in which a document of it has series of its own; None: it has no documents.
    """

    key: OperationKey
    kind: str
    states: tuple[State, ...]
    name: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    shows: frozenset[State] | None = None

    @property
    def has_documents(self) -> bool:
        """Whether its API has documents for such an operation."""
        return self.shows is not None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that is known of one operation at one moment. Times are Unix seconds.

    Attributes:
        operation: the newest observation; None before the first.
        stale: it could not be read for so long that it is no longer shown.
        up: whether the latest poll gave a readable status, which an unknown word is not; None
            before the first.
        last_success: when a poll last did.
        charged: of each amount the most that was ever seen.
        last_change: when state, counts, progress or amounts were last seen to change.
        finished_at: when it was first seen finished.
        first_progress: (time, progress) from which the slope is taken, while it runs.
        estimated_completion: from that slope.
        incomplete: why not all documents could be read; empty where they could.
        unreadable_since: for each document that cannot be read, since when.
        failure: why the latest poll gave nothing.
        visible: the documents that have series, where a budget leaves some out; else None.
        folded: how many documents have none for that reason.
    """

    watch: Watch
    operation: Operation | None = None
    stale: bool = False
    charged: Amounts = field(default_factory=dict)
    up: bool | None = None
    last_success: float | None = None
    last_change: float | None = None
    finished_at: float | None = None
    first_progress: tuple[float, float] | None = None
    estimated_completion: float | None = None
    incomplete: str = ""
    unreadable_since: Mapping[str, float] = field(default_factory=dict)
    failure: Failure | None = None
    visible: Documents | None = None
    folded: int = 0

    @property
    def documents(self) -> Documents:
        """The documents that have series."""
        if self.shown is None:
            return Documents()
        if self.visible is not None:
            return self.visible
        known = packed(self.shown.documents)
        shows = self.watch.shows
        if shows is None or shows == _EVERY_STATE:
            return known
        return Documents.of(each for each in known.values() if each.state in shows)

    @property
    def shown(self) -> Operation | None:
        """What may be said of the operation now."""
        return None if self.stale else self.operation

    @property
    def state(self) -> State:
        """The state to count it under: what nobody has read, or not for long, is Unknown."""
        return self.shown.state if self.shown else State.UNKNOWN
