"""What a checkpoint held at the start, until the operations are followed again."""

from collections.abc import Mapping, Sequence

from exporter.checkpoint.saved import Saved
from exporter.model.operation import OperationKey


class Memory:
    """The operations of a checkpoint; each is taken once."""

    def __init__(self, operations: Mapping[OperationKey, Saved | None]) -> None:
        self._operations = dict(operations)

    def discovered(self) -> Sequence[OperationKey]:
        """Those that no configuration named."""
        return [
            key
            for key, saved in self._operations.items()
            if saved is not None and saved.facts.discovered
        ]

    def take(self, key: OperationKey, endpoint: str | None) -> Saved | None:
        """What was kept of an operation; None if its resource has another endpoint now, or none."""
        saved = self._operations.pop(key, None)
        return saved if saved and saved.facts.endpoint == endpoint else None
