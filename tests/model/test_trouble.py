"""Which operations are in trouble: by the rules of the alerts."""

import re
from pathlib import Path

import pytest

from exporter.apis import Apis
from exporter.errors import Failure
from exporter.model import trouble
from exporter.model.operation import Operation, OperationKey, State
from exporter.model.quantities import Counted
from exporter.model.snapshot import QUEUED_SECONDS, STUCK_SECONDS, Snapshot, Watch
from exporter.model.trouble import troubles
from tests.support.observations import documents

NOW = 1_800_000_000.0
WATCH = Watch(OperationKey("r", "a", "o"), "batch", tuple(State), shows=frozenset(State))
SLOW = Watch(OperationKey("r", "slow", "o"), "job", tuple(State), stuck_after=9000.0)
RULES = Path(__file__).parents[2] / "helm/azure-ai-exporter/rules/operations.yaml"
LOST = Failure("500", "HTTP 500")


def seen(state: State, **known: object) -> Operation:
    return Operation(state, state.value, **known)  # type: ignore[arg-type]


def ago(seconds: float) -> float:
    return NOW - seconds


def running(changed: float, read: float = NOW, **more: object) -> Snapshot:
    known = seen(State.RUNNING)
    return Snapshot(WATCH, known, up=True, last_success=read, last_change=changed, **more)  # type: ignore[arg-type]


def due(state: State, deadline: float, read: float = NOW) -> Snapshot:
    known = seen(state, deadline=deadline)
    return Snapshot(WATCH, known, up=True, last_success=read, last_change=ago(70))


def ended(state: State, at: float | None, **known: object) -> Snapshot:
    operation = seen(state, last_action=at, **known)
    return Snapshot(WATCH, operation, up=True, last_success=NOW, last_change=ago(10))


BOTH = {State.SUCCEEDED: 3, State.FAILED: 1}


@pytest.mark.parametrize(
    ("snapshot", "kinds"),
    [
        (Snapshot(WATCH), []),
        (Snapshot(WATCH, up=False, failure=LOST), [("cannot be read", None)]),
        (running(NOW), []),
        (running(ago(1800)), []),
        (running(ago(1801)), [("stuck", ago(1801))]),
        (running(ago(1801), read=ago(60)), []),
        (Snapshot(SLOW, seen(State.RUNNING), up=True, last_success=NOW, last_change=ago(9000)), []),
        (
            Snapshot(SLOW, seen(State.RUNNING), up=True, last_success=NOW, last_change=ago(9001)),
            [("stuck", ago(9001))],
        ),
        (due(State.RUNNING, ago(600)), []),
        (due(State.RUNNING, ago(601)), [("past its deadline", ago(601))]),
        (due(State.RUNNING, ago(601), read=ago(60)), []),
        (due(State.NOT_STARTED, ago(601)), [("past its deadline", ago(601))]),
        (due(State.CANCELLING, ago(601)), [("past its deadline", ago(601))]),
        (due(State.PAUSED, ago(601)), []),
        (due(State.SUCCEEDED, ago(601)), []),
        (running(ago(60), estimated_completion=ago(900)), []),
        (running(ago(60), estimated_completion=ago(901)), [("late", ago(901))]),
        (
            running(ago(1801), estimated_completion=ago(901)),
            [("stuck", ago(1801)), ("late", ago(901))],
        ),
        (
            Snapshot(WATCH, seen(State.CANCELLING), up=True, last_success=NOW, last_change=1.0),
            [("stuck", 1.0)],
        ),
        (
            Snapshot(
                WATCH, seen(State.RUNNING), up=False, last_success=ago(700), last_change=ago(9)
            ),
            [("cannot be read", ago(700))],
        ),
        (
            Snapshot(WATCH, seen(State.RUNNING), up=False, stale=True, last_success=ago(700)),
            [("cannot be read", ago(700))],
        ),
        (
            Snapshot(WATCH, seen(State.UNKNOWN), up=False, last_success=NOW, last_change=ago(70)),
            [("cannot be read", ago(70))],
        ),
        (
            Snapshot(
                WATCH,
                seen(State.NOT_STARTED, created=ago(1801)),
                up=True,
                last_success=NOW,
                last_change=NOW,
            ),
            [("queued too long", ago(1801))],
        ),
        (
            Snapshot(
                WATCH, seen(State.NOT_STARTED), up=True, last_success=NOW, last_change=ago(1801)
            ),
            [("queued too long", ago(1801))],
        ),
        (ended(State.FAILED, ago(3599)), [("failed", ago(3599))]),
        (ended(State.FAILED, ago(3601)), []),
        (ended(State.FAILED, None), [("failed", ago(10))]),
        (ended(State.VALIDATION_FAILED, ago(5)), [("validation failed", ago(5))]),
        (ended(State.SUCCEEDED, ago(5)), []),
        (ended(State.SUCCEEDED, ago(5), counts=documents(BOTH)), [("documents failed", ago(5))]),
        (ended(State.SUCCEEDED, ago(3601), counts=documents(BOTH)), []),
        (ended(State.CANCELLED, ago(5), counts=documents(BOTH)), []),
        (ended(State.EXPIRED, ago(5), counts=documents(BOTH)), [("expired", ago(5))]),
        (ended(State.PARTIALLY_SUCCEEDED, ago(5)), [("partially succeeded", ago(5))]),
        (
            ended(State.SUCCEEDED, ago(5), counts={Counted.OUTPUTS: BOTH}),
            [("outputs failed", ago(5))],
        ),
        (
            Snapshot(WATCH, seen(State.PAUSED), up=True, last_success=NOW, last_change=1.0),
            [],
        ),
    ],
)
def test_trouble(snapshot: Snapshot, kinds: list[tuple[str, float | None]]) -> None:
    """What an alert would say, the worst first, and since when."""
    assert [tuple(each) for each in troubles(snapshot, NOW)] == kinds


def test_the_thresholds_are_those_of_the_rules() -> None:
    """A page that knew of other trouble than the alerts would be believed by nobody."""
    said = re.findall(
        r"(\d+)  # threshold: (\w+Seconds)$", RULES.read_text(encoding="utf-8"), re.MULTILINE
    )
    thresholds = {name: float(value) for value, name in said}
    assert thresholds == {
        "recentSeconds": trouble.RECENT_SECONDS,
        "stuckSeconds": STUCK_SECONDS,
        "queuedSeconds": QUEUED_SECONDS,
        "lateSeconds": trouble.LATE_SECONDS,
        "pastDeadlineSeconds": trouble.PAST_DEADLINE_SECONDS,
        "resultsExpiringSeconds": 0.0,  # of this the exporter says nothing
    }


@pytest.mark.parametrize("api", Apis.model_fields)
def test_an_operation_is_stuck_or_queued_when_its_alert_says_so(api: str) -> None:
    """The threshold of its API in the rule, or that of all others."""
    settings = dict(Apis.by_name())[api]
    assert settings.stuck_after == _threshold("stuckSeconds", api, STUCK_SECONDS)
    assert settings.queued_after == _threshold("queuedSeconds", api, QUEUED_SECONDS)


def _threshold(name: str, api: str, others: float) -> float:
    """The threshold `name` of an API in the rules; `others` without one of its own."""
    own = re.search(rf'api="{api}"}}\s*\)\s*\* (\d+)  # threshold: {name}(\w+)', RULES.read_text())
    assert own is None or own[2].lower() == api.replace("_", "")
    return float(own[1]) if own else others


def test_the_ends_are_those_of_the_rules() -> None:
    """Each list of states in a rule is that of the bad ends, of all ends, or of what runs."""
    named = {
        frozenset(each.split("|")) for each in re.findall(r'state=~"([^"]+)"', RULES.read_text())
    }
    bad = {state.value for state in State if state.bad}
    finished = {state.value for state in State if state.finished}
    assert named == {
        frozenset(bad),
        frozenset(bad - {"ValidationFailed", "Expired"}),  # which have alerts of their own
        frozenset(finished),
        frozenset({"Succeeded", "PartiallySucceeded"}),  # which have results
        frozenset({"Running", "Cancelling"}),
        frozenset({"NotStarted", "Running", "Cancelling"}),  # which a deadline is for
    }
