"""Which operations are in trouble: by the rules of the alerts."""

import re
from pathlib import Path

import pytest
from msgspec import structs

from exporter.errors import Failure
from exporter.model import trouble
from exporter.model.operation import Operation, OperationKey, State
from exporter.model.quantities import Counted
from exporter.model.snapshot import STUCK_AFTER, Snapshot, Watch
from exporter.model.trouble import troubles
from tests.support.observations import documents

NOW = 1_800_000_000.0
WATCH = Watch(OperationKey("r", "a", "o"), "batch", tuple(State), shows=frozenset(State))
RULES = Path(__file__).parents[2] / "helm/azure-ai-exporter/rules/operations.yaml"
LOST = Failure("500", "HTTP 500")


def seen(state: State, **known: object) -> Operation:
    return Operation(state, state.value, **known)  # type: ignore[arg-type]


def ago(seconds: float) -> float:
    return NOW - seconds


def running(changed: float, read: float = NOW, **more: object) -> Snapshot:
    known = seen(State.RUNNING)
    return Snapshot(WATCH, known, up=True, last_success=read, last_change=changed, **more)  # type: ignore[arg-type]


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


@pytest.mark.parametrize("state", [State.RUNNING, State.NOT_STARTED])
def test_an_api_has_a_threshold_of_its_own(state: State) -> None:
    """One whose counts stay 0 until the end is not stuck after half an hour."""
    operation = Operation(state, state.value, created=NOW - 7200)
    known = Snapshot(
        Watch(OperationKey("r", "api", "id"), "job", tuple(State), stuck_after=7201.0),
        operation,
        up=True,
        last_success=NOW,
        last_change=NOW - 7200,
    )
    assert not troubles(known, NOW)
    assert troubles(structs.replace(known, last_success=NOW + 2), NOW + 2)


def test_the_thresholds_are_those_of_the_rules() -> None:
    """A page that knew of other trouble than the alerts would be believed by nobody."""
    said = re.findall(r"(\d+)  # threshold: (\w+Seconds)", RULES.read_text(encoding="utf-8"))
    thresholds = {name: float(value) for value, name in said}
    assert thresholds == {
        "recentSeconds": trouble.RECENT_SECONDS,
        "stuckSeconds": STUCK_AFTER,
        "queuedSeconds": STUCK_AFTER,
        "lateSeconds": trouble.LATE_SECONDS,
    }


def test_the_ends_are_those_of_the_rules() -> None:
    """Each list of states in a rule is that of the bad ends, of all ends, or of what runs."""
    named = {
        frozenset(each.split("|")) for each in re.findall(r'state=~"([^"]+)"', RULES.read_text())
    }
    bad = {state.value for state in State if state.bad}
    finished = {state.value for state in State if state.finished}
    assert named == {
        frozenset(bad),
        frozenset(bad - {"ValidationFailed"}),  # which has an alert of its own
        frozenset(finished),
        frozenset({"Running", "Cancelling"}),
    }
