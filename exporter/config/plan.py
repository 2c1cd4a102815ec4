"""Pure: what a configuration asks for, in parts that can be compared with those of another."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from exporter.azure.auth.settings import Auth
from exporter.azure.transport import Tls
from exporter.config.config import Config, PollSettings, Resource
from exporter.config.sections import PlannedOperation, Section, SectionKey, section_of, sections_of
from exporter.model.operation import OperationKey
from exporter.model.shard import ALONE, Shard


@dataclass(frozen=True)
class ResourceConnection:
    """All that a resource's client is made from; of several shards, each has its part of it.

    `limits` are requests a second of single APIs; they can change while it lives. `key_headers` are
    those of all APIs, by their names. `tls_digest`
    tells the contents of TLS's files: new ones need a new client.
    """

    endpoint: str
    auth: Auth
    poll: PollSettings
    limits: Mapping[str, float] = field(compare=False)
    key_headers: Mapping[str, str] = field(compare=False)
    tls: Tls | None = None
    tls_digest: bytes = b""
    proxy: str | None = None


@dataclass(frozen=True)
class Plan:
    """Everything that a configuration asks of one shard.

    Attributes:
        operations: those that are named, and that this shard follows.
        elsewhere: those that are named, and that the other shards follow.
    """

    config: Config = field(default_factory=lambda: Config.model_construct(resources=()))
    connections: Mapping[str, ResourceConnection] = field(default_factory=dict)
    sections: Mapping[SectionKey, Section] = field(default_factory=dict)
    operations: Mapping[OperationKey, PlannedOperation] = field(default_factory=dict)
    elsewhere: Mapping[OperationKey, PlannedOperation] = field(default_factory=dict)
    shard: Shard = ALONE

    def names(self, key: OperationKey) -> bool:
        """Whether the operation is configured, or registered; the others are found."""
        return key in self.operations or key in self.elsewhere

    def discovers(self, key: OperationKey) -> bool:
        """Whether the operation's API is one whose operations are followed without being named."""
        section = self.sections.get((key.resource, key.api))
        return section is not None and section.discovers

    def endpoint(self, key: OperationKey) -> str | None:
        """The endpoint of an operation's resource; None where the resource is not configured."""
        connection = self.connections.get(key.resource)
        return connection.endpoint if connection else None

    def find(self, resource: str, api: str, operation: str) -> PlannedOperation:
        """Any operation of the resources, named or not.

        Raises:
            ValueError: there is no such resource or API, or no operation can have this id.
        """
        section = section_of(self.sections, resource, api)
        try:
            target = section.settings.target(operation)
        except ValidationError as error:
            raise ValueError(error.errors(include_url=False)[0]["msg"]) from None
        key = OperationKey(resource, api, target.id)
        named = self.operations.get(key) or self.elsewhere.get(key)
        return named or section.configured(target)


def plan(config: Config, registered: Iterable[PlannedOperation] = (), shard: Shard = ALONE) -> Plan:
    """What this configuration asks of a shard, and what registered itself beside it."""
    connections: dict[str, ResourceConnection] = {}
    sections: dict[SectionKey, Section] = {}
    operations: dict[OperationKey, PlannedOperation] = {}
    for resource in config.resources:
        poll = resource.poll_with(config.poll)
        own = {section.api: section for section in sections_of(resource, config.poll, shard)}
        connections[resource.name] = _connection(resource, poll, own, shard)
        sections |= {(resource.name, api): section for api, section in own.items()}
        # The first round is spread as the shard's part of the budget needs it.
        mine = sum(len(section.own) for section in own.values())
        budget = connections[resource.name].poll.requests_per_second
        first_within = min(poll.interval, mine / budget)
        for section in own.values():
            for target in section.settings.targets():
                planned = section.configured(target, first_within)
                operations[planned.watch.key] = planned
    operations |= {planned.watch.key: planned for planned in registered}
    elsewhere = {key: planned for key, planned in operations.items() if not shard.owns(key)}
    here = {key: planned for key, planned in operations.items() if key not in elsewhere}
    return Plan(config, connections, sections, here, elsewhere, shard)


def _connection(
    resource: Resource,
    poll: PollSettings,
    own: Mapping[str, Section],
    shard: Shard,
) -> ResourceConnection:
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
    return ResourceConnection(
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

    added: tuple[OperationKey, ...] = ()
    removed: tuple[OperationKey, ...] = ()
    changed: tuple[OperationKey, ...] = ()


def changes(before: Plan, after: Plan) -> Changes:
    """The configured operations that come, go, or are polled in another way."""

    def same(key: OperationKey) -> bool:
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
