"""Wires the parts that poll and that show, for one configuration after another."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager

from pydantic import ValidationError

from exporter.app.clients import Clients
from exporter.azure.client import Client, Exchange
from exporter.checkpoint.file import Contents, Counter
from exporter.checkpoint.saved import Saved, saved
from exporter.config.config import Config
from exporter.config.plan import Changes, Place, Plan, Planned, Section, changes, plan
from exporter.exposition.pages import Pages
from exporter.model.operation import Key
from exporter.model.shard import ALONE, Shard
from exporter.model.store import Store
from exporter.polling.lists import Outcome, Round
from exporter.polling.poller import Poller, Task
from exporter.telemetry import logs
from exporter.telemetry.activity import Activity
from exporter.telemetry.history import History
from exporter.telemetry.metrics import Telemetry
from exporter.web.server import Face


class Exporter:
    """What polls and what shows, for the configuration that was applied last."""

    def __init__(
        self, clock: Callable[[], float], memory: Mapping[Key, Saved | None] | None = None
    ) -> None:
        self.clock = clock
        self._memory = dict(memory or {})
        self.telemetry = Telemetry()
        self.pages = Pages()
        self.telemetry.count_series(lambda: self.pages.series)
        self.activity = Activity()
        self.history = History()
        listeners = [self.pages.update, self.telemetry.changed, self.history.changed, logs.changed]
        self.store = Store(listeners)
        self.poller = Poller(
            self.store, clock=clock, done=self.telemetry.polled, broken=self.telemetry.broken
        )
        self.face = Face(self.pages, self.telemetry, self.poller.waiting_for)
        self.config = Config.model_construct(resources=())
        self.plan = Plan()
        self.clients = Clients(self._exchanged, clock, self.telemetry)
        self._rounds: dict[Place, Round] = {}
        self._running: dict[Place, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Poll until cancelled."""
        async with asyncio.TaskGroup() as self._group:
            self._group.create_task(self.poller.run())
            for place in self._rounds:
                self._go_round(place)

    async def close(self) -> None:
        """Let go of all connections."""
        await self.clients.close()

    def probed(self, resource: str, api: str, operation: str) -> Task:
        """How an operation of the configuration's resources is looked at on demand.

        Raises:
            ValueError: there is no such resource or API, or no operation can have this id.
        """
        section = self.plan.sections.get((resource, api))
        if section is None:
            known = ", ".join("/".join(place) for place in self.plan.sections)
            raise ValueError(f"no such resource and api in the configuration; there are {known}")
        try:
            target = section.settings.target(operation)
        except ValidationError as error:
            raise ValueError(error.errors(include_url=False)[0]["msg"]) from None
        key = Key(resource, api, target.id)
        if key in self.poller:
            return self.poller[key]
        if key in self.plan.elsewhere:
            return self._task(self.plan.elsewhere[key])
        return self._task(Planned(section.watch(target), target, section.interval))

    async def apply(self, config: Config, after: Plan, changed: Changes) -> None:
        """Watch what this configuration asks for, from one moment to the next.

        `after` and `changed` are what it means, made by `exporter.config.plan` beforehand.

        What stays keeps its state and its series; what leaves takes them along.
        """
        before = self.plan
        replaced = self.clients.connect(before, after, self._wake)
        self.activity.keep(self.clients)
        self.config, self.plan = config, after
        self.telemetry.sharded(after.shard)
        self.poller.stale_after = config.retention.stale_after
        self.poller.finished = config.retention.finished
        limits = config.limits.series, config.limits.documents_per_batch
        limited_anew = limits != (self.pages.series_limit, self.pages.documents_limit)
        self.pages.series_limit, self.pages.documents_limit = limits
        self._arrange_lists(before, after, replaced)
        for key in changed.removed:
            if self._discovers(key) and self.poller.is_listed(key):
                self._found_before(key)
            else:
                self.poller.leave(key)
        for key in (*changed.added, *changed.changed):
            self.poller.follow(self._task(after.operations[key]), self._remembered(key))
        self._recall()
        for snapshot in list(self.store) if limited_anew else ():
            self.pages.update(snapshot, snapshot)
        for place in before.sections.keys() - after.sections.keys():
            self.telemetry.forget(*place)
        for client in replaced.values():
            if self._group:
                self._group.create_task(client.retire())
            else:
                await client.close()

    def _wake(self, resource: str) -> None:
        """Whoever waits for the end of a pause asks now: there may be another key."""
        for key in [key for key in self.poller if key.resource == resource]:
            self.poller.follow(self.poller[key])
        for place, running in list(self._running.items()):
            if place[0] == resource:
                running.cancel()
                self._go_round(place)

    def _arrange_lists(self, before: Plan, after: Plan, replaced: Mapping[str, Client]) -> None:
        """Begin the lists that are new or different, end those that are not wanted any more."""
        for place in before.sections.keys() - after.sections.keys():
            self._end(place)
        for place, section in after.sections.items():
            if place not in before.sections:
                codes = section.settings.error_codes
                self.telemetry.expect(*place, section.settings.states, codes)
            if section == before.sections.get(place) and place[0] not in replaced:
                continue
            self._end(place)
            if place in before.sections:
                self.telemetry.forget_list(*place)
            lister = section.lister
            if lister is None:
                self.poller.only_listed(place, set())
            else:
                interval = lister.interval or section.interval
                client = self.clients[section.resource]
                found = self._found(section)
                named = self._named
                round_ = Round(
                    *place, lister, client, interval, found, self._listed, named, after.shard
                )
                self._rounds[place] = round_
                self._go_round(place)
        self._arrange_discovered(before, after, replaced)

    def _arrange_discovered(
        self, before: Plan, after: Plan, replaced: Mapping[str, Client]
    ) -> None:
        """Operations that were found: they stay where they would be found again."""
        for key in [key for key in self.poller if self.poller[key].discovered]:
            place = (key.resource, key.api)
            if key in after.operations:
                continue
            if not self._discovers(key):
                self.poller.leave(key)
            elif after.sections[place] != before.sections[place] or key.resource in replaced:
                self._found_before(key)

    def saved(self, key: Key) -> Saved | None:
        """What a checkpoint keeps of an operation; None if it has left."""
        if key not in self.poller:
            return None
        return saved(
            self.store[key],
            endpoint=self.plan.connections[key.resource].endpoint,
            discovered=self.poller[key].discovered,
            settled=self.poller.is_settled(key),
        )

    def counters(self) -> Iterator[Counter]:
        """The counters that a checkpoint keeps."""
        for name, labels, value in self.telemetry.counters():
            yield Counter(name, tuple(labels.items()), value)

    def checkpointed(self, *, successful: bool) -> None:
        """The checkpoint was written, or could not be."""
        self.telemetry.checkpointed(successful=successful, now=self.clock())

    def _remembered(self, key: Key) -> Saved | None:
        """What a checkpoint kept of an operation, if its resource is still the same."""
        kept = self._memory.pop(key, None)
        connection = self.plan.connections.get(key.resource)
        same = kept and connection and kept.facts.endpoint == connection.endpoint
        return kept if same else None

    def _recall(self) -> None:
        """Go on with operations that were found before the restart, as they would be found now."""
        for key in [key for key, kept in self._memory.items() if kept and kept.facts.discovered]:
            kept = self._remembered(key)
            if kept and self._discovers(key) and self.plan.shard.owns(key):
                section = self.plan.sections[key.resource, key.api]
                target = section.settings.target(key.operation)
                planned = Planned(section.watch(target, kept.facts.name), target, section.interval)
                self.poller.follow(self._task(planned, discovered=True), kept)

    def _found_before(self, key: Key) -> None:
        """Go on with an operation that a list showed, as it would be found now."""
        section = self.plan.sections[key.resource, key.api]
        target = section.settings.target(key.operation)
        name = self.store[key].watch.name
        planned = Planned(section.watch(target, name), target, section.interval)
        task, now = self._task(planned, discovered=True), self.poller[key]
        same = task.target == now.target and task.watch == now.watch
        if not same or task.client is not now.client or not now.discovered:
            self.poller.follow(task)

    def _discovers(self, key: Key) -> bool:
        section = self.plan.sections.get((key.resource, key.api))
        return section is not None and section.discovers

    def _named(self, key: Key) -> bool:
        return self.plan.names(key)

    def _found(self, section: Section) -> Callable[..., Task]:
        return lambda found: self._task(section.found(found), discovered=True)

    def _task(self, planned: Planned, *, discovered: bool = False) -> Task:
        key = planned.watch.key
        round_ = self._rounds.get((key.resource, key.api))
        return Task(
            planned.watch,
            planned.target,
            self.clients[key.resource],
            planned.interval,
            planned.first_within,
            after=round_.first if round_ else None,
            discovered=discovered,
        )

    def _go_round(self, place: Place) -> None:
        if self._group:
            work = self._rounds[place].run(self.poller, self.clock)
            self._running[place] = self._group.create_task(work)

    def _end(self, place: Place) -> None:
        ended = self._rounds.pop(place, None)
        if ended:
            ended.first.set()  # nobody need wait for it any more
        running = self._running.pop(place, None)
        if running:
            running.cancel()

    def _exchanged(self, exchange: Exchange) -> None:
        self.telemetry.exchanged(exchange)
        self.activity.exchanged(exchange)
        self.history.exchanged(exchange)

    def _listed(self, resource: str, api: str, outcome: Outcome) -> None:
        whole = outcome.failure is None
        self.telemetry.listed(resource, api, whole=whole, cut=outcome.cut, broken=outcome.broken)


@asynccontextmanager
async def build(
    config: Config,
    clock: Callable[[], float],
    shard: Shard = ALONE,
    memory: Contents | None = None,
) -> AsyncIterator[Exporter]:
    """An exporter for a shard of this configuration; its connections close at the end.

    `memory` is what a checkpoint holds.
    """
    memory = memory or Contents()
    exporter = Exporter(clock, memory.operations)
    try:
        planned = plan(config, shard=shard)
        await exporter.apply(config, planned, changes(Plan(), planned))
        for name, labels, value in memory.counters:
            exporter.telemetry.go_on(name, dict(labels), value)
        exporter.telemetry.loaded(clock())
        yield exporter
    finally:
        await exporter.close()
