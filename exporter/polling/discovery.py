"""Which of the operations in a list are followed here, and when they are dropped."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from exporter.apis.base import Found
from exporter.config.sections import Section
from exporter.model.operation import Operation, OperationKey
from exporter.polling.poller import Poller
from exporter.polling.retention import Sweeper


@dataclass
class Discovery:
    """The discovered operations of one API of one resource, updated in each list round.

    Attributes:
        max_operations: how many discovered operations may be followed.
        is_configured: whether the configuration names an operation, for any shard.
        clock: Unix seconds.
        other_shards: operations of other shards, as the list has them. They count towards
            `max_operations`, so that all shards select the same newest operations.
        dropped: operations that were dropped for newer ones and are still in the list.
        round_keys: the operations in this round of the list.
        newest: the discovered ones of them, at most `max_operations`.
    """

    section: Section
    max_operations: int
    poller: Poller
    sweeper: Sweeper
    is_configured: Callable[[OperationKey], bool]
    clock: Callable[[], float]
    other_shards: dict[OperationKey, Operation] = field(default_factory=dict)
    dropped: set[OperationKey] = field(default_factory=set)
    round_keys: set[OperationKey] = field(default_factory=set)
    newest: set[OperationKey] = field(default_factory=set)

    def last_operation(self, id_: str) -> Operation | None:
        """The latest observation of an operation."""
        key = self._key(id_)
        if key in self.poller.followed:
            return self.poller.store[key].operation
        return self.other_shards.get(key)

    def begin_round(self) -> None:
        """Start a round of the list."""
        self.round_keys, self.newest = set(), set()

    def take(self, found: Found) -> bool:
        """Take in one operation of the list.

        Returns whether it was left out because of `max_operations`.
        """
        key = self._key(found.target.id)
        self.round_keys.add(key)
        configured, own = self.is_configured(key), self.section.shard.owns(key)
        if not configured and key not in self.poller.followed and key not in self.other_shards:
            if self.sweeper.is_past_retention(found.operation, self.clock()):
                return False
            if len(self.newest) >= self.max_operations or key in self.dropped:
                return self.max_operations > 0
            if own:
                self.poller.follow(self.section.discovered(found.target, found.name))
        if not configured and len(self.newest) < self.max_operations:
            self.newest.add(key)  # Azure's lists begin with the newest
        if own:
            self.poller.listed.add(key)
            self.poller.store.put(key, found.operation, self.clock())
        else:
            self.other_shards[key] = found.operation
        return False

    def unlist_missing(self) -> None:
        """Request the status of operations that were not in this round of the list."""
        self.poller.listed.keep_only(self.section.key, self.round_keys)

    def end_round(self) -> None:
        """Finish a round in which the whole list was read."""
        self.dropped &= self.round_keys
        self._forget_other_shards()
        self._make_room()
        self.unlist_missing()

    def _key(self, id_: str) -> OperationKey:
        return OperationKey(self.section.resource, self.section.api, id_)

    def _make_room(self) -> None:
        """Drop the oldest finished operations where there are more than `max_operations`."""
        discovered = self._discovered()
        if len(discovered) <= self.max_operations:
            return
        for key, operation in discovered.items():
            if key not in self.newest and operation and operation.state.finished:
                self.dropped.add(key)
                if key in self.poller.followed:
                    self.poller.leave(key)
                else:
                    del self.other_shards[key]

    def _discovered(self) -> Mapping[OperationKey, Operation | None]:
        """The discovered operations of all shards."""
        other_shards = {
            key: operation
            for key, operation in self.other_shards.items()
            if not self.is_configured(key)
        }
        this_shard = {
            key: self.poller.store[key].operation
            for key, planned in self.poller.followed.items()
            if planned.discovered and key[:2] == self.section.key
        }
        return other_shards | this_shard

    def _forget_other_shards(self) -> None:
        """Drop operations of other shards by the same rules; the other shards do not report it."""
        self.other_shards = {
            key: operation
            for key, operation in self.other_shards.items()
            if (key in self.round_keys or operation.state.finished)
            and not self.sweeper.is_past_retention(operation, 0.0)
        }
