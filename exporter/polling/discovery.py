"""Which of the operations in a list are followed here, and when they are dropped."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from exporter.apis.base import Found
from exporter.config.sections import Section
from exporter.model.operation import Operation, OperationKey
from exporter.model.precedence import without_future_times
from exporter.polling.poller import Poller
from exporter.polling.retention import Sweeper
from exporter.polling.selection import OtherShards, Waiting, best


@dataclass
class Discovery:
    """The discovered operations of one API of one resource, updated in each list round.

    Attributes:
        max_operations: how many discovered operations may be followed; an unfinished one is
            followed to its end even if there are more.
        is_configured: whether the configuration names an operation, for any shard.
        dropped: operations that were dropped for others and are still in the list.
        round_keys: the operations in this round of the list.
        cut: whether this round left out operations because of `max_operations`.
    """

    section: Section
    max_operations: int
    poller: Poller
    sweeper: Sweeper
    is_configured: Callable[[OperationKey], bool]
    other_shards: OtherShards = field(default_factory=OtherShards)
    dropped: set[OperationKey] = field(default_factory=set)
    round_keys: set[OperationKey] = field(default_factory=set)
    cut: bool = False
    _waiting: Waiting = field(default_factory=lambda: Waiting(0))
    _room: int = 0

    def last_operation(self, id_: str) -> Operation | None:
        """The latest observation of an operation."""
        key = self._key(id_)
        if key in self.poller.followed:
            return self.poller.store[key].operation
        return self.other_shards.get(key)

    def begin_round(self) -> None:
        """Start a round of the list."""
        self.round_keys, self.cut = set(), False
        self._waiting = Waiting(self.max_operations)
        self._room = self.max_operations - len(self._discovered())

    def take(self, found: Found, now: float) -> None:
        """Take in one operation that the list showed at `now` (Unix seconds)."""
        key = self._key(found.id)
        self.round_keys.add(key)
        operation = without_future_times(found.operation, now)
        if operation is not found.operation:
            found = found._replace(operation=operation)
        if key in self.poller.followed:
            self._observe(key, operation, now)
        elif key in self.other_shards or self.is_configured(key):
            self.other_shards.observe(key, operation)
        elif self.max_operations and not self.sweeper.is_past_retention(key, found.operation):
            self._admit_or_wait(key, found, now)

    def unlist_missing(self) -> None:
        """Request the status of operations that were not in this round of the list."""
        self.poller.listed.keep_only(self.section.key, self.round_keys)

    def end_round(self, now: float) -> None:
        """Finish a round in which the whole list was read, at `now` (Unix seconds)."""
        self.dropped &= self.round_keys
        self.other_shards.keep(
            {
                key
                for key, operation in self.other_shards.items()
                if (key in self.round_keys or operation.state.finished)
                and not self.sweeper.is_past_retention(key, operation)
            }
        )
        self._select(now)
        self.unlist_missing()

    def _key(self, id_: str) -> OperationKey:
        return OperationKey(self.section.resource, self.section.api, id_)

    def _admit_or_wait(self, key: OperationKey, found: Found, now: float) -> None:
        """Follow a new operation at once if there is room, or decide at the end of the round."""
        if key in self.dropped and found.operation.state.finished:
            self.cut = True
        elif self._room > 0:
            self._room -= 1
            self._admit(key, found, now)
        else:
            self._waiting.add(key, found)
            self.cut = True

    def _admit(self, key: OperationKey, found: Found, now: float) -> None:
        if self.section.shard.owns(key):
            target = self.section.settings.target(found.id)
            self.poller.follow(self.section.discovered(target, found.name))
            self._observe(key, found.operation, now)
        else:
            self.other_shards.observe(key, found.operation)

    def _observe(self, key: OperationKey, operation: Operation, now: float) -> None:
        """Take in a followed operation."""
        self.poller.listed.add(key)
        self.poller.observe(key, operation, now)

    def _select(self, now: float) -> None:
        """Follow the best of all; drop the finished ones for which there is no room."""
        self.cut = self._waiting.overflowed or not self.dropped.isdisjoint(self.round_keys)
        if not self._waiting.found and len(self._discovered()) <= self.max_operations:
            return
        discovered = {key: self.last_operation(key.operation) for key in self._discovered()}
        if len(discovered) + len(self._waiting.found) <= self.max_operations:
            selected: AbstractSet[OperationKey] = discovered.keys() | self._waiting.found.keys()
        else:
            # What is not in the list is not the newest, and other shards know nothing of it.
            listed = {key: discovered[key] for key in discovered.keys() & self.round_keys}
            selected = best({**listed, **self._waiting.operations()}, self.max_operations)
        for key, operation in discovered.items():
            if key not in selected and operation and operation.state.finished:
                self._drop(key)
        for key, found in self._waiting.found.items():
            if key in selected:
                self._admit(key, found, now)
            else:
                self.cut = True

    def _drop(self, key: OperationKey) -> None:
        self.dropped.add(key)
        self.cut |= key in self.round_keys
        if key in self.poller.followed:
            self.poller.leave(key)
        else:
            del self.other_shards[key]

    def _discovered(self) -> AbstractSet[OperationKey]:
        """The discovered operations of all shards."""
        of_this_shard = self.poller.followed.discovered_of(self.section.key)
        if not self.other_shards:
            return of_this_shard
        return of_this_shard | {key for key in self.other_shards if not self.is_configured(key)}
