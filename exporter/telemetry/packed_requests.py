"""Requests as they are kept: packed, because each operation keeps up to seventy of them."""

from collections.abc import Iterator
from functools import lru_cache
from struct import Struct as Layout
from uuid import UUID

from msgspec import Struct

from exporter.text import is_uuid


class RequestRecord(Struct, frozen=True, array_like=True, gc=False):
    """One request and its outcome; fields as in `exporter.azure.client.Exchange`.

    Attributes:
        failure: why it failed; empty if it did not fail.
        changed: what it changed; empty for nothing.
        listed: whether the request was for a list that shows the operation.
    """

    at: float
    status: str
    seconds: float
    waited: float
    retry_after: float | None
    request_id: str
    failure: str = ""
    changed: str = ""
    listed: bool = False


class _Words(Struct, frozen=True, gc=False):
    """What most requests have in common with others.

    Attributes:
        request_id: an id that is no UUID; empty otherwise.
    """

    status: str
    request_id: str
    failure: str
    changed: str
    listed: bool


_NIL = str(UUID(int=0))  # stands for no UUID
_shared = lru_cache(512)(_Words)
_NUMBERS = Layout("<d3I16s")  # at, seconds, waited, retry_after, request id (0: no UUID)
_Numbers = tuple[float, int, int, int, bytes]
_FEW = 8  # requests; most operations that are over when they are found never have more
_NO_WORDS = _Words("", "", "", "", listed=False)  # where no request is yet
_TICKS = 10_000  # of a duration in a second
_NONE = 2**32 - 1  # ticks that stand for no duration


class PackedRequests:
    """The last requests: 36 bytes for each, and one object for all equal words.

    Durations are kept to a tenth of a millisecond, up to five days.

    Args:
        limit: number of requests; beyond it the oldest one makes room.
    """

    __slots__ = ("_count", "_first", "_limit", "_numbers", "_words")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._numbers = bytearray()  # a ring, as are the words
        self._words: list[_Words] = []
        self._first = self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[RequestRecord]:
        return (_record(*self._at(index)) for index in range(self._count))

    def append(self, record: RequestRecord, failures: "PackedRequests | None" = None) -> None:
        """Add a record; if the oldest one makes room and failed, it is added to `failures`."""
        id_ = record.request_id
        uuid = bytes.fromhex(id_.replace("-", "")) if is_uuid(id_) and id_ != _NIL else b""
        seconds, waited = _ticks(record.seconds), _ticks(record.waited)
        retry_after = _NONE if record.retry_after is None else _ticks(record.retry_after)
        other_id = "" if uuid else id_
        words = _shared(record.status, other_id, record.failure, record.changed, record.listed)
        self._put((record.at, seconds, waited, retry_after, uuid), words, failures)

    def pop(self) -> RequestRecord:
        """Remove the last record and return it."""
        self._count -= 1
        return _record(*self._at(self._count))

    def _put(self, numbers: _Numbers, words: _Words, failures: "PackedRequests | None") -> None:
        if self._count == self._limit:
            self._drop_first(failures)
        elif self._count == len(self._words):
            self._make_room()
        place = self._place(self._count)
        _NUMBERS.pack_into(self._numbers, place * _NUMBERS.size, *numbers)
        self._words[place] = words
        self._count += 1

    def _drop_first(self, failures: "PackedRequests | None") -> None:
        numbers, words = self._at(0)
        if failures is not None and words.failure:
            failures._put(numbers, words, None)  # noqa: SLF001
        self._first = self._place(1)
        self._count -= 1

    def _make_room(self) -> None:
        """Make room for a few, then for all.

        Thousands of operations that need more memory with each request would leave gaps in it, and
        the memory would grow until each has had its last requests.
        """
        room = self._limit if self._words else min(self._limit, _FEW)
        self._numbers += bytes(room * _NUMBERS.size - len(self._numbers))
        self._words += [_NO_WORDS] * (room - len(self._words))

    def _at(self, index: int) -> tuple[_Numbers, _Words]:
        place = self._place(index)
        return _NUMBERS.unpack_from(self._numbers, place * _NUMBERS.size), self._words[place]

    def _place(self, index: int) -> int:
        return (self._first + index) % len(self._words)


def _ticks(seconds: float) -> int:
    return min(round(seconds * _TICKS), _NONE - 1)


def _record(numbers: _Numbers, words: _Words) -> RequestRecord:
    at, seconds, waited, retry_after, uuid = numbers
    return RequestRecord(
        at,
        words.status,
        seconds / _TICKS,
        waited / _TICKS,
        None if retry_after == _NONE else retry_after / _TICKS,
        str(UUID(bytes=uuid)) if any(uuid) else words.request_id,
        words.failure,
        words.changed,
        words.listed,
    )
