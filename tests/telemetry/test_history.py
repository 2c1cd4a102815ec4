"""What was asked of each operation, and what changed at each look."""

import pytest
from msgspec.structs import replace

from exporter.azure.exchange import Exchange
from exporter.errors import Failure
from exporter.model.difference import difference
from exporter.model.operation import Document, Fault, Operation, OperationKey, State
from exporter.model.quantities import Counted
from exporter.model.snapshot import Snapshot, Watch
from exporter.model.store import Store
from exporter.telemetry.activity import Activity
from exporter.telemetry.history import FAILURES_KEPT, REQUESTS_KEPT, History
from exporter.telemetry.packed_requests import RequestRecord
from tests.support.observations import characters, documents

KEY = OperationKey("r", "document_translation", "one")
LIST = OperationKey("r", "document_translation", "")
WATCH = Watch(KEY, "batch", tuple(State), shows=frozenset(State))
LOST = Failure("500", "HTTP 500")
BROKEN = Fault("Outer", "Inner", "target", "It broke.")


def seen(state: State = State.RUNNING, **known: object) -> Operation:
    return Operation(state, state.value, **known)  # type: ignore[arg-type]


def snapshot(known: Operation | None, **more: object) -> Snapshot:
    return Snapshot(WATCH, known, **more)  # type: ignore[arg-type]


def exchange(
    at: float, failure: Failure | None = None, id_: str = "", key: OperationKey = KEY
) -> Exchange:
    status = failure.status if failure else "200"
    return Exchange(key, "/path", status, 0.25, 0.5, None, failure, at, id_)


COUNTS = documents({State.SUCCEEDED: 3, State.FAILED: 0, State.RUNNING: 5})
MORE = documents({State.SUCCEEDED: 3, State.FAILED: 1, State.RUNNING: 5})


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (None, seen(), "first seen as Running"),
        (seen(), seen(), ""),
        (seen(), seen(last_action=5.0), ""),
        (seen(), seen(State.SUCCEEDED), "Running → Succeeded"),
        (seen(), seen(State.FAILED, fault=BROKEN), "Running → Failed, error Outer"),
        (seen(counts=COUNTS), seen(counts=MORE), "1 more document Failed"),
        (
            seen(counts=COUNTS),
            seen(counts=documents({State.SUCCEEDED: 1203, State.FAILED: 2, State.RUNNING: 0})),
            "1,200 more documents Succeeded, 2 more documents Failed",
        ),
        (seen(), seen(counts=COUNTS), "3 more documents Succeeded, 5 more documents Running"),
        (seen(), seen(counts={Counted.OUTPUTS: {State.FAILED: 1}}), "1 more output Failed"),
        (seen(progress=0.37), seen(progress=0.42), "progress 37% → 42%"),
        (seen(progress=0.371), seen(progress=0.374), "progress 37.10% → 37.40%"),
        (seen(), seen(progress=0.0), "progress 0%"),
        (
            seen(amounts=characters(10)),
            seen(amounts=characters(1210)),
            "charged 1,200 characters more",
        ),
        (seen(amounts=characters(10)), seen(amounts=characters(9)), "charged 1 characters less"),
    ],
)
def test_what_is_new_in_a_sentence(
    before: Operation | None, after: Operation, sentence: str
) -> None:
    """Short, and empty where nothing is."""
    assert difference(snapshot(before), snapshot(after)) == sentence


def test_readable_or_not_is_said() -> None:
    """When it begins, and when it ends; not at each poll between."""
    fine, lost = snapshot(seen()), snapshot(seen(), failure=LOST)
    assert difference(fine, lost) == "cannot be read"
    assert difference(lost, replace(lost, failure=Failure("timeout", "too late"))) == ""
    assert difference(lost, fine) == "can be read again"
    assert difference(snapshot(seen(), stale=True), fine) == "can be read again"


def test_documents_alone_can_change() -> None:
    """Their own progress is seen where the counts stay the same."""
    one = Document("a", "de", State.RUNNING, "Running", progress=0.1)
    before = snapshot(seen(documents={"a": one}), last_change=1.0)
    after = snapshot(seen(documents={}), last_change=2.0)
    assert difference(before, after) == "documents changed"


class Followed:
    """A store and a history that goes with it."""

    def __init__(self) -> None:
        self.history = History()
        self.store = Store([self.history.changed], [self.history.refreshed])
        self.store.watch(WATCH)

    def poll(self, at: float, known: Operation | Failure, id_: str = "") -> None:
        failure = known if isinstance(known, Failure) else None
        self.history.exchanged(exchange(at, failure, id_))
        if isinstance(known, Failure):
            self.store.fail(KEY, known)
        else:
            self.store.put(KEY, known, at)

    @property
    def entries(self) -> list[RequestRecord]:
        return list(self.history[KEY])

    @property
    def changes(self) -> list[tuple[float, str]]:
        return [(entry.at, entry.changed) for entry in self.entries]


def test_a_change_stands_beside_the_poll_that_showed_it() -> None:
    """And beside no other; of several requests of one poll the last."""
    followed = Followed()
    followed.poll(1, seen(progress=0.1))
    followed.poll(2, seen(progress=0.1))
    followed.history.exchanged(exchange(3))
    followed.poll(3.5, seen(progress=0.2))
    followed.poll(4, LOST)
    followed.poll(5, LOST)
    followed.poll(6, seen(State.SUCCEEDED, progress=1.0))
    assert followed.changes == [
        (1, "first seen as Running"),
        (2, ""),
        (3, ""),
        (3.5, "progress 10% → 20%"),
        (4, "cannot be read"),
        (5, ""),
        (6, "can be read again, Running → Succeeded, progress 20% → 100%"),
    ]
    assert [entry.failure for entry in followed.entries][4:] == ["HTTP 500", "HTTP 500", ""]


def test_a_change_that_a_list_showed() -> None:
    """It has no request of its own: that for the list stands there, and says so."""
    followed = Followed()
    followed.poll(1, seen())
    followed.poll(2, seen())
    followed.history.exchanged(exchange(7, id_="of-the-list", key=LIST))
    followed.store.put(KEY, seen(), 7)
    followed.store.put(KEY, seen(State.FAILED, fault=BROKEN), 8)
    [_, own, listed] = followed.entries
    assert (own.listed, listed.listed) == (False, True)
    assert (listed.at, listed.status, listed.request_id) == (7, "200", "of-the-list")
    assert listed.changed == "Running → Failed, error Outer"
    assert followed.history.error_request_id(KEY) == "of-the-list"


def test_nothing_is_noted_while_nobody_is_asked() -> None:
    """A paused resource fails looks without a request: that is no poll."""
    followed = Followed()
    followed.poll(1, seen())
    followed.poll(2, seen())
    followed.store.fail(KEY, LOST)
    assert followed.changes == [(1, "first seen as Running"), (2, "")]


def test_failures_are_kept_longer() -> None:
    """What is old makes room; but the last failures stay, however much succeeds after them."""
    followed = Followed()
    for at in range(FAILURES_KEPT + 5):
        followed.poll(at, LOST)
    for at in range(100, 100 + 2 * REQUESTS_KEPT):
        followed.poll(at, seen())
    failed = [entry for entry in followed.entries if entry.failure]
    assert [entry.at for entry in failed] == list(range(5, FAILURES_KEPT + 5))
    assert len(followed.entries) == REQUESTS_KEPT + FAILURES_KEPT
    assert followed.entries[-1].at == 99 + 2 * REQUESTS_KEPT


def test_the_answer_that_told_of_the_error_is_known() -> None:
    """Also when it has left the list of polls: Azure's support asks for its id."""
    followed = Followed()
    followed.poll(0, seen(), "before")
    followed.poll(1, seen(), "before")
    followed.poll(2, seen(State.RUNNING, fault=BROKEN), "guilty")
    for at in range(3, 3 + 2 * REQUESTS_KEPT):
        followed.poll(at, seen(State.RUNNING, fault=BROKEN), "after")
    assert followed.history.error_request_id(KEY) == "guilty"
    assert followed.history.error_request_id(OperationKey("r", "a", "another")) == ""


def test_the_documents_are_not_blamed() -> None:
    """Of several requests of one poll the first that was answered told of the error."""
    followed = Followed()
    followed.history.exchanged(exchange(1, LOST, "lost"))
    followed.history.exchanged(exchange(2, id_="status"))
    followed.poll(3, seen(State.FAILED, fault=BROKEN), "documents")
    assert followed.history.error_request_id(KEY) == "status"
    followed.poll(4, seen(State.FAILED, fault=Fault("New", "", "", "")), "another")
    assert followed.history.error_request_id(KEY) == "another"


def test_the_timeline() -> None:
    """Azure's own times and the states that were seen, in order."""
    followed = Followed()
    followed.poll(10, seen(State.NOT_STARTED, created=5.0))
    followed.poll(20, seen(State.RUNNING, created=5.0, last_action=15.0))
    followed.poll(30, seen(State.RUNNING, created=5.0, last_action=25.0))
    followed.poll(40, seen(State.SUCCEEDED, created=5.0, last_action=35.0))
    assert [tuple(moment) for moment in followed.history.timeline(followed.store[KEY])] == [
        (5.0, "", "created (Azure)"),
        (10, "NotStarted", "first seen"),
        (20, "Running", "seen"),
        (35.0, "Succeeded", "last action (Azure)"),
        (40, "Succeeded", "seen"),
    ]


def test_a_timeline_is_bounded() -> None:
    """A state that comes and goes fills no memory; how it began stays."""
    followed = Followed()
    for at in range(1, 500):
        followed.poll(at, seen(State.UNKNOWN if at % 2 else State.RUNNING))
    timeline = followed.history.timeline(followed.store[KEY])
    assert len(timeline) == 30
    assert (timeline[0].at, timeline[-1].at) == (1, 499)


def test_what_a_checkpoint_kept_begins_the_timeline() -> None:
    """After a restart: the state as it was read last."""
    history = History()
    store = Store([history.changed])
    known = snapshot(seen(), last_success=7.0)
    store.watch(known.watch, known)
    assert [tuple(moment) for moment in history.timeline(store[KEY])] == [
        (7.0, "Running", "restored from state_file"),
    ]


def test_what_leaves_takes_all_of_it_along() -> None:
    """Nothing is left of an operation that is not watched any more."""
    followed = Followed()
    followed.poll(1, seen())
    followed.history.exchanged(exchange(2))
    followed.store.remove(KEY)
    followed.history.exchanged(exchange(3))
    assert followed.entries == []
    assert not followed.history._by_key
    assert not followed.history._first_request_ids


def test_requests_of_the_last_minute() -> None:
    """For each resource, by the second; the latest of each API, and the latest that failed."""
    activity = Activity()
    for at in range(1000, 1200):
        activity.exchanged(exchange(float(at), LOST if at == 1100 else None))
    lately = activity["r"]
    assert lately.requests(1199.5) == 60
    assert lately.requests(1229.5) == 30
    assert lately.requests(2000.0) == 0
    assert {api: each.at for api, each in lately.latest.items()} == {KEY.api: 1199.0}
    assert lately.failed
    assert lately.failed.at == 1100
    assert activity["another"].requests(1199.5) == 0
    activity.keep({"another"})
    assert not activity["r"].latest
