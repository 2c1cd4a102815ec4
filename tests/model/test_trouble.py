"""Which operations are in trouble: by the rules of the alerts."""

import re
from pathlib import Path

import pytest

from exporter.errors import Failure
from exporter.model import trouble
from exporter.model.operation import Key, Operation, State
from exporter.model.snapshot import Snapshot, Watch
from exporter.model.trouble import Kind, troubles

NOW = 1_800_000_000.0
WATCH = Watch(Key("r", "a", "o"), "batch", tuple(State))
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
        (Snapshot(WATCH, up=False, failure=LOST), [(Kind.UNREADABLE, None)]),
        (running(NOW), []),
        (running(ago(1800)), []),
        (running(ago(1801)), [(Kind.STUCK, ago(1801))]),
        (running(ago(1801), read=ago(60)), []),
        (running(ago(60), estimated_completion=ago(900)), []),
        (running(ago(60), estimated_completion=ago(901)), [(Kind.LATE, ago(901))]),
        (
            running(ago(1801), estimated_completion=ago(901)),
            [(Kind.STUCK, ago(1801)), (Kind.LATE, ago(901))],
        ),
        (
            Snapshot(WATCH, seen(State.CANCELLING), up=True, last_success=NOW, last_change=1.0),
            [(Kind.STUCK, 1.0)],
        ),
        (
            Snapshot(
                WATCH, seen(State.RUNNING), up=False, last_success=ago(700), last_change=ago(9)
            ),
            [(Kind.UNREADABLE, ago(700))],
        ),
        (
            Snapshot(WATCH, seen(State.RUNNING), up=False, stale=True, last_success=ago(700)),
            [(Kind.UNREADABLE, ago(700))],
        ),
        (
            Snapshot(WATCH, seen(State.UNKNOWN), up=False, last_success=NOW, last_change=ago(70)),
            [(Kind.UNREADABLE, ago(70))],
        ),
        (
            Snapshot(
                WATCH,
                seen(State.NOT_STARTED, created=ago(1801)),
                up=True,
                last_success=NOW,
                last_change=NOW,
            ),
            [(Kind.QUEUED, ago(1801))],
        ),
        (
            Snapshot(
                WATCH, seen(State.NOT_STARTED), up=True, last_success=NOW, last_change=ago(1801)
            ),
            [(Kind.QUEUED, ago(1801))],
        ),
        (ended(State.FAILED, ago(3599)), [(Kind.FAILED, ago(3599))]),
        (ended(State.FAILED, ago(3601)), []),
        (ended(State.FAILED, None), [(Kind.FAILED, ago(10))]),
        (ended(State.VALIDATION_FAILED, ago(5)), [(Kind.VALIDATION_FAILED, ago(5))]),
        (ended(State.SUCCEEDED, ago(5)), []),
        (ended(State.SUCCEEDED, ago(5), counts=BOTH), [(Kind.DOCUMENTS_FAILED, ago(5))]),
        (ended(State.SUCCEEDED, ago(3601), counts=BOTH), []),
        (ended(State.CANCELLED, ago(5), counts=BOTH), []),
    ],
)
def test_trouble(snapshot: Snapshot, kinds: list[tuple[Kind, float | None]]) -> None:
    """What an alert would say, the worst first, and since when."""
    assert [tuple(each) for each in troubles(snapshot, NOW)] == kinds


def test_the_thresholds_are_those_of_the_rules() -> None:
    """A page that knew of other trouble than the alerts would be believed by nobody."""
    said = re.findall(r"(\d+)  # threshold: (\w+Seconds)", RULES.read_text(encoding="utf-8"))
    thresholds = {name: float(value) for value, name in said}
    assert thresholds == {
        "recentSeconds": trouble.RECENT,
        "stuckSeconds": trouble.STUCK,
        "queuedSeconds": trouble.QUEUED,
        "lateSeconds": trouble.LATE,
    }
