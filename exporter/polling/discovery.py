"""Which of the operations that a list shows are followed here, and when they make room."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from exporter.apis.base import Found
from exporter.config.sections import Section
from exporter.model.operation import Operation, OperationKey
from exporter.polling.poller import Poller
from exporter.polling.retention import Sweeper


@dataclass
class Discovery:
    """The operations of one API of one resource, round by round of its list.

    Attributes:
        most: how many operations that nobody configured may be followed.
        named: whether an operation is configured, for whichever shard.
        clock: Unix seconds.
        elsewhere: those that the other shards follow, as the lists show them: they count, so
            that each shard finds out alike which are the newest.
        left: those that made room for newer ones, as long as the list shows them.
        shown: what the list has shown in this round.
        newest: those of them that nobody configured, no more than may be followed.
    """

    section: Section
    most: int
    poller: Poller
    sweeper: Sweeper
    named: Callable[[OperationKey], bool]
    clock: Callable[[], float]
    elsewhere: dict[OperationKey, Operation] = field(default_factory=dict)
    left: set[OperationKey] = field(default_factory=set)
    shown: set[OperationKey] = field(default_factory=set)
    newest: set[OperationKey] = field(default_factory=set)

    def known(self, id_: str) -> Operation | None:
        """An operation as it was seen last."""
        key = self._key(id_)
        if key in self.poller.followed:
            return self.poller.store[key].operation
        return self.elsewhere.get(key)

    def begin_round(self) -> None:
        """The list is read from its begin."""
        self.shown, self.newest = set(), set()

    def take(self, found: Found) -> bool:
        """Take in what the list shows, or leave it out; whether that is because of its number."""
        key = self._key(found.target.id)
        self.shown.add(key)
        named, own = self.named(key), self.section.shard.owns(key)
        if not named and key not in self.poller.followed and key not in self.elsewhere:
            if self.sweeper.outstayed(found.operation, self.clock()):
                return False
            if len(self.newest) >= self.most or key in self.left:
                return self.most > 0
            if own:
                self.poller.follow(self.section.discovered(found.target, found.name))
        if not named and len(self.newest) < self.most:
            self.newest.add(key)  # Azure's lists begin with the newest
        if own:
            self.poller.listed.add(key)
            self.poller.store.put(key, found.operation, self.clock())
        else:
            self.elsewhere[key] = found.operation
        return False

    def keep_only_shown(self) -> None:
        """What this round has not shown has to be asked for."""
        self.poller.listed.keep_only(self.section.place, self.shown)

    def end_round(self) -> None:
        """The list was read to its end."""
        self.left &= self.shown
        self._forget_elsewhere()
        self._make_room()
        self.keep_only_shown()

    def _key(self, id_: str) -> OperationKey:
        return OperationKey(self.section.resource, self.section.api, id_)

    def _make_room(self) -> None:
        """Where more are followed than may be, the oldest that have finished leave."""
        found = self._found()
        if len(found) <= self.most:
            return
        for key, operation in found.items():
            if key not in self.newest and operation and operation.state.finished:
                self.left.add(key)
                if key in self.poller.followed:
                    self.poller.leave(key)
                else:
                    del self.elsewhere[key]

    def _found(self) -> Mapping[OperationKey, Operation | None]:
        """The operations that nobody configured, here and elsewhere."""
        elsewhere = {
            key: operation for key, operation in self.elsewhere.items() if not self.named(key)
        }
        here = {
            key: self.poller.store[key].operation
            for key, planned in self.poller.followed.items()
            if planned.discovered and key[:2] == self.section.place
        }
        return elsewhere | here

    def _forget_elsewhere(self) -> None:
        """What other shards follow leaves there as it would here, or nothing tells when it will."""
        self.elsewhere = {
            key: operation
            for key, operation in self.elsewhere.items()
            if (key in self.shown or operation.state.finished)
            and not self.sweeper.outstayed(operation, 0.0)
        }
