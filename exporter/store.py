"""The latest snapshot of each operation, and the rule by which a newer look replaces an older.

Azure caches status answers for up to a minute and its answers go backward; what is kept here
does not. A snapshot is replaced, never edited.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from exporter.errors import Failure
from exporter.model import Document, Key, Operation, State

# How far along a state is.
_RANK = {State.NOT_STARTED: 0, State.RUNNING: 1, State.CANCELLING: 2}
_RANK_FINISHED = 3


@dataclass(frozen=True, slots=True)
class Watch:
    """What is fixed about a watched operation.

    Attributes:
        states: those that its API can have.
        shows: those in which a document of it has series of its own.
    """

    key: Key
    kind: str
    states: tuple[State, ...]
    name: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    shows: frozenset[State] = frozenset(State)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that is known of one operation at one moment. Times are Unix seconds.

    Attributes:
        operation: the newest observation; None before the first.
        stale: it could not be read for so long that it is no longer shown.
        up: whether the latest poll gave a readable status, which an unknown word is not; None
            before the first.
        last_success: when a poll last did.
        charged: the most characters that were ever seen charged.
        last_change: when state, counts, progress or charge were last seen to change.
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
    charged: int = 0
    up: bool | None = None
    last_success: float | None = None
    last_change: float | None = None
    finished_at: float | None = None
    first_progress: tuple[float, float] | None = None
    estimated_completion: float | None = None
    incomplete: str = ""
    unreadable_since: Mapping[str, float] = field(default_factory=dict)
    failure: Failure | None = None
    visible: Sequence[Document] | None = None
    folded: int = 0

    @property
    def documents(self) -> Iterable[Document]:
        """The documents that have series."""
        if self.shown is None:
            return ()
        if self.visible is not None:
            return self.visible
        shows = self.watch.shows
        return (each for each in self.shown.documents.values() if each.state in shows)

    @property
    def shown(self) -> Operation | None:
        """What may be said of the operation now."""
        return None if self.stale else self.operation


Listener = Callable[[Snapshot | None, Snapshot | None], None]


class Store:
    """Holds the snapshots, and tells its listeners of each that was replaced, old and new.

    There is no old one for an operation that is new, and no new one for one that leaves.
    """

    def __init__(self, listeners: Iterable[Listener] = ()) -> None:
        self._snapshots: dict[Key, Snapshot] = {}
        self._listeners = tuple(listeners)

    def __iter__(self) -> Iterator[Snapshot]:
        return iter(self._snapshots.values())

    def __getitem__(self, key: Key) -> Snapshot:
        return self._snapshots[key]

    def watch(self, watch: Watch) -> None:
        """Begin with an operation of which nothing is known yet."""
        self._replace(None, Snapshot(watch))

    def __contains__(self, key: Key) -> bool:
        return key in self._snapshots

    def remove(self, key: Key) -> None:
        """Stop watching: all that is known of the operation goes at once."""
        gone = self._snapshots.pop(key)
        for listener in self._listeners:
            listener(gone, None)

    def rewatch(self, watch: Watch) -> None:
        """What is fixed about an operation was configured anew; what is known of it stays."""
        before = self._snapshots[watch.key]
        self._replace(before, replace(before, watch=watch))

    def put(self, key: Key, seen: Operation, now: float) -> Snapshot:
        """A poll gave a readable status."""
        before = self._snapshots[key]
        return self._replace(before, observed(before, seen, now))

    def fail(self, key: Key, failure: Failure) -> Snapshot:
        """A poll gave none: what is known stays, for a while."""
        before = self._snapshots[key]
        return self._replace(before, replace(before, up=False, failure=failure))

    def expire(self, now: float, stale_after: float) -> None:
        """Let go of what could not be read for `stale_after` seconds."""
        for before in list(self._snapshots.values()):
            after = expired(before, now, stale_after)
            if after is not before:
                self._replace(before, after)

    def _replace(self, before: Snapshot | None, after: Snapshot) -> Snapshot:
        self._snapshots[after.watch.key] = after
        for listener in self._listeners:
            listener(before, after)
        return after


def observed(before: Snapshot, seen: Operation, now: float) -> Snapshot:
    """The snapshot after a poll that saw `seen` at `now`."""
    known = before.operation
    operation = newest(known, seen) if known else replace(seen, unreadable=None, incomplete="")
    changed = known is None or _differ(known, operation)
    first = _first_progress(before, operation, now)
    return Snapshot(
        watch=before.watch,
        operation=operation,
        charged=max(before.charged, operation.characters_charged or 0),
        up=seen.state is not State.UNKNOWN,
        last_success=now,
        last_change=now if changed else before.last_change,
        finished_at=(before.finished_at or now) if operation.state.finished else None,
        first_progress=first,
        estimated_completion=(
            _estimate(first, operation, now) if changed else before.estimated_completion
        ),
        incomplete=before.incomplete if seen.unreadable is None else seen.incomplete,
        unreadable_since=_unreadable_since(before, seen, now),
    )


def _unreadable_since(before: Snapshot, seen: Operation, now: float) -> Mapping[str, float]:
    if seen.unreadable is None:
        return before.unreadable_since
    return {id_: before.unreadable_since.get(id_, now) for id_ in seen.unreadable}


def newest(known: Operation, seen: Operation) -> Operation:
    """The merge rule: of two observations of one operation, what to believe.

    Documents have answers, and caches, of their own: the rule holds for each on its own. The
    mapping of documents stays the same object where none of them changed.
    """
    news = {
        id_: document
        for id_, document in seen.documents.items()
        if (earlier := known.documents.get(id_)) is None
        or (document != earlier and _supersedes(document, earlier))
    }
    documents = {**known.documents, **news} if news else known.documents
    kept = seen if _supersedes(seen, known) else known
    return replace(kept, documents=documents, unreadable=None, incomplete="")


def _supersedes(seen: Operation | Document, known: Operation | Document) -> bool:
    """Later by Azure's own clock wins; without one, further along. Finished is never left."""
    if known.state.finished and seen.state is not known.state:
        return False
    if seen.last_action and known.last_action and seen.last_action != known.last_action:
        return seen.last_action > known.last_action
    if State.UNKNOWN in {seen.state, known.state}:
        return True  # nobody can say which of the two is further along
    return _rank(seen.state) >= _rank(known.state)


def _rank(state: State) -> int:
    return _RANK_FINISHED if state.finished else _RANK[state]


def _differ(known: Operation, now: Operation) -> bool:
    """Whether `last_change` moves: another state, count, progress or charge."""
    return _face(known) != _face(now) or (
        known.documents is not now.documents
        and _document_faces(known.documents) != _document_faces(now.documents)
    )


def _face(operation: Operation) -> tuple[object, ...]:
    charged = operation.characters_charged
    return operation.word, operation.counts, operation.progress, charged


def _document_faces(documents: Mapping[str, Document]) -> dict[str, tuple[object, ...]]:
    return {
        id_: (document.word, document.progress, document.characters_charged)
        for id_, document in documents.items()
    }


def _first_progress(
    before: Snapshot,
    operation: Operation,
    now: float,
) -> tuple[float, float] | None:
    if operation.state is not State.RUNNING or operation.progress is None:
        return None
    return before.first_progress or (now, operation.progress)


def _estimate(first: tuple[float, float] | None, operation: Operation, now: float) -> float | None:
    """Unix seconds at which progress reaches 1, if it goes on as it did since `first`."""
    if first is None or operation.progress is None:
        return None
    since, progress = first
    gained = operation.progress - progress
    if gained <= 0:
        return None
    return now + (1 - operation.progress) * (now - since) / gained


def expired(before: Snapshot, now: float, stale_after: float) -> Snapshot:
    """The snapshot without what could not be read for too long; the same where all is fresh.

    What a finished operation said stays true, so it never gets stale.
    """
    operation = before.operation
    if operation is None or before.last_success is None or before.stale:
        return before
    if not operation.state.finished and now - before.last_success > stale_after:
        return replace(before, stale=True, up=False)
    gone = {
        id_
        for id_, since in before.unreadable_since.items()
        if now - since > stale_after and id_ in operation.documents
    }
    if not gone:
        return before
    kept = {id_: document for id_, document in operation.documents.items() if id_ not in gone}
    return replace(before, operation=replace(operation, documents=kept))
