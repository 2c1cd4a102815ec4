"""Which operations the lists show, so that nobody asks for the status of these."""

import asyncio
from collections.abc import Set as AbstractSet

from exporter.model.operation import OperationKey


class ListedOperations:
    """The operations that lists show now, and whether each list was read for the first time.

    A list is named by its resource and API.
    """

    def __init__(self) -> None:
        self._keys: set[OperationKey] = set()
        self._first_rounds: dict[tuple[str, str], asyncio.Event] = {}

    def __contains__(self, key: OperationKey) -> bool:
        return key in self._keys

    def add(self, key: OperationKey) -> None:
        """A list shows the operation."""
        self._keys.add(key)

    def discard(self, key: OperationKey) -> None:
        """The operation is not followed any more."""
        self._keys.discard(key)

    def keep_only(self, place: tuple[str, str], shown: AbstractSet[OperationKey]) -> None:
        """Of this list's operations it shows no others now: their status has to be asked for."""
        self._keys -= {key for key in self._keys if key[:2] == place and key not in shown}

    def begin(self, place: tuple[str, str]) -> None:
        """A list is read from now on."""
        self._first_rounds[place] = asyncio.Event()

    def round_done(self, place: tuple[str, str]) -> None:
        """A list was read, or its reading has failed."""
        self._first_rounds[place].set()

    def end(self, place: tuple[str, str]) -> None:
        """A list is not read any more, so nobody need wait for it."""
        first_round = self._first_rounds.pop(place, None)
        if first_round:
            first_round.set()

    async def first_round(self, key: OperationKey) -> None:
        """Wait until the list that may show the operation was read once, where there is one."""
        first_round = self._first_rounds.get(key[:2])
        if first_round:
            await first_round.wait()
