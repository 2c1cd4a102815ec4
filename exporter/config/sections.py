"""One API of one resource as it is configured, and the operations that are polled of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from exporter.apis import Settings
from exporter.apis.base import Lister, Target
from exporter.config.config import PollSettings, Resource
from exporter.model.operation import OperationKey, State
from exporter.model.shard import ALONE, Shard
from exporter.model.snapshot import Watch
from exporter.text import public

SectionKey = tuple[str, str]  # an API of a resource: the labels `resource` and `api`


@dataclass(frozen=True)
class Section:
    """One API of one resource."""

    resource: str
    api: str
    settings: Settings
    interval: float
    shard: Shard = ALONE

    @property
    def key(self) -> SectionKey:
        return self.resource, self.api

    @cached_property
    def own(self) -> tuple[str, ...]:
        """The ids of those configured operations that this shard follows."""
        ids = (target.id for target in self.settings.targets())
        return tuple(
            id_ for id_ in ids if self.shard.owns(OperationKey(self.resource, self.api, id_))
        )

    @property
    def lister(self) -> Lister | None:
        return self.settings.lister(self.own)

    @property
    def discovers(self) -> bool:
        """Whether operations are followed that nobody configured."""
        lister = self.lister
        return lister is not None and lister.max_operations > 0

    def watch(
        self,
        target: Target,
        name: str = "",
        labels: Mapping[str, str] | None = None,
    ) -> Watch:
        """What is fixed about an operation of this API."""
        key = OperationKey(self.resource, self.api, target.id)
        states: tuple[State, ...] = self.settings.states
        own = target.labels if labels is None else labels
        return Watch(key, target.kind, states, public(name), own, target.shows)

    def configured(
        self, target: Target, first_within: float = 0.0, labels: Mapping[str, str] | None = None
    ) -> "PlannedOperation":
        """An operation that somebody has named; without `labels` it has those of the target."""
        return PlannedOperation(
            self.watch(target, labels=labels), target, self.interval, first_within
        )

    def discovered(self, target: Target, name: str) -> "PlannedOperation":
        """An operation that a list has shown."""
        watch = self.watch(target, name)
        return PlannedOperation(watch, target, self.interval, discovered=True)


@dataclass(frozen=True)
class PlannedOperation:
    """One operation to follow: what is fixed about it, how it is polled, and how often.

    Attributes:
        interval: seconds between two polls.
        first_within: seconds within which the first poll falls.
        discovered: it was found, not configured, and leaves some time after it has finished.
    """

    watch: Watch
    target: Target
    interval: float
    first_within: float = field(default=0.0, compare=False)
    discovered: bool = False


def section_of(sections: Mapping[SectionKey, Section], resource: str, api: str) -> Section:
    """One API of one resource.

    Raises:
        ValueError: there is no such resource or API.
    """
    section = sections.get((resource, api))
    if section is None:
        known = ", ".join("/".join(place) for place in sections)
        raise ValueError(f"no such resource and api in the configuration; there are {known}")
    return section


def sections_of(
    resource: Resource, defaults: PollSettings, shard: Shard = ALONE
) -> Iterator[Section]:
    """The APIs of a resource that are set up."""
    poll = resource.poll_with(defaults)
    for api, settings in resource.sections():
        yield Section(resource.name, api, settings, poll.interval, shard)
