"""Pure: converts the facts of version 0.1.0 to the current format."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec import Struct, msgpack

from exporter.checkpoint.saved import Facts
from exporter.model.operation import Counts, Document, Fault, Number, Operation, State
from exporter.model.quantities import Amount, Counted

FORMAT = 1


@dataclass
class _Operation:
    """An operation with a field for each count and amount."""

    state: State
    word: str
    created: float | None = None
    last_action: float | None = None
    progress: float | None = None
    characters_charged: int | None = None
    images_charged: int | None = None
    image_scans: dict[State, int] | None = None
    counts: dict[State, int] | None = None
    submitted: int | None = None
    outputs: dict[State, int] | None = None
    billed_seconds: int | None = None
    fault: Fault | None = None
    documents: dict[str, Document] = field(default_factory=dict)
    unreadable: frozenset[str] | None = None
    incomplete: str = ""


class _Facts(Struct, frozen=True, kw_only=True):
    """The facts of an operation; `charged` are characters."""

    endpoint: str
    discovered: bool
    settled: bool
    name: str
    operation: _Operation | None
    stale: bool
    charged: int
    up: bool | None
    last_success: float | None
    last_change: float | None
    finished_at: float | None
    first_progress: tuple[float, float] | None
    estimated_completion: float | None
    incomplete: str
    unreadable_since: dict[str, float]
    documents: int


_decode = msgpack.Decoder(_Facts).decode


def upgraded(facts: bytes) -> Facts:
    """The facts in the current format.

    Raises:
        ValueError: they are not facts of version 0.1.0.
    """
    old = _decode(facts)
    return Facts(
        endpoint=old.endpoint,
        settled=old.settled,
        name=old.name,
        operation=_operation(old.operation) if old.operation else None,
        stale=old.stale,
        charged=_without_none({Amount.CHARACTERS_CHARGED: old.charged or None}),
        up=old.up,
        last_success=old.last_success,
        last_change=old.last_change,
        finished_at=old.finished_at,
        first_progress=old.first_progress,
        estimated_completion=old.estimated_completion,
        incomplete=old.incomplete,
        unreadable_since=old.unreadable_since,
        documents=old.documents,
    )


def _operation(old: _Operation) -> Operation:
    counts: Counts = {
        counted: by_state
        for counted, by_state in {
            Counted.DOCUMENTS: old.counts,
            Counted.IMAGE_SCANS: old.image_scans,
            Counted.OUTPUTS: old.outputs,
        }.items()
        if by_state is not None
    }
    return Operation(
        state=old.state,
        word=old.word,
        created=old.created,
        last_action=old.last_action,
        progress=old.progress,
        counts=counts,
        submitted={} if old.submitted is None else {Counted.DOCUMENTS: old.submitted},
        amounts=_without_none(
            {
                Amount.CHARACTERS_CHARGED: old.characters_charged,
                Amount.IMAGES_CHARGED: old.images_charged,
                Amount.BILLED_DURATION_SECONDS: old.billed_seconds,
            }
        ),
        fault=old.fault,
    )


def _without_none(amounts: Mapping[Amount, int | None]) -> dict[Amount, Number]:
    return {amount: value for amount, value in amounts.items() if value is not None}
