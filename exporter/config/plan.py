"""Pure: what a configuration asks for, in parts that can be compared with another's."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from exporter.azure.auth.settings import Auth
from exporter.azure.transport import Tls
from exporter.config.config import Config, PollSettings, Resource
from exporter.config.sections import PlannedOperation, Section, SectionKey, section_of, sections_of
from exporter.model.operation import OperationKey
from exporter.model.shard import ALONE, Shard


@dataclass(frozen=True)
class ResourceConnection:
    """All settings of a resource's client; with several shards, the budget is one shard's part.

    `limits` are the requests a second of single APIs; they can change while the client exists.
    `key_headers` has the header of each API, by its name. `tls_digest` is a digest of the TLS
    files: new files need a new client.
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
        operations: the configured and registered operations that this shard follows.
        other_shards: those that the other shards follow.
    """

    config: Config = field(default_factory=lambda: Config.model_construct(resources=()))
    connections: Mapping[str, ResourceConnection] = field(default_factory=dict)
    sections: Mapping[SectionKey, Section] = field(default_factory=dict)
    operations: Mapping[OperationKey, PlannedOperation] = field(default_factory=dict)
    other_shards: Mapping[OperationKey, PlannedOperation] = field(default_factory=dict)
    shard: Shard = ALONE

    @property
    def resource_labels(self) -> Mapping[str, Mapping[str, str]]:
        """The labels of each resource on azure_ai_resource_info."""
        return {resource.name: resource.info_labels for resource in self.config.resources}

    def is_configured(self, key: OperationKey) -> bool:
        """Whether the operation is configured or registered; all others are discovered."""
        return key in self.operations or key in self.other_shards

    def discovers(self, key: OperationKey) -> bool:
        """Whether operations of the operation's API are discovered."""
        section = self.sections.get((key.resource, key.api))
        return section is not None and section.discovers

    def endpoint(self, key: OperationKey) -> str | None:
        """The endpoint of an operation's resource; None if the resource is not configured."""
        connection = self.connections.get(key.resource)
        return connection.endpoint if connection else None

    def find(self, resource: str, api: str, operation: str) -> PlannedOperation:
        """The plan of any operation of the resources, configured or not.

        Raises:
            ValueError: there is no such resource or API, or no operation can have this id.
        """
        section = section_of(self.sections, resource, api)
        try:
            target = section.target(operation)
        except ValidationError as error:
            raise ValueError(error.errors(include_url=False)[0]["msg"]) from None
        except PydanticCustomError as error:
            raise ValueError(error.message()) from None
        key = OperationKey(resource, api, target.id)
        planned = self.operations.get(key) or self.other_shards.get(key)
        return planned or section.configured(target)


def plan(config: Config, registered: Iterable[PlannedOperation] = (), shard: Shard = ALONE) -> Plan:
    """The plan of a shard, with the registered operations."""
    connections: dict[str, ResourceConnection] = {}
    sections: dict[SectionKey, Section] = {}
    operations: dict[OperationKey, PlannedOperation] = {}
    for resource in config.resources:
        poll = resource.poll_with(config.poll)
        sections_by_api = {
            section.api: section for section in sections_of(resource, config.poll, shard)
        }
        connections[resource.name] = _connection(resource, poll, shard)
        sections |= {(resource.name, api): section for api, section in sections_by_api.items()}
        # The first polls are spread over the time that the shard's budget needs for them.
        operation_count = sum(len(section.own_ids) for section in sections_by_api.values())
        budget = connections[resource.name].poll.requests_per_second
        first_within = min(poll.interval, operation_count / budget)
        for section in sections_by_api.values():
            for target in section.settings.targets():
                planned = section.configured(target, first_within)
                operations[planned.watch.key] = planned
    operations |= {planned.watch.key: planned for planned in registered}
    other_shards = {key: planned for key, planned in operations.items() if not shard.owns(key)}
    this_shard = {key: planned for key, planned in operations.items() if key not in other_shards}
    return Plan(config, connections, sections, this_shard, other_shards, shard)


def _connection(resource: Resource, poll: PollSettings, shard: Shard) -> ResourceConnection:
    """All shards together stay within the budget, but each may have one request under way."""
    limits = {api: limit / shard.total for api, limit in resource.limits().items()}
    shard_limits = {
        "requests_per_second": poll.requests_per_second / shard.total,
        "concurrency": max(1, poll.concurrency // shard.total),
    }
    return ResourceConnection(
        resource.endpoint,
        resource.auth,
        poll.model_copy(update=shard_limits),
        limits,
        resource.key_headers(),
        resource.tls,
        resource.tls.digest if resource.tls else b"",
        resource.proxy,
    )


@dataclass(frozen=True)
class Changes:
    """The differences between two plans: keys of operations."""

    added: tuple[OperationKey, ...] = ()
    removed: tuple[OperationKey, ...] = ()
    changed: tuple[OperationKey, ...] = ()


def changes(before: Plan, after: Plan) -> Changes:
    """The configured operations that are new, gone, or polled with other settings."""

    def unchanged(key: OperationKey) -> bool:
        return (
            before.operations[key] == after.operations[key]
            and before.connections[key.resource] == after.connections[key.resource]
        )

    old, new = before.operations.keys(), after.operations.keys()
    return Changes(
        added=tuple(key for key in after.operations if key not in old),
        removed=tuple(key for key in before.operations if key not in new),
        changed=tuple(key for key in after.operations if key in old and not unchanged(key)),
    )


def changed_settings(before: Config, after: Config) -> Iterator[str]:
    """The names of settings and resources that differ, such as `poll` and `resources/speech`."""
    for name in Config.model_fields:
        if name != "resources" and getattr(before, name) != getattr(after, name):
            yield name
    old, new = ({each.name: each for each in config.resources} for config in (before, after))
    yield from (f"resources/{name}" for name in {**new, **old} if new.get(name) != old.get(name))
