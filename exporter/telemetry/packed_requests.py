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
_TICKS = 10_000  # of a duration in a second
_NONE = 2**32 - 1  # ticks that stand for no duration
_pack = _NUMBERS.pack


class PackedRequests:
    """A sequence of requests: 36 bytes for each, and one object for all equal words.

    Durations are kept to a tenth of a millisecond, up to five days.
    """

    __slots__ = ("_numbers", "_words")

    def __init__(self) -> None:
        self._numbers = bytearray()
        self._words: list[_Words] = []

    def __len__(self) -> int:
        return len(self._words)

    def __iter__(self) -> Iterator[RequestRecord]:
        for numbers, words in zip(_NUMBERS.iter_unpack(self._numbers), self._words, strict=True):
            yield _record(numbers, words)

    def append(self, record: RequestRecord) -> None:
        id_ = record.request_id
        uuid = bytes.fromhex(id_.replace("-", "")) if is_uuid(id_) and id_ != _NIL else b""
        seconds, waited = _ticks(record.seconds), _ticks(record.waited)
        retry_after = _NONE if record.retry_after is None else _ticks(record.retry_after)
        self._numbers += _pack(record.at, seconds, waited, retry_after, uuid)
        other_id = "" if uuid else id_
        words = _shared(record.status, other_id, record.failure, record.changed, record.listed)
        self._words.append(words)

    def pop(self) -> RequestRecord:
        """Remove the last record and return it."""
        words = self._words.pop()
        record = _record(_NUMBERS.unpack_from(self._numbers, -_NUMBERS.size), words)
        del self._numbers[-_NUMBERS.size :]
        return record

    def drop_first(self, failures: "PackedRequests | None" = None) -> None:
        """Remove the first record; one of a failure is appended to `failures`, where given."""
        words = self._words.pop(0)
        if failures is not None and words.failure:
            failures._numbers += self._numbers[: _NUMBERS.size]  # noqa: SLF001
            failures._words.append(words)  # noqa: SLF001
        del self._numbers[: _NUMBERS.size]


def _ticks(seconds: float) -> int:
    return min(round(seconds * _TICKS), _NONE - 1)


def _record(numbers: tuple[float, int, int, int, bytes], words: _Words) -> RequestRecord:
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
