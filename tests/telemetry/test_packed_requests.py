"""Requests as they are kept: nothing of them is lost."""

import tracemalloc
from collections.abc import Iterable
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from exporter.telemetry.packed_requests import PackedRequests, RequestRecord

_durations = st.integers(0, 4_000_000_000).map(lambda ticks: ticks / 10_000)
_ids = st.one_of(
    st.uuids().map(str),
    st.uuids().map(lambda uuid: str(uuid).upper()),
    st.just(str(UUID(int=0))),
    st.uuids().map(lambda uuid: uuid.hex + "----"),
    st.text(max_size=40),
)
_records = st.builds(
    RequestRecord,
    at=st.floats(min_value=0, max_value=4e9),
    status=st.sampled_from(["200", "503", "timeout"]),
    seconds=_durations,
    waited=_durations,
    retry_after=st.none() | _durations,
    request_id=_ids,
    failure=st.text(),
    changed=st.text(),
    listed=st.booleans(),
)


@given(st.lists(_records, max_size=12), st.integers(1, 12))
def test_requests_come_back_as_they_were(records: list[RequestRecord], limit: int) -> None:
    """Whatever their ids look like; of those that made room the failures, and then one more."""
    packed, failures = PackedRequests(limit), PackedRequests(2)
    for record in records:
        packed.append(record, failures)
    left, kept = records[:-limit], records[-limit:]
    assert (len(packed), list(packed)) == (len(kept), kept)
    assert list(failures) == [record for record in left if record.failure][-2:]
    if kept:
        assert packed.pop() == kept[-1]
        assert list(packed) == kept[:-1]
        packed.append(records[0])
        assert list(packed) == [*kept[:-1], records[0]]


def test_operations_whose_requests_come_in_turn_soon_have_all_their_memory() -> None:
    """After nine requests the memory does not grow any more."""
    tracemalloc.start()
    try:
        operations = [PackedRequests(50) for _ in range(100)]
        used = [_used_after_one_more(operations) for _ in range(70)]
    finally:
        tracemalloc.stop()
    assert max(used[9:]) - used[9] < 10_000
    assert used[7] < used[9] / 3  # most operations never have more


def _used_after_one_more(operations: Iterable[PackedRequests]) -> int:
    for operation in operations:
        operation.append(RequestRecord(1.0, "200", 0.1, 0.1, None, ""))
    return tracemalloc.get_traced_memory()[0]


def test_a_duration_is_kept_to_a_tenth_of_a_millisecond() -> None:
    """And up to five days."""
    packed = PackedRequests(1)
    packed.append(RequestRecord(1.0, "200", 0.012345678, 1e9, 0.26, ""))
    [record] = packed
    assert (record.seconds, record.waited, record.retry_after) == (0.0123, 429496.7294, 0.26)
