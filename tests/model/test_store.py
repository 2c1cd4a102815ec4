"""Of two looks at an operation, which to believe; and what leaves when nothing can be read."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from exporter.errors import NoAnswer
from exporter.model.documents import Change, Documents
from exporter.model.merge import expired as expired_alone
from exporter.model.operation import Document, Operation, OperationKey, State
from exporter.model.precedence import newest
from exporter.model.quantities import Amount
from exporter.model.snapshot import Snapshot, Watch
from exporter.model.store import Store
from tests.support.observations import characters, documents, state_of, submitted

KEY = OperationKey("res", "document_translation", "one")
STALE_AFTER = 600.0
FAILURE = NoAnswer("timeout", "no complete response within 10 s")
FINISHED = {State.SUCCEEDED, State.FAILED, State.CANCELLED, State.VALIDATION_FAILED}


def op(word: str, at: float | None = None, **more: Any) -> Operation:
    return replace(Operation(state_of(word), word, last_action=at), **more)


def doc(id_: str, word: str, at: float | None = None, progress: float | None = None) -> Document:
    return Document(id_, "de", state_of(word), word, last_action=at, progress=progress)


def charged(**amounts: int) -> Document:
    """The document of the first poll, now with a charge."""
    return msgspec.structs.replace(doc("a", "Running", 1, progress=0.5), **amounts)


def docs(*each: Document) -> Mapping[str, Document]:
    return {document.id: document for document in each}


def watched() -> Store:
    store = Store()
    store.watch(Watch(KEY, "batch", tuple(State), shows=frozenset(State)))
    return store


MERGES: dict[str, tuple[Operation, Operation, bool]] = {
    # by Azure's own clock
    "later wins": (op("NotStarted", 1), op("Running", 2), True),
    "older loses": (op("Running", 2), op("NotStarted", 1), False),
    "older loses, though further along": (op("Running", 2), op("Cancelling", 1), False),
    # an end is newer than anything before it, whatever the clocks of Azure's machines say
    "a tenth of a second older, but it ends": (op("Running", 2), op("Succeeded", 1.9), True),
    "hours older, but it fails": (op("Running", 9000), op("Failed", 1), True),
    "older than unknown, but it ends": (op("Archived", 2), op("Cancelled", 1), True),
    "later wins, though less far along": (op("Running", 1), op("NotStarted", 2), True),
    # without a clock that decides: further along
    "equal times, further along": (op("NotStarted", 1), op("Running", 1), True),
    "equal times, less far along": (op("Running", 1), op("NotStarted", 1), False),
    "equal times, equal states": (op("Running", 1), op("Running", 1, progress=0.5), True),
    "no times, further along": (op("Running"), op("Succeeded"), True),
    "no times, less far along": (op("Running"), op("NotStarted"), False),
    "no times, cancelling is further than running": (op("Cancelling"), op("Running"), False),
    "one has a time, less far along": (op("Running", 1), op("NotStarted"), False),
    "one has a time, further along": (op("Running"), op("Succeeded", 1), True),
    # finished is never left
    "finished, then running": (op("Succeeded", 1), op("Running", 2), False),
    "finished, then failed": (op("Succeeded", 1), op("Failed", 2), False),
    "cancelled, then succeeded": (op("Cancelled", 1), op("Succeeded", 2), False),
    "validation failed, then not started": (op("ValidationFailed"), op("NotStarted"), False),
    "finished, then a word of no page": (op("Succeeded", 1), op("Archived", 2), False),
    "finished, and more is known of it": (
        op("Failed", 1),
        op("Failed", 2, submitted=submitted(3)),
        True,
    ),
    "finished, and less was known of it": (
        op("Failed", 2, submitted=submitted(3)),
        op("Failed", 1),
        False,
    ),
    "cancelled in its other spelling": (op("Canceled", 1), op("Cancelled", 2), True),
    # a word that no page lists: nobody can say how far along it is
    "unknown in between": (op("Running", 1), op("Paused", 2), True),
    "unknown, no times": (op("Running"), op("Paused"), True),
    "out of unknown, no times": (op("Paused"), op("NotStarted"), True),
    "unknown, but older": (op("Running", 2), op("Paused", 1), False),
    "out of unknown, but older": (op("Paused", 2), op("Running", 1), False),
}


@pytest.mark.parametrize("name", MERGES)
def test_which_of_two_looks_is_believed(name: str) -> None:
    """Later by Azure's clock, else further along; finished is never left."""
    known, seen, believed = MERGES[name]
    operation, changes = newest(known, seen)
    assert operation == (seen if believed else known)
    assert not changes


def test_the_time_of_creation_stays() -> None:
    """An answer of which only the state could be read does not take away when it was created."""
    known, seen = op("Running", 1, created=5.0), op("Succeeded")
    assert newest(known, seen)[0] == replace(seen, created=5.0)


@pytest.mark.parametrize("name", MERGES)
def test_the_rule_holds_for_each_document_on_its_own(name: str) -> None:
    """A document is believed or not by its own clock, whatever becomes of its batch."""
    known, seen, believed = MERGES[name]
    earlier = doc("a", known.word, known.last_action, progress=0.1)
    later = doc("a", seen.word, seen.last_action, progress=0.2)
    other = doc("b", "Running", 5)
    for batch, look in ((op("Running", 1), op("Running", 2)), (op("Running", 2), op("Running", 1))):
        merged, changes = newest(
            replace(batch, documents=docs(earlier, other)),
            replace(look, documents=docs(later)),
        )
        assert changes == ([Change(earlier, later)] if believed else [])
        assert merged.documents == docs(later if believed else earlier, other)
        assert merged.last_action == 2


def test_unchanged_documents_stay_the_same_object() -> None:
    """Who renders documents sees by identity that none of them changed."""
    both = Documents.of([doc("a", "Running", 1), doc("b", "Succeeded", 1)])
    known = op("Running", 1, documents=both)
    same = op("Running", 2, documents=docs(doc("a", "Running", 1)))
    assert newest(known, same)[0].documents is both
    stale = op("Running", 2, documents=docs(doc("a", "NotStarted", 0.5)))
    assert newest(known, stale)[0].documents is both
    news = op("Running", 2, documents=docs(doc("a", "Succeeded", 2)))
    after = newest(known, news)[0].documents
    assert after == docs(doc("a", "Succeeded", 2), doc("b", "Succeeded", 1))


RUNNING = op(
    "Running", 1, progress=0.25, amounts=characters(7), counts=documents({State.RUNNING: 3})
)
CHANGES: list[tuple[Operation, bool]] = [
    (RUNNING, False),
    (replace(RUNNING, last_action=2.0), False),
    (replace(RUNNING, created=0.5), False),
    (replace(RUNNING, counts=documents({State.RUNNING: 3})), False),
    (replace(RUNNING, documents=docs(doc("a", "Running", 9, progress=0.5))), False),
    (op("NotStarted", 0.5), False),
    (replace(RUNNING, state=State.SUCCEEDED, word="Succeeded"), True),
    (replace(RUNNING, state=State.UNKNOWN, word="Paused"), True),
    (replace(RUNNING, progress=0.5), True),
    (replace(RUNNING, amounts=characters(8)), True),
    (replace(RUNNING, counts=documents({State.RUNNING: 2, State.SUCCEEDED: 1})), True),
    (replace(RUNNING, documents=docs(doc("a", "Running", 2, progress=0.6))), True),
    (replace(RUNNING, documents=docs(doc("b", "Running", 2))), False),
    (replace(RUNNING, documents=docs(charged(characters_charged=3))), True),
    (replace(RUNNING, documents=docs(charged(images_charged=3))), True),
]


@pytest.mark.parametrize(("seen", "moved"), CHANGES)
def test_last_change(seen: Operation, moved: bool) -> None:
    """State, counts, progress and charge move it, of documents as well; the clock does not.

    It begins with Azure's last action. A document that was not read before does not move it.
    """
    store = watched()
    known = replace(RUNNING, documents=docs(doc("a", "Running", 1, progress=0.5)))
    assert store.put(KEY, known, 1000).last_change == RUNNING.last_action
    after = store.put(KEY, seen, 1060)
    assert after.last_change == (1060 if moved else RUNNING.last_action)
    assert after.last_success == 1060


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ([(0, "Running", 0.2), (100, "Running", 0.4)], 400),
        ([(0, "Running", 0.2), (100, "Running", 0.4), (200, "Running", 0.4)], 400),
        ([(0, "Running", 0.2), (100, "Running", 0.4), (400, "Running", 0.8)], 400 + 400 / 3),
        ([(0, "Running", 0.0), (50, "Running", 1.0)], 50),
        ([(0, "NotStarted", 0.0), (900, "Running", 0.2), (1000, "Running", 0.4)], 1300),
        ([(0, "Running", 0.2)], None),
        ([(0, "Running", 0.4), (100, "Running", 0.2)], None),
        ([(0, "Running", None), (100, "Running", 0.5)], None),
        ([(0, "NotStarted", 0.0), (100, "NotStarted", 0.5)], None),
        ([(0, "Running", 0.2), (100, "Running", 0.4), (200, "Cancelling", 0.5)], None),
        ([(0, "Running", 0.2), (100, "Running", 0.4), (200, "Succeeded", 1.0)], None),
    ],
)
def test_estimated_completion(
    looks: list[tuple[float, str, float | None]],
    expected: float | None,
) -> None:
    """From the slope since progress was first seen while running; none when it does not run."""
    store = watched()
    for number, (now, word, progress) in enumerate(looks, 1):
        store.put(KEY, op(word, number, progress=progress), 5000 + now)
    estimated = store[KEY].estimated_completion
    assert estimated == (None if expected is None else pytest.approx(5000 + expected))


def expired(store: Store, now: float) -> Snapshot:
    store.expire(now, STALE_AFTER)
    return store[KEY]


@pytest.mark.parametrize("word", ["NotStarted", "Running", "Cancelling", "Paused"])
def test_what_cannot_be_read_leaves_and_comes_back(word: str) -> None:
    """The last known state stays for `stale_after`, leaves, and is back with the next answer."""
    store = watched()
    store.put(KEY, op(word, 1, amounts=characters(7)), 1000)
    failed = store.fail(KEY, FAILURE)
    assert (failed.up, failed.failure, failed.shown) == (False, FAILURE, failed.operation)
    assert expired(store, 1000 + STALE_AFTER) is failed
    gone = expired(store, 1001 + STALE_AFTER)
    assert (gone.up, gone.shown, gone.charged, gone.last_success) == (
        False,
        None,
        characters(7),
        1000,
    )
    assert expired(store, 9000) is gone
    assert store.fail(KEY, FAILURE).shown is None
    back = store.put(KEY, op("Succeeded", 2, amounts=characters(9)), 9001)
    assert (back.up, back.failure, back.charged) == (True, None, characters(9))
    assert back.shown == op("Succeeded", 2, amounts=characters(9))


@pytest.mark.parametrize("word", ["Succeeded", "Failed", "Canceled", "ValidationFailed"])
def test_what_is_finished_stays(word: str) -> None:
    """A finished operation is not asked again, and what it said stays true."""
    store = watched()
    before = store.put(KEY, op(word, 1), 1000)
    assert before.finished_at == 1000
    assert expired(store, 1_000_000) is before
    assert store.put(KEY, op(word, 1), 2000).finished_at == 1000


def test_nothing_leaves_that_was_never_known() -> None:
    """An operation that never gave an answer is down, not stale."""
    store = watched()
    assert store[KEY].up is None
    store.fail(KEY, FAILURE)
    assert (expired(store, 1e9).up, store[KEY].shown) == (False, None)


def test_a_document_that_cannot_be_read_leaves_alone() -> None:
    """Its batch and the other documents stay, also when the batch is finished; it comes back."""
    store = watched()
    both = docs(doc("a", "Running", 1), doc("b", "Running", 1))
    store.put(KEY, op("Running", 1, documents=both), 1000)
    other = docs(doc("b", "Succeeded", 2))
    missing = op("Succeeded", 2, documents=other, unreadable=frozenset("a"))
    for now in (1100.0, 1400.0):
        known = store.put(KEY, missing, now)
        assert known.unreadable_since == {"a": 1100}
        assert known.operation
        assert known.operation.documents.keys() == {"a", "b"}
    assert expired(store, 1100 + STALE_AFTER) is known
    gone = expired(store, 1101 + STALE_AFTER).operation
    assert gone == replace(missing, unreadable=None)
    assert store.put(KEY, missing, 1800).operation == gone
    back = store.put(
        KEY,
        op("Succeeded", 2, documents=docs(doc("a", "Failed", 2)), unreadable=frozenset()),
        1900,
    )
    assert back.unreadable_since == {}
    assert back.operation
    assert {id_: each.word for id_, each in back.operation.documents.items()} == {
        "b": "Succeeded",
        "a": "Failed",
    }


_STEPS = st.tuples(
    st.integers(0, 400),  # seconds later
    st.sampled_from(["one", "two"]),
    st.sampled_from(["Running", "Succeeded", "fails", "restarts", "jumps"]),
    st.frozensets(st.sampled_from("ab")),
    st.frozensets(st.sampled_from("ab")),
)


def _step(seconds: int, word: str) -> tuple[int, str, str, frozenset[str], frozenset[str]]:
    return seconds, "one", word, frozenset(), frozenset()


@settings(max_examples=50)
@given(st.lists(_STEPS, max_size=12))
@example([_step(0, "Running"), _step(0, "jumps"), _step(400, "fails"), _step(300, "fails")])
def test_what_expires_in_any_history(
    steps: list[tuple[int, str, str, frozenset[str], frozenset[str]]],
) -> None:
    """After each sweep nothing is shown that could not be read for `stale_after`."""
    store, now = Store(), 1000.0
    keys = {id_: OperationKey("res", "document_translation", id_) for id_ in ("one", "two")}
    for key in keys.values():
        store.watch(Watch(key, "batch", tuple(State), shows=frozenset(State)))
    for seconds, id_, word, listed, unreadable in steps:
        now += seconds
        key = keys[id_]
        if word == "fails":
            store.fail(key, FAILURE)
        elif word == "restarts":
            saved, watch = store[key], store[key].watch
            store.remove(key)
            store.expire(now, STALE_AFTER)
            store.watch(watch, saved)
        elif word == "jumps":
            now -= 500
            store.shift(-500)
        else:
            shown = docs(*(doc(name, "Running", now) for name in listed))
            store.put(key, op(word, now, documents=shown, unreadable=unreadable), now)
        store.expire(now, STALE_AFTER)
        assert [expired_alone(each, now, STALE_AFTER) is each for each in store] == [True] * 2


def test_listeners_hear_of_each_replacement() -> None:
    """Old and new, from the first, which replaces nothing; expiry of nothing is not one."""
    heard: list[tuple[Snapshot | None, Snapshot | None]] = []
    store = Store([lambda before, after: heard.append((before, after))])
    store.watch(Watch(KEY, "batch", tuple(State), shows=frozenset(State)))
    store.put(KEY, op("Running", 1), 1000)
    store.fail(KEY, FAILURE)
    store.expire(1001, STALE_AFTER)
    store.expire(9000, STALE_AFTER)
    assert [before for before, _ in heard] == [None, *(after for _, after in heard[:-1])]
    assert heard[-1][1] is store[KEY]
    assert list(store) == [store[KEY]]


def test_what_is_as_known_is_a_refresh() -> None:
    """Only `last_success` is new. After a failure, and for another answer, it is a change."""
    changed: list[Snapshot | None] = []
    refreshed: list[Snapshot] = []
    store = Store([lambda _, after: changed.append(after)], [refreshed.append])
    store.watch(Watch(KEY, "batch", tuple(State)))
    observation = op("Running", 1)
    first = store.put(KEY, observation, 1000)
    assert first.operation is observation
    changed.clear()
    again = store.put(KEY, observation, 1060)
    assert again == replace(first, last_success=1060)
    equal = store.put(KEY, replace(observation), 1061)
    assert equal == replace(first, last_success=1061)
    assert (changed, refreshed) == ([], [again, equal])
    store.fail(KEY, FAILURE)
    changed.clear()
    healed = store.put(KEY, observation, 1120)
    assert healed.up
    later = store.put(KEY, op("Running", 2), 1180)
    assert (changed, refreshed) == ([healed, later], [again, equal])


@pytest.mark.parametrize("failure", [None, FAILURE])
@pytest.mark.parametrize("word", ["NotStarted", "Running", "Succeeded"])
def test_what_was_down_at_a_restart_is_up_once_it_is_read(
    word: str, failure: NoAnswer | None
) -> None:
    """Although the list shows the operation as the checkpoint has it."""
    observation = op(word, 1)
    watch = Watch(KEY, "batch", tuple(State))
    saved = Snapshot(watch, operation=observation, up=False, last_success=1000, failure=failure)
    store = Store()
    store.watch(watch, saved)
    assert store[KEY].up is False
    assert store.put(KEY, observation, 1060).up is True


WORDS = ["NotStarted", "Running", "Cancelling", "Paused", *sorted(FINISHED), "Canceled"]
times = st.none() | st.integers(1, 6).map(float)


@st.composite
def histories(draw: st.DrawFn) -> list[Operation]:
    """A life of an operation as Azure's cache tells it: in order, with replays of the past."""
    steps = draw(st.lists(st.sampled_from(["NotStarted", "Running", "Paused"]), max_size=8))
    steps += draw(st.lists(st.sampled_from([*sorted(FINISHED), "Canceled"]), max_size=1))
    charges = sorted(draw(st.lists(st.integers(0, 99), min_size=9, max_size=9)))
    life = [
        op(word, float(at), amounts=characters(charge), documents=docs(doc("a", word, float(at))))
        for at, (word, charge) in enumerate(zip(steps, charges, strict=False), 1)
    ]
    told: list[Operation] = []
    for number in range(len(life)):
        told.append(life[number])
        told += draw(st.lists(st.sampled_from(life[: number + 1]), max_size=3))
    return told


@given(histories())
@settings(deadline=None)
def test_a_cache_that_goes_backward_shows_nowhere(told: list[Operation]) -> None:
    """The shown state is the latest that Azure ever told, the charge the highest."""
    store = watched()
    latest = 0.0
    for now, seen in enumerate(told, 1000):
        after = store.put(KEY, seen, float(now))
        latest = max(latest, seen.last_action or 0)
        assert after.shown
        assert after.shown.last_action == latest
        assert after.shown.documents["a"].last_action == latest
        charges = [each.amounts[Amount.CHARACTERS_CHARGED] for each in told[: now - 999]]
        assert after.charged.get(Amount.CHARACTERS_CHARGED, 0) == max(charges)


@given(st.lists(st.tuples(st.sampled_from(WORDS), times, st.none() | st.integers(0, 99))))
@settings(deadline=None)
def test_any_sequence_keeps_the_rule(looks: list[tuple[str, float | None, int | None]]) -> None:
    """Whatever comes: finished is never left, the charge never goes back, nor does Azure's time.

    An end may be older by Azure's clock than what came before it.
    """
    store = watched()
    store.put(KEY, op("NotStarted"), 999)
    for now, (word, at, charge) in enumerate(looks, 1000):
        before = store[KEY]
        after = store.put(KEY, op(word, at, amounts=characters(charge)), float(now))
        assert before.shown
        assert after.shown
        if before.shown.state in FINISHED:
            assert after.shown.state is before.shown.state
            assert after.finished_at == before.finished_at
        ends = before.shown.state not in FINISHED and after.shown.state in FINISHED
        if before.shown.last_action and after.shown.last_action and not ends:
            assert after.shown.last_action >= before.shown.last_action
        charged = [
            each.get(Amount.CHARACTERS_CHARGED, 0)
            for each in (before.charged, after.shown.amounts, after.charged)
        ]
        assert charged[2] == max(charged[:2])
        assert (after.finished_at is None) == (after.shown.state not in FINISHED)
