"""Connects the parts that poll to the parts that serve, for one configuration after another."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager

from exporter.accounts.discovery import AccountDiscovery
from exporter.app.clients import Clients
from exporter.app.credential_watch import CredentialWatch
from exporter.azure.client import Client
from exporter.azure.exchange import Exchange
from exporter.checkpoint.contents import Contents, Counter
from exporter.checkpoint.memory import Memory
from exporter.checkpoint.saved import Saved
from exporter.config.config import Config
from exporter.config.plan import Changes, Plan, changes, plan
from exporter.config.sections import PlannedOperation
from exporter.exposition.pages import Pages
from exporter.exposition.selected_series import SelectedSeries
from exporter.model.operation import OperationKey
from exporter.model.operation_series import OperationSeries
from exporter.model.quantities import Amount
from exporter.model.shard import ALONE, Shard
from exporter.model.store import Store
from exporter.polling.clock import SteadyClock
from exporter.polling.list_watcher import expect
from exporter.polling.listed import ListedOperations
from exporter.polling.lists import Lists
from exporter.polling.once import OncePoller
from exporter.polling.poller import Poller
from exporter.polling.retention import Sweeper
from exporter.telemetry import logs
from exporter.telemetry.activity import Activity
from exporter.telemetry.history import History
from exporter.telemetry.metrics import Telemetry
from exporter.telemetry.progress import ProgressHistory
from exporter.telemetry.today import Today
from exporter.web.server import MetricsRoutes

_SLICE_OPERATIONS = 32  # that are followed before others have their turn: some milliseconds


class Exporter:
    """All that polls and serves, for the plan that was applied last.

    Args:
        clock: Unix seconds.
        memory: the content of a checkpoint.
    """

    def __init__(self, clock: Callable[[], float], memory: Contents) -> None:
        self.clock = clock
        self.plan = Plan()
        self.telemetry = Telemetry()
        self.pages = Pages()
        self.telemetry.exporter.count_series(lambda: self.pages.series)
        self.activity = Activity()
        self.history = History()
        self.progress = ProgressHistory()
        self.today = Today(clock)
        self.series = SelectedSeries(self.pages, clock, self.telemetry.operations.fold)
        listeners = [
            self.series.update,
            self.telemetry.operations.changed,
            self.history.changed,
            self.progress.changed,
            self.today.changed,
            logs.changed,
        ]
        self.store = Store(listeners, [self.series.refresh, self.history.refreshed])
        self.clients = Clients(self._exchanged, clock, self.telemetry)
        steady = SteadyClock(clock, self.store.shift)
        listed = ListedOperations()
        self.once = OncePoller(self.store, listed, self.clients, steady)
        self.poller = Poller(self.store, listed, self.once, self.telemetry)
        self.sweeper = Sweeper(self.store, self.poller, self.series, steady)
        self.lists = Lists(self.poller, self.sweeper, self.clients, self.telemetry, steady)
        self.metrics_routes = MetricsRoutes(self.pages, self.telemetry, self.waiting_for)
        self.accounts = AccountDiscovery(clock, self.telemetry.accounts, memory.accounts)
        self._credential_watch = CredentialWatch(self.clients, self._wake)
        self._memory = Memory(memory.operations)
        for key, departed in memory.departed_operations():
            self.store.departed.add(key, departed)
        self._group: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Poll until cancelled."""
        async with asyncio.TaskGroup() as self._group:
            self._group.create_task(self.sweeper.run())
            self._credential_watch.start(self._group)
            self.accounts.start(self._group)
            self.poller.start(self._group)
            self.lists.start(self._group)

    async def close(self) -> None:
        """Close all connections."""
        await self.clients.close()

    def waiting_for(self) -> int:
        """The number of operations that were not polled yet."""
        return sum(snapshot.up is None for snapshot in self.store)

    def find(self, resource: str, api: str, operation: str) -> PlannedOperation:
        """The plan of any operation of the configured resources, followed or not.

        Raises:
            ValueError: there is no such resource or API, or no operation can have this id.
        """
        planned = self.plan.find(resource, api, operation)
        return self.poller.followed.get(planned.watch.key, planned)

    async def apply(self, after: Plan, changed: Changes) -> None:
        """Switch to this plan.

        Operations that stay keep their state and series. The series of all others are dropped.
        `changed` are the differences from the current plan, by `exporter.config.plan.changes`.
        """
        before, self.plan = self.plan, after
        replaced = self.clients.connect(before, after, self._wake)
        self._expect(before, after)
        self.lists.arrange(after, replaced.keys())
        for key in changed.removed:
            if not self.lists.take_over(key):
                self.poller.leave(key)
        to_follow = (*changed.added, *changed.changed)
        saved = {key: self._memory.take(key, after.endpoint(key)) for key in to_follow}
        self.lists.recall(self._memory)
        self.accounts.arrange(after.config)
        self._forget(before, after)
        old, new = before.config, after.config
        if old.limits != new.limits or old.operation_series != new.operation_series:
            await self.series.select_anew(self.store)
        self._credential_watch.arrange()
        await self._follow(saved)
        self.sweeper.expire()  # a checkpoint may be old
        await self._retire(replaced.values())

    def _wake(self, resource: str) -> None:
        """Poll the resource now although it refused its key: there may be a new one."""
        for key, planned in list(self.poller.followed.items()):
            if key.resource == resource:
                self.poller.follow(planned)
        self.lists.wake(resource)

    def _expect(self, before: Plan, after: Plan) -> None:
        """Prepare all parts for the new plan, before anything is polled for it."""
        self.activity.keep(self.clients)
        self.telemetry.exporter.sharded(after.shard)
        self.telemetry.resources.show(after.resource_labels)
        prices = after.config.prices.price_table() if after.config.prices else None
        if after.config.prices != before.config.prices:
            self.store.prices = prices
            self.today.use_prices(prices)
            for snapshot in list(self.store):
                self.store.watch(snapshot.watch)
        self.sweeper.retention = after.config.retention
        self.series.setting = OperationSeries(after.config.operation_series)
        limits = after.config.limits
        self.pages.series_limit = limits.series
        self.pages.documents_limit = limits.documents_per_batch
        for section_key, section in after.sections.items():
            if section.presumed:
                continue
            told = (Amount.CHARACTERS_CHARGED, *section.settings.amounts)
            if prices and prices.prices_any(*section_key, told):
                self.telemetry.operations.expect_cost(*section_key, prices.currency)
            if section_key not in before.sections:
                expect(self.telemetry, section)

    async def _follow(self, operations: Mapping[OperationKey, Saved | None]) -> None:
        """Follow configured operations; they may be many, so others have their turn in between."""
        for number, (key, saved) in enumerate(operations.items(), start=1):
            self.poller.follow(self.plan.operations[key], saved)
            if number % _SLICE_OPERATIONS == 0:
                await asyncio.sleep(0)

    def _forget(self, before: Plan, after: Plan) -> None:
        """Drop what is not in the new plan."""
        for section_key in before.sections.keys() - after.sections.keys():
            self.telemetry.forget(*section_key)
        if after.sections.keys() != before.sections.keys():
            self.store.departed.keep(after.sections)

    async def _retire(self, clients: Iterable[Client]) -> None:
        """Close connections once their last requests have ended."""
        for client in clients:
            if self._group:
                self._group.create_task(client.retire())
            else:
                await client.close()

    def _exchanged(self, exchange: Exchange) -> None:
        self.telemetry.requests.exchanged(exchange)
        self.activity.exchanged(exchange)
        self.history.exchanged(exchange)


@asynccontextmanager
async def build(
    config: Config,
    clock: Callable[[], float],
    shard: Shard = ALONE,
    memory: Contents | None = None,
) -> AsyncIterator[Exporter]:
    """An exporter for a shard of this configuration; its connections close at the end.

    `memory` is the content of a checkpoint.
    """
    memory = memory or Contents()
    exporter = Exporter(clock, memory)
    try:
        planned = plan(exporter.accounts.joining()(config), shard=shard)
        await exporter.apply(planned, changes(exporter.plan, planned))
        _restore(exporter, memory.counters)
        if memory.today:
            exporter.today.restore(memory.today)
        exporter.telemetry.exporter.loaded(clock())
        yield exporter
    finally:
        await exporter.close()


def _restore(exporter: Exporter, counters: Iterable[Counter]) -> None:
    """Start the counters of the checkpoint; what has one there was here, presumed or not."""
    for name, pairs, value in counters:
        labels = dict(pairs)
        section = exporter.plan.sections.get((labels.get("resource", ""), labels.get("api", "")))
        if section and not exporter.telemetry.requests.expects(*section.key):
            expect(exporter.telemetry, section)
        exporter.telemetry.operations.restore_counter(name, labels, value)
