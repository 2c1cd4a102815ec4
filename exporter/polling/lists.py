"""The lists of a configuration, and the operations that were discovered in them."""

import asyncio
from collections.abc import Callable, Collection, Mapping

from exporter.checkpoint.memory import Memory
from exporter.config.plan import Plan
from exporter.config.sections import PlannedOperation, Section, SectionKey
from exporter.model.operation import OperationKey
from exporter.polling.discovery import Discovery
from exporter.polling.list_watcher import ListWatcher
from exporter.polling.poller import Poller
from exporter.polling.request import ResourceClient
from exporter.polling.retention import Sweeper
from exporter.telemetry.metrics import Telemetry

_FIRST_WITHIN = 1.0  # seconds within which a list is read for the first time, if there are few
_ROUND_SECONDS = 0.005  # for each of many: twice what a round takes, so that others have a turn


class Lists:
    """Reads every list of the latest plan.

    Attributes:
        watchers: the reader of each list.

    Args:
        clients: the client of each resource, by the resource's name.
        clock: Unix seconds.
    """

    def __init__(
        self,
        poller: Poller,
        sweeper: Sweeper,
        clients: Mapping[str, ResourceClient],
        telemetry: Telemetry,
        clock: Callable[[], float],
    ) -> None:
        self.watchers: dict[SectionKey, ListWatcher] = {}
        self._poller = poller
        self._sweeper = sweeper
        self._clients = clients
        self._telemetry = telemetry
        self._clock = clock
        self._plan = Plan()
        self._running: dict[SectionKey, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None

    def start(self, group: asyncio.TaskGroup) -> None:
        """Read lists from now on, in tasks of this group."""
        self._group = group
        for section_key in self.watchers:
            self._begin(section_key, _first_within(len(self.watchers)))

    def wake(self, resource: str) -> None:
        """Read the lists of a resource now."""
        for section_key, task in list(self._running.items()):
            if section_key[0] == resource:
                task.cancel()
                self._begin(section_key, _FIRST_WITHIN)

    def arrange(self, after: Plan, replaced: Collection[str]) -> None:
        """Start lists that are new or changed, and stop those that are not in the plan any more.

        `replaced` are the resources whose clients are new. Discovered operations stay if the new
        plan would discover them as well.
        """
        before, self._plan = self._plan, after
        for section_key in before.sections.keys() - after.sections.keys():
            self._end(section_key)
        new = [
            section
            for section_key, section in after.sections.items()
            if section != before.sections.get(section_key) or section.resource in replaced
        ]
        for section in new:
            self._end(section.key)
            if section.key in before.sections:
                self._telemetry.lists.forget(*section.key)
            self._add(section, _first_within(len(new)))
        self._arrange_discovered(before, replaced)

    def _arrange_discovered(self, before: Plan, replaced: Collection[str]) -> None:
        """Drop discovered operations, or follow them with the settings of the new plan."""
        sections = self._plan.sections
        for key, planned in list(self._poller.followed.items()):
            if not planned.watch.discovered or key in self._plan.operations:
                continue
            if not self._plan.discovers(key):
                self._poller.leave(key)
            elif sections[key[:2]] != before.sections[key[:2]] or key.resource in replaced:
                self._refollow(key, force=key.resource in replaced)

    def take_over(self, key: OperationKey) -> bool:
        """Follow an operation that is not configured any more as discovered, if it is in a list.

        Returns whether it is.
        """
        if not self._plan.discovers(key) or key not in self._poller.listed:
            return False
        self._refollow(key)
        return True

    def recall(self, memory: Memory) -> None:
        """Follow the operations of the checkpoint that the plan discovers.

        One that was never read was configured, and is not any more.
        """
        for key in memory.remaining():
            if self._plan.discovers(key) and self._plan.shard.owns(key):
                saved = memory.take(key, self._plan.endpoint(key))
                if saved and saved.facts.operation and key not in self._poller.followed:
                    self._poller.follow(self._rediscovered(key, saved.facts.name), saved)

    def _refollow(self, key: OperationKey, *, force: bool = False) -> None:
        """Follow an operation as the plan discovers it; `force`: even if nothing differs."""
        planned = self._rediscovered(key, self._poller.store[key].watch.name)
        if force or planned != self._poller.followed[key]:
            self._poller.follow(planned)

    def _rediscovered(self, key: OperationKey, name: str) -> PlannedOperation:
        section = self._plan.sections[key[:2]]
        return section.discovered(section.settings.target(key.operation), name)

    def _add(self, section: Section, first_within: float) -> None:
        """Start the section's list, if it has one."""
        lister = section.lister
        if lister is None:
            self._poller.listed.keep_only(section.key, set())
            return

        def is_configured(key: OperationKey) -> bool:
            return self._plan.is_configured(key)  # of the plan at the time of the call

        discovery = Discovery(
            section,
            lister.max_operations,
            self._poller,
            self._sweeper,
            is_configured,
        )
        self.watchers[section.key] = ListWatcher(
            section,
            lister,
            self._clients[section.resource],
            discovery,
            self._poller.listed,
            self._telemetry,
            self._clock,
            siblings=lambda: [
                watcher for key, watcher in self.watchers.items() if key[0] == section.resource
            ],
        )
        self._poller.listed.begin(section.key)
        self._begin(section.key, first_within)

    def _begin(self, section_key: SectionKey, first_within: float) -> None:
        if self._group:
            running = self.watchers[section_key].run(first_within)
            self._running[section_key] = self._group.create_task(running)

    def _end(self, section_key: SectionKey) -> None:
        self.watchers.pop(section_key, None)
        self._poller.listed.end(section_key)
        task = self._running.pop(section_key, None)
        if task:
            task.cancel()


def _first_within(lists: int) -> float:
    """Seconds within which so many lists that are new are read for the first time."""
    return max(_FIRST_WITHIN, lists * _ROUND_SECONDS)
