"""Which of two answers about one operation is valid. Pure.

Azure caches status answers for up to a minute, so that an answer may be older than the one before
it. What is known never goes back.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from exporter.model.documents import Change, Documents, packed
from exporter.model.operation import Document, Operation, State

# The order of the states of an operation's life.
_RANK = {State.NOT_STARTED: 0, State.RUNNING: 1, State.PAUSED: 1, State.CANCELLING: 2}
_RANK_FINISHED = 3

_CLOCK_SKEW = 300.0  # seconds by which Azure's clock may be ahead of this machine's
_PAST = ("created", "started", "last_action")  # deadline and expires lie ahead
_CREATED_TOLERANCE = 1.0  # seconds; a list may round times that a single answer does not


def newest(earlier: Operation, later: Operation) -> tuple[Operation, Sequence[Change]]:
    """The merge of two observations of one operation, and the documents that changed.

    Documents have answers and caches of their own, so the rule is applied to each document. What
    did not change stays the same object: the operation as a whole and its documents.
    """
    if later is earlier:
        return earlier, ()
    documents, changes = packed(earlier.documents).merged(later.documents, _supersedes)
    of_deleted = begins_anew(later.created, earlier.created)  # cached since before its deletion
    winner = later if _supersedes(later, earlier) and not of_deleted else earlier
    merged = as_stored(winner, documents)
    if merged.created is None and earlier.created is not None:
        merged = replace(merged, created=earlier.created)
    return (earlier if not changes and merged == earlier else merged), changes


def as_stored(operation: Operation, documents: Documents) -> Operation:
    """The operation as a snapshot holds it; the same object if it has no documents."""
    if not documents and not operation.documents and operation.unreadable is None:
        return operation
    return replace(operation, documents=documents, unreadable=None, incomplete="")


def _supersedes(later: Operation | Document, earlier: Operation | Document) -> bool:
    """Whether the later answer wins: by Azure's time of it, or else by the order of states.

    A finished state is never replaced by another one, and always replaces an unfinished one.
    """
    if later.state is not earlier.state:
        if earlier.state.finished:
            return False
        if later.state.finished:
            return True
    if later.last_action and earlier.last_action and later.last_action != earlier.last_action:
        return later.last_action > earlier.last_action
    if later.state is State.UNKNOWN or earlier.state is State.UNKNOWN:
        return True  # Unknown has no place in the order
    return _rank(later.state) >= _rank(earlier.state)


def _rank(state: State) -> int:
    return _RANK_FINISHED if state.finished else _RANK[state]


def begins_anew(earlier: float | None, later: float | None) -> bool:
    """Whether an operation created `later` is another one, which got the id of a deleted one."""
    if later is None or earlier is None:
        return False
    return later > earlier + _CREATED_TOLERANCE


def without_future_times(observation: Operation, now: float) -> Operation:
    """The observation without times that lie in the future, which cannot be true."""
    latest = now + _CLOCK_SKEW
    documents = observation.documents
    if (  # as for most items of a list, in each round
        not documents
        and (observation.created or 0) <= latest
        and (observation.started or 0) <= latest
        and (observation.last_action or 0) <= latest
    ):
        return observation
    if any(_is_after(document.last_action, latest) for document in documents.values()):
        documents = {
            id_: replace(document, last_action=None)
            if _is_after(document.last_action, latest)
            else document
            for id_, document in documents.items()
        }
    future = [name for name in _PAST if _is_after(getattr(observation, name), latest)]
    if not future and documents is observation.documents:
        return observation
    return replace(observation, documents=documents, **dict.fromkeys(future))


def _is_after(at: float | None, latest: float) -> bool:
    return at is not None and at > latest
