"""What a checkpoint holds."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from exporter.checkpoint.saved import Saved
from exporter.model.departed import Departed
from exporter.model.operation import OperationKey


class Counter(NamedTuple):
    """One series of a counter that continues after a restart."""

    name: str
    labels: tuple[tuple[str, str], ...]
    value: float


@dataclass(frozen=True)
class Contents:
    """The content of a checkpoint, or changes to it.

    Attributes:
        operations: those that changed; None for a removed one.
        departed: what is remembered of operations that were dropped; None for a removed one.
        counters: all of them.
        accounts: the lists of accounts, encoded, by what was read; all of them.
        today: the charges of the day, encoded; empty if they are not known.
    """

    operations: Mapping[OperationKey, Saved | None] = field(default_factory=dict)
    departed: Mapping[OperationKey, Departed | None] = field(default_factory=dict)
    counters: Iterable[Counter] = ()
    accounts: Mapping[str, bytes] = field(default_factory=dict)
    today: bytes = b""

    def departed_operations(self) -> Iterator[tuple[OperationKey, Departed]]:
        """What is remembered of all operations: any of them may not be followed after a restart."""
        for key, saved in self.operations.items():
            if saved and (departed := saved.departed()):
                yield key, departed
        for key, departed in self.departed.items():
            if departed:
                yield key, departed
