"""The last requests for each operation and what they changed, for whoever asks what Azure said."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec import Struct, msgpack
from msgspec.structs import replace

from exporter.azure.client import Exchange
from exporter.model.difference import difference
from exporter.model.operation import OperationKey
from exporter.model.snapshot import Snapshot
from exporter.text import LABEL_LIMIT, public

KEPT = 50  # requests for each operation
FAILURES_KEPT = 20  # of those before them that failed
_MOMENTS = 30  # of a timeline; what comes and goes in between is the first to be left out


class RequestRecord(Struct, frozen=True, array_like=True, gc=False):
    """One request and its outcome, as `exporter.azure.client.Exchange` has it.

    Attributes:
        failure: why it gave nothing; empty where it did not fail.
        changed: what was new then; empty for nothing.
        listed: it was not a request for the operation, but for a list that shows it.
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


class Moment(NamedTuple):
    """A moment of an operation's life: Unix seconds, the state from then on, who says so."""

    at: float
    state: str
    what: str


@dataclass(slots=True)
class _Past:
    """Of one operation; entries are packed, which takes a third of the memory."""

    entries: list[bytes] = field(default_factory=list)
    failures: list[bytes] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    blamed: str = ""

    def add(self, entry: RequestRecord) -> None:
        self.entries.append(_pack(entry))
        if len(self.entries) > KEPT:
            oldest = self.entries.pop(0)
            if _unpack(oldest).failure:
                self.failures.append(oldest)
                del self.failures[:-FAILURES_KEPT]

    def saw(self, moment: Moment) -> None:
        self.moments.append(moment)
        if len(self.moments) > _MOMENTS:
            del self.moments[1]


_pack = msgpack.Encoder().encode
_unpack = msgpack.Decoder(RequestRecord).decode


class History:
    """Remembers exchanges and what changed; what leaves takes its history along."""

    def __init__(self) -> None:
        self._of: dict[OperationKey, _Past] = {}
        # Answers of their own are being read; the id of the first, which has the status.
        self._asked: dict[OperationKey, str] = {}
        self._lists: dict[tuple[str, str], RequestRecord] = {}

    def __getitem__(self, key: OperationKey) -> Sequence[RequestRecord]:
        """The last requests for an operation, the oldest first; failures reach back further."""
        past = self._of.get(key)
        return [_unpack(each) for each in (*past.failures, *past.entries)] if past else []

    def blamed(self, key: OperationKey) -> str:
        """The request id of the answer that first told of the operation's error, where known."""
        return self._of[key].blamed if key in self._of else ""

    def timeline(self, snapshot: Snapshot) -> Sequence[Moment]:
        """What Azure says of when, and what was seen, by time."""
        known = snapshot.operation
        past = self._of.get(snapshot.watch.key)
        moments = list(past.moments) if past else []
        if known and known.created:
            moments.append(Moment(known.created, "", "created, says Azure"))
        if known and known.last_action:
            ended = known.state.value if known.state.finished else ""
            moments.append(Moment(known.last_action, ended, "last action, says Azure"))
        return sorted(moments, key=lambda moment: moment.at)

    def exchanged(self, exchange: Exchange) -> None:
        """A request to Azure has come to its end."""
        key = exchange.key
        if key in self._of:
            entry = _entry(exchange)
            self._of[key].add(entry)
            first = self._asked.get(key)
            self._asked[key] = first or ("" if entry.failure else entry.request_id)
        elif not key.operation:
            self._lists[key.resource, key.api] = replace(_entry(exchange), listed=True)

    def changed(self, before: Snapshot | None, after: Snapshot | None) -> None:
        """A listener of the store: begin and end with the operation, note what is new of it."""
        if before is None and after:
            past = self._of[after.watch.key] = _Past()
            if after.operation and after.last_success:
                moment = Moment(after.last_success, after.operation.state.value, "as saved")
                past.saw(moment)
        elif after is None and before:
            del self._of[before.watch.key]
            self._asked.pop(before.watch.key, None)
        elif before and after:
            self._compare(before, after)

    def _compare(self, before: Snapshot, after: Snapshot) -> None:
        key = after.watch.key
        polled = after.last_success != before.last_success or after.failure is not before.failure
        own, first = key in self._asked, self._asked.get(key)
        if polled:
            self._asked.pop(key, None)
        changed = difference(before, after)
        if not changed or (after.failure and not own):  # while it is paused nobody is asked
            return
        past, known, now = self._of[key], before.operation, after.operation
        if own:
            entry = replace(_unpack(past.entries.pop()), changed=changed)
        else:
            listed = self._lists.get((key.resource, key.api), _NO_LIST)
            entry = replace(listed, at=listed.at or after.last_success or 0.0, changed=changed)
        past.add(entry)
        if now and (known is None or known.state is not now.state):
            past.saw(Moment(entry.at, now.state.value, "first seen" if known is None else "seen"))
        if now and now.fault and (known is None or known.fault != now.fault):
            past.blamed = first or entry.request_id


_NO_LIST = RequestRecord(0.0, "", 0.0, 0.0, None, "", listed=True)


def _entry(exchange: Exchange) -> RequestRecord:
    return RequestRecord(
        exchange.at,
        exchange.status,
        exchange.seconds,
        exchange.waited,
        exchange.retry_after,
        public(exchange.request_id, LABEL_LIMIT),
        exchange.failure.reason if exchange.failure else "",
    )
