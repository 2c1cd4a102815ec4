"""Which operations are in lists now, so that their status is not requested again."""

import asyncio
from collections.abc import Callable
from collections.abc import Set as AbstractSet

from exporter.model.operation import OperationKey


class ListedOperations:
    """The operations in lists, and whether each list was read at least once.

    A list is identified by its resource and API.
    """

    def __init__(self) -> None:
        self._keys: dict[tuple[str, str], set[OperationKey]] = {}  # by list
        self._whole: set[tuple[str, str]] = set()  # lists whose latest round read all of them
        self._unlisted: Callable[[OperationKey], None] = lambda _: None
        self._first_rounds: dict[tuple[str, str], asyncio.Event] = {}

    def __contains__(self, key: OperationKey) -> bool:
        return key in self._keys.get(key[:2], ())

    def listen(self, unlisted: Callable[[OperationKey], None]) -> None:
        """Call `unlisted` with each operation that is not in its list any more."""
        self._unlisted = unlisted

    def add(self, key: OperationKey) -> None:
        """The operation is in a list."""
        keys = self._keys.get(key[:2])
        if keys is None:
            keys = self._keys[key[:2]] = set()
        keys.add(key)

    def discard(self, key: OperationKey) -> None:
        """The operation is not followed any more."""
        keys = self._keys.get(key[:2], set())
        keys.discard(key)
        if not keys:
            self._keys.pop(key[:2], None)

    def keep_only(self, section_key: tuple[str, str], keys: AbstractSet[OperationKey]) -> None:
        """Of this list keep these operations only; for all others the status is requested."""
        for key in self._keys.get(section_key, set()) - keys:
            self.discard(key)
            self._unlisted(key)

    def begin(self, section_key: tuple[str, str]) -> None:
        """A list will be read from now on."""
        self._first_rounds[section_key] = asyncio.Event()

    def is_absent(self, key: OperationKey) -> bool:
        """Whether its list could be read, and the operation is not in it."""
        return key not in self and key[:2] in self._whole

    def round_done(self, section_key: tuple[str, str], *, whole: bool) -> None:
        """A round of a list has ended; `whole`: the list was read to its end."""
        if whole:
            self._whole.add(section_key)
        else:
            self._whole.discard(section_key)
        self._first_rounds[section_key].set()

    def end(self, section_key: tuple[str, str]) -> None:
        """A list is not read any more: release all that wait for it."""
        self._whole.discard(section_key)
        first_round = self._first_rounds.pop(section_key, None)
        if first_round:
            first_round.set()

    async def first_round(self, key: OperationKey) -> None:
        """Wait until the operation's list, if it has one, was read once."""
        first_round = self._first_rounds.get(key[:2])
        if first_round:
            await first_round.wait()
