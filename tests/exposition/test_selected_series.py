"""The setting `operation_series`: which discovered operations are on the pages."""

import asyncio
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exporter.exposition.pages import Pages
from exporter.exposition.selected_series import SelectedSeries
from exporter.model.operation import Document, Operation, OperationKey, State
from exporter.model.operation_series import OperationSeries
from exporter.model.quantities import Counted
from exporter.model.snapshot import Snapshot, Watch
from exporter.model.store import Store

NOW = 1_800_000_000.0
HOUR = 3600.0
KEYS = [OperationKey("r", "document_translation", name) for name in ("a", "b", "c")]
PARTLY = {Counted.DOCUMENTS: {State.SUCCEEDED: 3, State.FAILED: 1}}


def watch(key: OperationKey = KEYS[0], *, discovered: bool = True) -> Watch:
    return Watch(key, "batch", tuple(State), shows=frozenset(State), discovered=discovered)


def ended(state: State, ago: float, **more: object) -> Snapshot:
    operation = Operation(state, state.value, last_action=NOW - ago, **more)  # type: ignore[arg-type]
    return Snapshot(watch(), operation, last_change=NOW)


RUNNING = Snapshot(watch(), Operation(State.RUNNING, "Running"))
UNKNOWN = Snapshot(watch(), Operation(State.UNKNOWN, "Dreaming"))
UNTIMED = Snapshot(watch(), Operation(State.FAILED, "Failed"), last_change=NOW - HOUR + 1)


@pytest.mark.parametrize(
    ("snapshot", "settings"),
    [
        pytest.param(RUNNING, "all unfinished", id="running"),
        pytest.param(UNKNOWN, "all unfinished", id="unknown"),
        pytest.param(Snapshot(watch()), "all", id="not read yet"),
        pytest.param(ended(State.SUCCEEDED, 1), "all", id="succeeded"),
        pytest.param(ended(State.CANCELLED, 1), "all", id="cancelled"),
        pytest.param(ended(State.FAILED, HOUR - 1), "all unfinished failed", id="failed now"),
        pytest.param(ended(State.FAILED, HOUR), "all failed", id="failed an hour ago"),
        pytest.param(UNTIMED, "all unfinished failed", id="failed, without a time of Azure"),
        pytest.param(ended(State.EXPIRED, HOUR), "all failed", id="expired"),
        pytest.param(ended(State.VALIDATION_FAILED, 1), "all unfinished failed", id="refused"),
        pytest.param(ended(State.PARTIALLY_SUCCEEDED, HOUR), "all failed", id="partially"),
        pytest.param(
            ended(State.SUCCEEDED, 1, counts=PARTLY), "all unfinished failed", id="parts failed"
        ),
    ],
)
def test_what_has_series(snapshot: Snapshot, settings: str) -> None:
    """What alerts can be about keeps its series for the time in which they fire."""
    found = [setting for setting in OperationSeries if setting.includes(snapshot, NOW)]
    assert found == settings.split()


@pytest.mark.parametrize("setting", OperationSeries)
def test_a_configured_operation_has_series(setting: OperationSeries) -> None:
    """Whatever its state."""
    done = Operation(State.SUCCEEDED, "Succeeded", last_action=NOW - HOUR)
    assert setting.includes(Snapshot(watch(discovered=False), done), NOW)


# One object for each state: what a list shows unchanged is the same object again.
OBSERVED = {
    state: Operation(
        state,
        state.value,
        created=NOW,
        documents={"0": Document("0", "de", State.FAILED, "Failed")} if state.bad else {},
    )
    for state in (State.RUNNING, State.SUCCEEDED, State.FAILED)
}
UNFINISHED, FAILED = OperationSeries.UNFINISHED, OperationSeries.FAILED
FAILS = (KEYS[0], True), (KEYS[0], State.FAILED)
# What can happen: another setting, time, another watch, a poll, a failed poll, an end.
ENDS = st.sampled_from([State.SUCCEEDED, State.FAILED])
EVENTS = st.one_of(
    st.sampled_from(OperationSeries),
    st.floats(1, HOUR),
    st.tuples(
        st.sampled_from(KEYS),
        st.one_of(st.booleans(), st.sampled_from([State.RUNNING]), ENDS, st.none()),
    ),
)


@pytest.mark.e2e
@given(st.lists(EVENTS, max_size=30))
@example([UNFINISHED, *FAILS, (KEYS[0], None), HOUR, 1.0])
@example([UNFINISHED, *FAILS, HOUR, 1.0])
@example([FAILED, (KEYS[0], True), (KEYS[0], State.RUNNING), (KEYS[0], State.RUNNING)])
@example([*FAILS, FAILS[1], FAILED, FAILS[1]])
def test_the_pages_are_those_of_the_selected_operations(
    events: list[OperationSeries | float | tuple[OperationKey, bool | State | None]],
) -> None:
    """As if they had been rendered now; all others are counted, and nothing is left behind."""
    now = NOW
    pages, counts = Pages(), Counter[OperationKey]()

    def fold(key: OperationKey, by: int) -> None:
        counts[key] += by

    selected = SelectedSeries(pages, lambda: now, fold)
    store = Store([selected.update], [selected.refresh])
    for event in events:
        match event:
            case OperationSeries():
                selected.setting = event
                asyncio.run(selected.select_anew(store))
            case float():
                now += event
            case (key, bool() as discovered):
                store.watch(watch(key, discovered=discovered))
            case (key, State() as state) if key in store:
                store.put(key, OBSERVED[state], now)
            case (key, None) if key in store:
                store.remove(key)
        selected.expire()
        included = [each for each in store if selected.setting.includes(each, now)]
        fresh = Pages()
        for snapshot in included:
            fresh.update(None, snapshot)
        assert sorted(bytes(pages.plain(b"")).splitlines()) == sorted(
            bytes(fresh.plain(b"")).splitlines()
        )
        assert pages.series == fresh.series
        folded = {each.watch.key for each in store} - {each.watch.key for each in included}
        assert {key: count for key, count in counts.items() if count} == dict.fromkeys(folded, 1)
