"""What is remembered of operations that were dropped, because they may come back.

A charge is counted once, and an end is seen once, however often an operation comes and goes.
"""

from collections.abc import Callable, Container, Iterator, Mapping

from msgspec import Struct, structs

from exporter.model.operation import Amounts, Number, Operation, OperationKey
from exporter.model.precedence import begins_anew
from exporter.model.prices import Cost
from exporter.model.quantities import Amount

LIMIT = 20_000  # operations; some 600 bytes each


class Departed(Struct, frozen=True, gc=False):
    """A dropped operation. Times are Unix seconds.

    Attributes:
        created: Azure's time; tells the operation from a later one with the same id.
        finished_at: when it ended: when it was first seen finished, or Azure's time before that.
        charged: the highest value of each amount.
        cost: the estimate so far.
    """

    created: float | None
    finished_at: float | None
    charged: dict[Amount, Number]
    cost: Cost | None = None

    @classmethod
    def of(
        cls,
        operation: Operation,
        finished_at: float | None,
        charged: Amounts,
        cost: Cost | None = None,
    ) -> "Departed":
        """What is remembered of this operation."""
        if finished_at is not None:
            finished_at = min(finished_at, operation.last_action or finished_at)
        return cls(operation.created, finished_at, dict(charged), cost)

    def is_another(self, operation: Operation) -> bool:
        """Whether `operation` got the same id later."""
        return begins_anew(self.created, operation.created)


class DepartedOperations(Mapping[OperationKey, Departed]):
    """The dropped operations, at most `limit`; the longest dropped ones are forgotten first."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._operations: dict[OperationKey, Departed] = {}
        self._changed: Callable[[OperationKey], None] = lambda _: None

    def __getitem__(self, key: OperationKey) -> Departed:
        return self._operations[key]

    def __contains__(self, key: object) -> bool:
        return key in self._operations  # Mapping's own takes ten times as long

    def __iter__(self) -> Iterator[OperationKey]:
        return iter(self._operations)

    def __len__(self) -> int:
        return len(self._operations)

    def listen(self, changed: Callable[[OperationKey], None]) -> None:
        """Call `changed` with each key that is added or removed."""
        self._changed = changed

    def add(self, key: OperationKey, departed: Departed) -> None:
        """Remember a dropped operation."""
        self._operations[key] = departed
        self._changed(key)
        if len(self._operations) > self._limit:
            self.discard(next(iter(self._operations)))

    def discard(self, key: OperationKey) -> None:
        """Forget an operation."""
        if self._operations.pop(key, None):
            self._changed(key)

    def keep(self, sections: Container[tuple[str, str]]) -> None:
        """Forget operations of other sections (resource, API): their counters begin anew."""
        for key in [key for key in self._operations if key[:2] not in sections]:
            self.discard(key)

    def returned(self, key: OperationKey, operation: Operation) -> Departed | None:
        """Take out what is remembered of an operation that is followed again, if it is the same."""
        departed = self._operations.get(key)
        if departed is None:
            return None
        self.discard(key)
        return None if departed.is_another(operation) else departed

    def shift(self, by: float) -> None:
        """Adapt to a clock that was changed `by` seconds."""
        for key, departed in self._operations.items():
            if departed.finished_at is not None:
                later = departed.finished_at + by
                self._operations[key] = structs.replace(departed, finished_at=later)
