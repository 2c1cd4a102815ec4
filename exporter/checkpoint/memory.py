"""The operations of the checkpoint at the start, until they are polled again."""

from collections.abc import Mapping, Sequence

from exporter.checkpoint.saved import Saved
from exporter.model.operation import OperationKey


class Memory:
    """The operations of a checkpoint; each is taken once."""

    def __init__(self, operations: Mapping[OperationKey, Saved | None]) -> None:
        self._operations = dict(operations)

    def remaining(self) -> Sequence[OperationKey]:
        """The operations that were not taken yet."""
        return list(self._operations)

    def take(self, key: OperationKey, endpoint: str | None) -> Saved | None:
        """The saved operation; None if there is none or its resource has another endpoint now."""
        saved = self._operations.pop(key, None)
        return saved if saved and saved.facts.endpoint == endpoint else None
