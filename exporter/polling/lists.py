"""The lists that are read for a configuration, and the operations that they have found."""

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


class Lists:
    """Reads every list of the plan that was arranged last.

    Attributes:
        watchers: who reads each list.

    Args:
        clients: of each resource, by its name.
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
        for place in self.watchers:
            self._begin(place)

    def wake(self, resource: str) -> None:
        """Read the lists of a resource now."""
        for place, running in list(self._running.items()):
            if place[0] == resource:
                running.cancel()
                self._begin(place)

    def arrange(self, after: Plan, replaced: Collection[str]) -> None:
        """Begin the lists that are new or different, end those that are not wanted any more.

        `replaced` are the resources whose clients are new. Operations that were found stay where
        they would be found again.
        """
        before, self._plan = self._plan, after
        for place in before.sections.keys() - after.sections.keys():
            self._end(place)
        for place, section in after.sections.items():
            if section == before.sections.get(place) and section.resource not in replaced:
                continue
            self._end(place)
            if place in before.sections:
                self._telemetry.lists.forget(*place)
            self._add(section)
        self._arrange_found(before, replaced)

    def _arrange_found(self, before: Plan, replaced: Collection[str]) -> None:
        """Let operations that were found leave, or go on with them as they would be found now."""
        sections = self._plan.sections
        for key, planned in list(self._poller.followed.items()):
            if not planned.discovered or key in self._plan.operations:
                continue
            if not self._plan.discovers(key):
                self._poller.leave(key)
            elif sections[key[:2]] != before.sections[key[:2]] or key.resource in replaced:
                self._go_on(key, anew=key.resource in replaced)

    def take_over(self, key: OperationKey) -> bool:
        """Go on with an operation that is configured no more, if a list shows it now.

        Whether one does.
        """
        if not self._plan.discovers(key) or key not in self._poller.listed:
            return False
        self._go_on(key)
        return True

    def recall(self, memory: Memory) -> None:
        """Go on with operations that were found before the restart, as they would be found now."""
        for key in memory.discovered():
            saved = memory.take(key, self._plan.endpoint(key))
            if saved and self._plan.discovers(key) and self._plan.shard.owns(key):
                self._poller.follow(self._found_again(key, saved.facts.name), saved)

    def _go_on(self, key: OperationKey, *, anew: bool = False) -> None:
        """Follow an operation as it would be found now; `anew` even where nothing differs."""
        planned = self._found_again(key, self._poller.store[key].watch.name)
        if anew or planned != self._poller.followed[key]:
            self._poller.follow(planned)

    def _found_again(self, key: OperationKey, name: str) -> PlannedOperation:
        section = self._plan.sections[key[:2]]
        return section.discovered(section.settings.target(key.operation), name)

    def _add(self, section: Section) -> None:
        """Begin with a list, where the section has one."""
        lister = section.lister
        if lister is None:
            self._poller.listed.keep_only(section.place, set())
            return

        def named(key: OperationKey) -> bool:
            return self._plan.names(key)  # of the plan in force, which may be a later one

        discovery = Discovery(
            section,
            lister.max_operations,
            self._poller,
            self._sweeper,
            named,
            self._clock,
        )
        self.watchers[section.place] = ListWatcher(
            section,
            lister,
            self._clients[section.resource],
            discovery,
            self._poller.listed,
            self._telemetry,
            self._clock,
        )
        self._poller.listed.begin(section.place)
        self._begin(section.place)

    def _begin(self, place: SectionKey) -> None:
        if self._group:
            self._running[place] = self._group.create_task(self.watchers[place].run())

    def _end(self, place: SectionKey) -> None:
        self.watchers.pop(place, None)
        self._poller.listed.end(place)
        running = self._running.pop(place, None)
        if running:
            running.cancel()
