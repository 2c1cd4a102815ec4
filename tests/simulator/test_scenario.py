"""What the scenario says about a moment: pure, monotone, and nothing that cannot happen."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.simulator.play.building import (
    batch,
    iteration,
    operation,
    qna_operation,
    rejected_batch,
    synthesis,
    translation,
)
from exporter.simulator.play.documents import document_id
from exporter.simulator.play.operation import Operation, Outcome
from exporter.simulator.play.scenario import Batch, Document, Failure, Scenario
from exporter.simulator.play.timeline import BatchView, batch_at, last_action_of, status_of

RANK = {
    "NotStarted": 0,
    "Running": 1,
    "Cancelling": 2,
    "Succeeded": 3,
    "Failed": 3,
    "Canceled": 3,
    "Cancelled": 3,
    "ValidationFailed": 3,
}

seconds = st.floats(0, 500, allow_nan=False)
batches = st.builds(
    batch,
    id=st.just("5ba35b54-2e42-4b22-9d3c-3a2ae0c9e4a6"),
    created=st.floats(0, 2_000_000_000),
    documents=st.integers(1, 12),
    languages=st.sampled_from([("de",), ("de", "fr")]),
    listed_after=st.floats(0, 20),
    starts_after=st.none() | st.floats(20, 40),
    takes=st.floats(40, 400),
    failed=st.integers(0, 3),
    failed_before_start=st.integers(0, 3),
    stuck=st.integers(0, 2),
    cancel_after=st.none() | seconds,
    cancelling=st.floats(0, 60),
) | st.builds(rejected_batch, created=st.floats(0, 2_000_000_000), takes=st.floats(0, 60))


def view_of(one: Batch, now: float) -> BatchView:
    view = batch_at(one, now)
    assert view is not None
    return view


@given(batches, st.lists(seconds, min_size=2, max_size=30))
def test_nothing_goes_backward(one: Batch, moments: list[float]) -> None:
    """States, last actions, progress, charges and totals never go back; the end is final."""
    views = [view_of(one, one.created + moment) for moment in sorted(moments)]
    for before, after in pairwise(views):
        assert RANK[before.status] <= RANK[after.status]
        assert RANK[before.status] < 3 or before.status == after.status
        assert before.last_action <= after.last_action
        assert len(before.documents) <= len(after.documents)
        for old, new in zip(before.documents, after.documents, strict=False):
            assert RANK[old.status] <= RANK[new.status]
            assert RANK[old.status] < 3 or old == new
            assert old.last_action <= new.last_action
            assert old.progress <= new.progress
            assert old.charged <= new.charged


@given(batches, seconds)
def test_a_view_is_consistent(one: Batch, moment: float) -> None:
    """Counts sum to the total, nothing is of the future, and only success is charged for."""
    now = one.created + moment
    view = view_of(one, now)
    assert view.counts.total() == len(view.documents)
    assert one.created <= view.last_action <= now
    for document in view.documents:
        assert document.last_action <= view.last_action
        assert 0 <= document.progress <= 1
        assert (document.progress == 1) == (document.status == "Succeeded")
        assert (document.charged > 0) == (document.status == "Succeeded")
    if RANK[view.status] == 3:
        assert all(RANK[document.status] == 3 for document in view.documents)


@given(
    st.floats(0, 100),
    st.floats(0, 100),
    st.sampled_from(["Succeeded", "Failed", "Canceled"]),
    st.floats(-50, 300),
)
def test_a_simple_operation_walks_its_three_states(
    waits: float, works: float, outcome: Outcome, moment: float
) -> None:
    """NotStarted, Running, outcome, each from its time on; unknown before it was created."""
    one = operation("abc", created=1000, starts_after=waits, takes=waits + works, outcome=outcome)
    now = 1000 + moment
    status = status_of(one, now)
    if now < 1000:
        assert status is None
    elif one.finished is not None and now >= one.finished:
        assert status == outcome
    elif one.started is not None and now >= one.started:
        assert status == "Running"
    else:
        assert status == "NotStarted"
    if status is not None:
        assert one.created <= last_action_of(one, now) <= now


def statuses(one: Batch, *moments: float) -> list[str]:
    return [view_of(one, moment).status for moment in moments]


def test_the_life_of_a_batch() -> None:
    """Unlisted, listed, running, done: the total is 0 until the container has been listed."""
    one = batch(created=0, documents=2, languages=("de", "fr"), listed_after=2, starts_after=5)
    assert batch_at(one, -1) is None
    assert len(view_of(one, 1).documents) == 0
    assert view_of(one, 3).counts == {"NotStarted": 4}
    assert statuses(one, 1, 3, 6, 59, 60) == [
        "NotStarted",
        "NotStarted",
        "Running",
        "Running",
        "Succeeded",
    ]


@pytest.mark.parametrize(
    ("failed", "early", "status"),
    [(0, 0, "Succeeded"), (1, 0, "Succeeded"), (0, 1, "Succeeded"), (2, 1, "Failed")],
)
def test_a_batch_has_failed_when_all_documents_have(failed: int, early: int, status: str) -> None:
    """Some failures leave it Succeeded, as in recorded traffic."""
    one = batch(created=0, documents=3, failed=failed, failed_before_start=early, takes=60)
    view = view_of(one, 60)
    assert view.status == status
    assert (view.failure is None) == (status == "Succeeded")
    assert view.counts["Failed"] == failed + early


def test_a_document_that_failed_before_it_started() -> None:
    """It fails as soon as it is seen and was never created."""
    document = view_of(batch(created=0, failed_before_start=1), 1).documents[0]
    assert (document.status, document.created, document.progress) == ("Failed", None, 0)


def test_cancelling_stops_what_has_not_finished() -> None:
    """Finished documents stay, running ones stop a little later, the rest at once."""
    one = batch(created=0, documents=8, takes=80, cancel_after=40, cancelling=10)
    asked, stopped = view_of(one, 40), view_of(one, 50)
    assert asked.status == "Cancelling"
    assert set(asked.counts) == {"Succeeded", "Cancelling", "Cancelled"}
    assert stopped.status == "Cancelled"
    assert stopped.counts["Succeeded"] == asked.counts["Succeeded"]
    assert stopped.counts["Cancelled"] == 8 - asked.counts["Succeeded"]
    assert view_of(one, 1000) == stopped


def test_a_finished_batch_cannot_be_cancelled() -> None:
    """Asking too late changes nothing."""
    assert statuses(batch(created=0, takes=60, cancel_after=60), 59, 60, 100) == [
        "Running",
        "Succeeded",
        "Succeeded",
    ]


def test_a_stuck_batch_runs_for_ever() -> None:
    """Its last action grows old."""
    view = view_of(batch(created=0, documents=3, stuck=1, takes=60), 10_000)
    assert view.status == "Running"
    assert view.last_action <= 60


def test_the_same_call_builds_the_same_part() -> None:
    """Ids, names and sizes are seeded; another seed makes others."""
    assert batch(created=5) == batch(created=5)
    assert batch(created=5) != batch(created=5, seed=1)
    assert qna_operation(created=5) == qna_operation(created=5)
    assert document_id("x", 1)[8:] == "-0000-0000-0000-000000000000"


DOCUMENT = Document(
    id="d", source="s", target="t", language="de", characters=1, created=1, started=2, finished=3
)

TWICE = Batch(id="b", created=0, listed=1, documents=(DOCUMENT, DOCUMENT))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: replace(DOCUMENT, finished=1), "times are not in order"),
        (lambda: replace(DOCUMENT, started=None), "without having started"),
        (lambda: Batch(id="b", created=5, listed=4, documents=(DOCUMENT,)), "not in order"),
        (lambda: Batch(id="b", created=0, listed=2, documents=(DOCUMENT,)), "not in order"),
        (lambda: Batch(id="b", created=0, listed=1), "listed and documents"),
        (lambda: Batch(id="b", created=0, rejected=1), "rejected and failure"),
        (lambda: Batch(id="b", created=0, cancel_asked=1), "cancel_asked and cancelled"),
        (
            lambda: Batch(
                id="b",
                created=0,
                listed=1,
                documents=(DOCUMENT,),
                rejected=1,
                failure=Failure("a", "b"),
            ),
            "no documents",
        ),
        (lambda: Operation(id="o", created=2, started=1, finished=None), "not in order"),
        (lambda: Scenario(batches=(batch(created=0), batch(created=0))), "used twice"),
        (lambda: Scenario(batches=(TWICE,)), "used twice"),
        (lambda: translation("t1x", iteration("one", created=1), created=2), "not in order"),
        (
            lambda: translation(
                "t1x", iteration("one", created=2), iteration("one", created=3), created=1
            ),
            "used twice",
        ),
        (lambda: Scenario(translations=(translation("t1x", created=1),) * 2), "used twice"),
        (lambda: Scenario(syntheses=(synthesis("s1x", created=1),) * 2), "used twice"),
        (lambda: synthesis("s1x", created=1, outcome="Canceled"), "nothing cancels"),
        (lambda: synthesis("s1x", created=1, failed_outputs=2), "more outputs fail"),
    ],
)
def test_what_cannot_happen_is_refused(wrong: object, message: str) -> None:
    """A scenario with a mistake does not come to life."""
    assert callable(wrong)
    with pytest.raises(ValueError, match=message):
        wrong()
