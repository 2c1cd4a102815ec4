"""Pure: what a configuration asks for, in parts that can be compared with those of another."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from exporter.apis import Settings
from exporter.apis.base import Found, Lister, Target
from exporter.azure.auth.settings import Auth
from exporter.azure.transport import Tls
from exporter.config.config import Config, Poll, Resource
from exporter.model.operation import Key, State
from exporter.model.shard import ALONE, Shard
from exporter.model.snapshot import Watch
from exporter.text import public

Place = tuple[str, str]  # an API of a resource: the labels `resource` and `api`


@dataclass(frozen=True)
class Connection:
    """All that a resource's client is made from; of several shards, each has its part of it.

    `limits` are requests a second of single APIs; they can change while it lives. `key_headers` are
    those of all APIs, by their names. `tls_digest`
    tells the contents of TLS's files: new ones need a new client.
    """

    endpoint: str
    auth: Auth
    poll: Poll
    limits: Mapping[str, float] = field(compare=False)
    key_headers: Mapping[str, str] = field(compare=False)
    tls: Tls | None = None
    tls_digest: bytes = b""
    proxy: str | None = None


@dataclass(frozen=True)
class Section:
    """One API of one resource."""

    resource: str
    api: str
    settings: Settings
    interval: float
    shard: Shard = ALONE

    @cached_property
    def own(self) -> tuple[str, ...]:
        """The ids of those configured operations that this shard follows."""
        ids = (target.id for target in self.settings.targets())
        return tuple(id_ for id_ in ids if self.shard.owns(Key(self.resource, self.api, id_)))

    @property
    def lister(self) -> Lister | None:
        return self.settings.lister(self.own)

    @property
    def discovers(self) -> bool:
        """Whether operations are followed that nobody configured."""
        lister = self.lister
        return lister is not None and lister.most > 0

    def watch(
        self,
        target: Target,
        name: str = "",
        labels: Mapping[str, str] | None = None,
    ) -> Watch:
        """What is fixed about an operation of this API."""
        key = Key(self.resource, self.api, target.id)
        states: tuple[State, ...] = self.settings.states
        own = target.labels if labels is None else labels
        return Watch(key, target.kind, states, public(name), own, target.shows)

    def found(self, found: Found) -> "Planned":
        """An operation that a list showed."""
        return Planned(self.watch(found.target, found.name), found.target, self.interval)


@dataclass(frozen=True)
class Planned:
    """One operation to follow; seconds as in `exporter.polling.poller.Task`."""

    watch: Watch
    target: Target
    interval: float
    first_within: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class Plan:
    """Everything that is to be watched by one shard; `elsewhere` are operations of the others."""

    connections: Mapping[str, Connection] = field(default_factory=dict)
    sections: Mapping[Place, Section] = field(default_factory=dict)
    operations: Mapping[Key, Planned] = field(default_factory=dict)
    elsewhere: Mapping[Key, Planned] = field(default_factory=dict)
    shard: Shard = ALONE

    def names(self, key: Key) -> bool:
        """Whether the operation is configured, or registered; the others are found."""
        return key in self.operations or key in self.elsewhere


def plan(config: Config, registered: Iterable[Planned] = (), shard: Shard = ALONE) -> Plan:
    """What this configuration asks of a shard, and what registered itself beside it."""
    connections: dict[str, Connection] = {}
    sections: dict[Place, Section] = {}
    operations: dict[Key, Planned] = {}
    for resource in config.resources:
        poll = resource.poll_with(config.poll)
        own = {section.api: section for section in sections_of(resource, config.poll, shard)}
        connections[resource.name] = _connection(resource, poll, own, shard)
        sections |= {(resource.name, api): section for api, section in own.items()}
        planned = [
            (section, target) for section in own.values() for target in section.settings.targets()
        ]
        # The first round is spread as the shard's part of the budget needs it.
        mine = sum(len(section.own) for section in own.values())
        budget = connections[resource.name].poll.requests_per_second
        first_within = min(poll.interval, mine / budget)
        for section, target in planned:
            watch = section.watch(target)
            operations[watch.key] = Planned(watch, target, poll.interval, first_within)
    operations |= {planned.watch.key: planned for planned in registered}
    elsewhere = {key: each for key, each in operations.items() if not shard.owns(key)}
    here = {key: each for key, each in operations.items() if key not in elsewhere}
    return Plan(connections, sections, here, elsewhere, shard)


def sections_of(resource: Resource, defaults: Poll, shard: Shard = ALONE) -> Iterator[Section]:
    """The APIs of a resource that are set up."""
    poll = resource.poll_with(defaults)
    for api, settings in resource.sections():
        yield Section(resource.name, api, settings, poll.interval, shard)


def _connection(
    resource: Resource,
    poll: Poll,
    own: Mapping[str, Section],
    shard: Shard,
) -> Connection:
    """All shards together keep to the budget; but each needs a request at a time."""
    limits = {
        api: limit / shard.total
        for api, section in own.items()
        if (limit := section.settings.requests_per_second) is not None
    }
    part = {
        "requests_per_second": poll.requests_per_second / shard.total,
        "concurrency": max(1, poll.concurrency // shard.total),
    }
    return Connection(
        resource.endpoint,
        resource.auth,
        poll.model_copy(update=part),
        limits,
        resource.key_headers(),
        resource.tls,
        resource.tls.digest if resource.tls else b"",
        resource.proxy,
    )


@dataclass(frozen=True)
class Changes:
    """What a new plan changes: operations by key."""

    added: tuple[Key, ...] = ()
    removed: tuple[Key, ...] = ()
    changed: tuple[Key, ...] = ()


def changes(before: Plan, after: Plan) -> Changes:
    """The configured operations that come, go, or are looked at in another way."""

    def same(key: Key) -> bool:
        return (
            before.operations[key] == after.operations[key]
            and before.connections[key.resource] == after.connections[key.resource]
        )

    old, new = before.operations.keys(), after.operations.keys()
    return Changes(
        added=tuple(key for key in after.operations if key not in old),
        removed=tuple(key for key in before.operations if key not in new),
        changed=tuple(key for key in after.operations if key in old and not same(key)),
    )
