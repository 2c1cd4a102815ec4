"""The last requests for each operation, for whoever asks what Azure said."""

from collections import deque
from collections.abc import Sequence

from exporter.azure.client import Exchange
from exporter.model import Key
from exporter.snapshot import Snapshot

KEPT = 50  # requests for each operation


class History:
    """Remembers exchanges; what leaves takes its history along."""

    def __init__(self) -> None:
        self._of: dict[Key, deque[Exchange]] = {}

    def __getitem__(self, key: Key) -> Sequence[Exchange]:
        """The last exchanges for an operation, the oldest first."""
        return tuple(self._of.get(key, ()))

    def exchanged(self, exchange: Exchange) -> None:
        """A request to Azure has come to its end."""
        if exchange.key in self._of:
            self._of[exchange.key].append(exchange)

    def changed(self, before: Snapshot | None, after: Snapshot | None) -> None:
        """A listener of the store: begin and end with the operation."""
        if before is None and after:
            self._of[after.watch.key] = deque(maxlen=KEPT)
        elif after is None and before:
            del self._of[before.watch.key]
