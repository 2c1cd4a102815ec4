"""Which operations of a list are followed where `max_operations` leaves some out."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from heapq import nlargest

from exporter.apis.base import Found
from exporter.model.operation import Operation, OperationKey
from exporter.model.precedence import newest
from exporter.model.trouble import ended_badly

Rank = tuple[bool, bool, float]


def rank(operation: Operation | None) -> Rank:
    """The greater, the rather it is followed: unfinished, then ended badly, then the newest."""
    if operation is None:
        return True, False, 0.0
    if not operation.state.finished:
        return True, False, operation.created or 0.0
    return False, ended_badly(operation), operation.last_action or operation.created or 0.0


def best(
    operations: Mapping[OperationKey, Operation | None], count: int
) -> AbstractSet[OperationKey]:
    """The keys of the `count` operations with the greatest rank."""
    if len(operations) <= count:
        return operations.keys()
    return set(nlargest(count, operations, key=lambda key: (rank(operations[key]), key)))


class Waiting:
    """The operations of a round that are followed if there is room at its end; bounded."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.found: dict[OperationKey, Found] = {}
        self.overflowed = False

    def add(self, key: OperationKey, found: Found) -> None:
        """Add an operation; of twice as many as can be followed only the best stay."""
        self.found[key] = found
        if len(self.found) > 2 * self._limit:
            self.overflowed = True
            kept = best(self.operations(), self._limit)
            self.found = {key: self.found[key] for key in kept}

    def operations(self) -> Mapping[OperationKey, Operation]:
        """All of them, as the list has them."""
        return {key: found.operation for key, found in self.found.items()}


class OtherShards(dict[OperationKey, Operation]):
    """The operations that other shards follow, as the list has them.

    They count towards `max_operations`, so that all shards select the same operations.
    """

    def observe(self, key: OperationKey, operation: Operation) -> None:
        """Store what the list shows, by the rules of this shard's own operations."""
        earlier = self.get(key)
        self[key] = newest(earlier, operation)[0] if earlier else operation

    def keep(self, keys: AbstractSet[OperationKey]) -> None:
        """Forget all others; the other shards do not report what they drop."""
        for key in self.keys() - keys:
            del self[key]
