"""One API of one resource as configured, and its operations that are polled."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from exporter.apis import Settings
from exporter.apis.base import Lister, Target
from exporter.config.config import PollSettings, Resource
from exporter.config.operation_urls import id_of
from exporter.model.operation import OperationKey, State
from exporter.model.shard import ALONE, Shard
from exporter.model.snapshot import Watch
from exporter.redaction.own_secrets import own_secrets
from exporter.text import public

SectionKey = tuple[str, str]  # an API of a resource: the labels `resource` and `api`


@dataclass(frozen=True)
class Section:
    """One API of one resource.

    Attributes:
        interval: seconds between two polls.
        labels: those of the resource.
        presumed: nobody said that the resource serves it; that it is refused may mean that the
            resource does not.
        found: Azure Resource Manager has named the resource, so that its endpoint is right.
    """

    resource: str
    api: str
    settings: Settings
    interval: float
    shard: Shard = ALONE
    labels: Mapping[str, str] = field(default_factory=dict)
    presumed: bool = False
    found: bool = False
    endpoint: str = ""

    @property
    def key(self) -> SectionKey:
        return self.resource, self.api

    @cached_property
    def own_ids(self) -> tuple[str, ...]:
        """The ids of those configured operations that this shard follows."""
        ids = (target.id for target in self.settings.targets())
        return tuple(
            id_ for id_ in ids if self.shard.owns(OperationKey(self.resource, self.api, id_))
        )

    @property
    def lister(self) -> Lister | None:
        return self.settings.lister(self.own_ids)

    @property
    def discovers(self) -> bool:
        """Whether operations are discovered in its list."""
        lister = self.lister
        return lister is not None and lister.max_operations > 0

    def target(self, id_or_url: str) -> Target:
        """The operation with this id, or with this URL of the resource.

        Raises:
            ValidationError: the id is not valid.
            PydanticCustomError: the URL is not one of an operation of this API.
        """
        return self.settings.target(id_of(id_or_url, self.endpoint, self.settings))

    def watch(
        self,
        target: Target,
        name: str = "",
        labels: Mapping[str, str] | None = None,
        *,
        discovered: bool = False,
    ) -> Watch:
        """What is fixed about an operation of this API."""
        key = OperationKey(self.resource, self.api, target.id)
        states: tuple[State, ...] = self.settings.states
        labels = {**self.labels, **(target.labels if labels is None else labels)}
        labels = {label: own_secrets.cut(value) for label, value in labels.items()}
        waits = self.settings.stuck_after, self.settings.queued_after
        return Watch(
            key, target.kind, states, public(name), labels, target.shows, *waits, discovered
        )

    def configured(
        self, target: Target, first_within: float = 0.0, labels: Mapping[str, str] | None = None
    ) -> "PlannedOperation":
        """A configured operation; without `labels` it has those of the target."""
        return PlannedOperation(
            self.watch(target, labels=labels), target, self.interval, first_within
        )

    def discovered(self, target: Target, name: str) -> "PlannedOperation":
        """An operation that was discovered in a list."""
        watch = self.watch(target, name, discovered=True)
        return PlannedOperation(watch, target, self.interval)


@dataclass(frozen=True)
class PlannedOperation:
    """One operation to follow: what is fixed about it, how it is polled, and how often.

    Attributes:
        interval: seconds between two polls.
        first_within: seconds within which the first poll falls.
    """

    watch: Watch
    target: Target
    interval: float
    first_within: float = field(default=0.0, compare=False)


def section_of(sections: Mapping[SectionKey, Section], resource: str, api: str) -> Section:
    """One API of one resource.

    Raises:
        ValueError: there is no such resource or API.
    """
    section = sections.get((resource, api))
    if section is None:
        names = ", ".join("/".join(key) for key in sections)
        raise ValueError(f"no such resource and api in the configuration; must be one of {names}")
    return section


def sections_of(
    resource: Resource, defaults: PollSettings, shard: Shard = ALONE
) -> Iterator[Section]:
    """The configured APIs of a resource."""
    poll = resource.poll_with(defaults)
    for api, settings in resource.sections():
        interval = settings.poll_interval(poll.interval)
        yield Section(
            resource.name,
            api,
            settings,
            interval,
            shard,
            resource.labels,
            resource.presumed,
            resource.found,
            resource.endpoint,
        )
