"""Pure: converts a snapshot to its saved form, and back."""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct, msgpack
from msgspec.structs import replace

from exporter.model.departed import Departed
from exporter.model.documents import Documents, packed, unpacked
from exporter.model.operation import Number, Operation
from exporter.model.prices import Cost
from exporter.model.quantities import Amount
from exporter.model.snapshot import Snapshot, Watch

FORMAT = 2  # of Facts, Operation and Document; a file with an unknown format is set aside


class Facts(Struct, frozen=True, kw_only=True):
    """The saved form of an operation without its documents; times are Unix seconds.

    Attributes:
        endpoint: of its resource; with another endpoint it would be another operation.
        settled: as in `exporter.polling.poller`.
        documents: number of documents, to detect missing ones.
    """

    endpoint: str
    settled: bool
    name: str
    operation: Operation | None
    stale: bool
    charged: dict[Amount, Number]
    up: bool | None
    last_success: float | None
    last_change: float | None
    finished_at: float | None
    first_progress: tuple[float, float] | None
    estimated_completion: float | None
    incomplete: str
    unreadable_since: dict[str, float]
    documents: int
    watched_to_end: bool = False
    cost: Cost | None = None


class Saved(NamedTuple):
    """A saved operation, with documents packed by `exporter.model.documents`."""

    facts: Facts
    chunks: Sequence[bytes]

    @property
    def whole(self) -> bool:
        """Whether no document is missing; raises ValueError if a chunk is not valid."""
        return sum(len(unpacked(chunk)) for chunk in self.chunks) == self.facts.documents

    def departed(self) -> Departed | None:
        """What is remembered of the operation if it is not followed; None: nothing is known."""
        facts = self.facts
        if facts.operation is None:
            return None
        return Departed.of(facts.operation, facts.finished_at, facts.charged, facts.cost)

    def snapshot(self, watch: Watch) -> Snapshot:
        """The saved snapshot, for an operation as it is watched now."""
        facts = self.facts
        documents = Documents(tuple(self.chunks), facts.documents)
        return Snapshot(
            watch=watch,
            operation=replace(facts.operation, documents=documents) if facts.operation else None,
            stale=facts.stale,
            charged=facts.charged,
            up=facts.up,
            last_success=facts.last_success,
            last_change=facts.last_change,
            finished_at=facts.finished_at,
            watched_to_end=facts.watched_to_end,
            first_progress=facts.first_progress,
            estimated_completion=facts.estimated_completion,
            incomplete=facts.incomplete,
            unreadable_since=facts.unreadable_since,
            cost=facts.cost,
        )


def saved(snapshot: Snapshot, *, endpoint: str, settled: bool) -> Saved:
    """The saved form: without what is configured, and without the latest failure."""
    operation = snapshot.operation
    facts = Facts(
        endpoint=endpoint,
        settled=settled,
        name=snapshot.watch.name,
        operation=replace(operation, documents={}) if operation else None,
        stale=snapshot.stale,
        charged=dict(snapshot.charged),
        up=snapshot.up,
        last_success=snapshot.last_success,
        last_change=snapshot.last_change,
        finished_at=snapshot.finished_at,
        watched_to_end=snapshot.watched_to_end,
        first_progress=snapshot.first_progress,
        estimated_completion=snapshot.estimated_completion,
        incomplete=snapshot.incomplete,
        unreadable_since=dict(snapshot.unreadable_since),
        cost=snapshot.cost,
        documents=len(operation.documents) if operation else 0,
    )
    return Saved(facts, packed(operation.documents).chunks if operation else ())


encode = msgpack.Encoder().encode
decode = msgpack.Decoder(Facts).decode
decode_departed = msgpack.Decoder(Departed).decode
