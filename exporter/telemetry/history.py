"""The last requests for each operation, with their outcomes and the changes that they showed."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import NamedTuple

from msgspec.structs import replace

from exporter.azure.exchange import Exchange
from exporter.model.difference import difference
from exporter.model.operation import OperationKey
from exporter.model.snapshot import Snapshot
from exporter.telemetry.packed_requests import PackedRequests, RequestRecord

REQUESTS_KEPT = 50  # for each operation
FAILURES_KEPT = 20  # failed requests before those, for each operation
_MOMENTS_KEPT = 30  # of a timeline: the first one and the latest


class Moment(NamedTuple):
    """A moment in an operation's life: Unix seconds, the state from then on, its source."""

    at: float
    state: str
    what: str


class _Moments:
    """The first moment and the latest ones; times apart from words, which all operations share."""

    __slots__ = ("_times", "_words")

    def __init__(self) -> None:
        self._times = array("d")
        self._words: list[tuple[str, str]] = []

    def add(self, at: float, state: str, what: str) -> None:
        self._times.append(at)
        self._words.append(_shared(state, what))
        if len(self._times) > _MOMENTS_KEPT:
            del self._times[1], self._words[1]

    def __iter__(self) -> Iterator[Moment]:
        for at, (state, what) in zip(self._times, self._words, strict=True):
            yield Moment(at, state, what)


@cache
def _shared(state: str, what: str) -> tuple[str, str]:
    return state, what


@dataclass(slots=True)
class _OperationHistory:
    """The history of one operation."""

    entries: PackedRequests = field(default_factory=partial(PackedRequests, REQUESTS_KEPT))
    failures: PackedRequests = field(default_factory=partial(PackedRequests, FAILURES_KEPT))
    moments: _Moments = field(default_factory=_Moments)
    error_request_id: str = ""

    def add(self, entry: RequestRecord) -> None:
        self.entries.append(entry, self.failures)


class History:
    """The history of all watched operations."""

    def __init__(self) -> None:
        self._by_key: dict[OperationKey, _OperationHistory] = {}
        # The operations with requests of their own in the current poll; the id of the first one,
        # which reads the status.
        self._first_request_ids: dict[OperationKey, str] = {}
        self._list_requests: dict[tuple[str, str], RequestRecord] = {}

    def __getitem__(self, key: OperationKey) -> Sequence[RequestRecord]:
        """The last requests for an operation, the oldest first, with older failures before them."""
        history = self._by_key.get(key)
        if history is None:
            return []
        return [*history.failures, *history.entries]

    def error_request_id(self, key: OperationKey) -> str:
        """The request id of the first answer with the operation's error; empty if unknown."""
        return self._by_key[key].error_request_id if key in self._by_key else ""

    def timeline(self, snapshot: Snapshot) -> Sequence[Moment]:
        """Azure's own times of the operation and the observed changes of state, by time."""
        operation = snapshot.operation
        history = self._by_key.get(snapshot.watch.key)
        moments = list(history.moments) if history else []
        if operation and operation.created:
            moments.append(Moment(operation.created, "", "created (Azure)"))
        if operation and operation.started:
            moments.append(Moment(operation.started, "", "work started (Azure)"))
        if operation and operation.last_action:
            state = operation.state.value if operation.state.finished else ""
            moments.append(Moment(operation.last_action, state, "last action (Azure)"))
        return sorted(moments, key=lambda moment: moment.at)

    def exchanged(self, exchange: Exchange) -> None:
        """A request to Azure has ended."""
        key = exchange.key
        if key in self._by_key:
            entry = _entry(exchange)
            self._by_key[key].add(entry)
            first = self._first_request_ids.get(key)
            self._first_request_ids[key] = first or ("" if entry.failure else entry.request_id)
        elif not key.operation:
            self._list_requests[key.resource, key.api] = replace(_entry(exchange), listed=True)

    def changed(self, before: Snapshot | None, after: Snapshot | None) -> None:
        """A listener of the store: add or remove the operation, or record its change."""
        if before is None and after:
            history = self._by_key[after.watch.key] = _OperationHistory()
            if after.operation and after.last_success:
                history.moments.add(
                    after.last_success, after.operation.state.value, "restored from state_file"
                )
        elif after is None and before:
            del self._by_key[before.watch.key]
            self._first_request_ids.pop(before.watch.key, None)
        elif before and after:
            self._record_change(before, after)

    def refreshed(self, after: Snapshot) -> None:
        """A listener to refreshes of the store: the requests of this poll changed nothing."""
        self._first_request_ids.pop(after.watch.key, None)

    def _record_change(self, before: Snapshot, after: Snapshot) -> None:
        key = after.watch.key
        polled = after.last_success != before.last_success or after.failure is not before.failure
        own_request, first_id = key in self._first_request_ids, self._first_request_ids.get(key)
        if polled:
            self._first_request_ids.pop(key, None)
        changed = difference(before, after)
        if not changed or (after.failure and not own_request):  # no request was sent
            return
        history, earlier, later = self._by_key[key], before.operation, after.operation
        if own_request:
            entry = replace(history.entries.pop(), changed=changed)
        else:
            listed = self._list_requests.get((key.resource, key.api), _NO_LIST)
            entry = replace(listed, at=listed.at or after.last_success or 0.0, changed=changed)
        history.add(entry)
        if later and (earlier is None or earlier.state is not later.state):
            what = "first seen" if earlier is None else "seen"
            history.moments.add(entry.at, later.state.value, what)
        if later and later.fault and (earlier is None or earlier.fault != later.fault):
            history.error_request_id = first_id or entry.request_id


_NO_LIST = RequestRecord(0.0, "", 0.0, 0.0, None, "", listed=True)


def _entry(exchange: Exchange) -> RequestRecord:
    return RequestRecord(
        exchange.at,
        exchange.status,
        exchange.seconds,
        exchange.waited,
        exchange.retry_after,
        exchange.request_id,
        exchange.failure.reason if exchange.failure else "",
    )
