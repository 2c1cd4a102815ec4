"""Requests as they are kept: nothing of them is lost."""

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


@given(st.lists(_records, max_size=8))
def test_requests_come_back_as_they_were(records: list[RequestRecord]) -> None:
    """Whatever their ids look like; also after the last one and the first one were removed."""
    packed, failures = PackedRequests(), PackedRequests()
    for record in records:
        packed.append(record)
    assert (len(packed), list(packed)) == (len(records), records)
    if records:
        assert packed.pop() == records.pop()
    if records:
        packed.drop_first(failures)
        first = records.pop(0)
        assert list(failures) == ([first] if first.failure else [])
    assert list(packed) == records


def test_a_duration_is_kept_to_a_tenth_of_a_millisecond() -> None:
    """And up to five days."""
    packed = PackedRequests()
    packed.append(RequestRecord(1.0, "200", 0.012345678, 1e9, 0.26, ""))
    [record] = packed
    assert (record.seconds, record.waited, record.retry_after) == (0.0123, 429496.7294, 0.26)
