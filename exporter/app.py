"""Wires the parts together; one TaskGroup owns the poller and the web server."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from exporter import logs
from exporter.azure.auth import Credential
from exporter.azure.client import Client
from exporter.azure.throttle import Throttle
from exporter.config import Config, Poll, Resource
from exporter.exposition.pages import Pages
from exporter.model import Key
from exporter.polling import Poller, Task
from exporter.store import Store, Watch
from exporter.telemetry import Telemetry
from exporter.web.server import Face, listening


@dataclass(frozen=True)
class Exporter:
    """A wired exporter: what polls, and what shows."""

    poller: Poller
    face: Face
    store: Store


@asynccontextmanager
async def build(config: Config, clock: Callable[[], float]) -> AsyncIterator[Exporter]:
    """The parts of an exporter for this configuration; its connections close at the end."""
    telemetry = Telemetry()
    telemetry.loaded(clock())
    pages = Pages()
    telemetry.count_series(lambda: pages.series)
    store = Store([pages.update, telemetry.changed, logs.changed])
    async with AsyncExitStack() as stack:
        tasks: list[Task] = []
        for resource in config.resources:
            poll = resource.poll_with(config.poll)
            client = await stack.enter_async_context(_client(resource, poll, telemetry, clock))
            tasks += _tasks(resource, poll, client, telemetry)
        poller = Poller(
            tasks,
            store,
            stale_after=config.retention.stale_after,
            clock=clock,
            done=telemetry.polled,
        )
        yield Exporter(poller, Face(pages, telemetry, poller.waiting_for), store)


def _client(
    resource: Resource,
    poll: Poll,
    telemetry: Telemetry,
    clock: Callable[[], float],
) -> Client:
    client = Client(
        resource.endpoint,
        Credential(resource.auth),
        Throttle(poll.requests_per_second, poll.concurrency),
        timeout=poll.timeout,
        observe=telemetry.exchanged,
        clock=clock,
    )
    telemetry.watch_pause(resource.name, lambda: client.bar.closed)
    return client


def _tasks(
    resource: Resource,
    poll: Poll,
    client: Client,
    telemetry: Telemetry,
) -> Iterator[Task]:
    """What is to be followed of a resource; the first round is spread as its budget needs it."""
    sections = [(api, section, list(section.targets())) for api, section in resource.sections()]
    operations = sum(len(targets) for _, _, targets in sections)
    first_within = min(poll.interval, operations / poll.requests_per_second)
    for api, section, targets in sections:
        telemetry.expect(resource.name, api, section.states, section.error_codes)
        for target in targets:
            key = Key(resource.name, api, target.id)
            watch = Watch(key, target.kind, section.states, labels=target.labels)
            yield Task(watch, target, client, poll.interval, first_within)


async def run(
    config: Config,
    address: tuple[str | None, int],
    stop: asyncio.Event,
    clock: Callable[[], float] = time.time,
) -> None:
    """Poll and serve until `stop` is set.

    Raises:
        ListenError: the port cannot be had; nothing was polled.
    """
    log = logs.logger()
    async with (
        build(config, clock) as exporter,
        listening(exporter.face.application(), *address) as listened,
        asyncio.TaskGroup() as group,
    ):
        polling = group.create_task(exporter.poller.run())
        log.info(
            "started",
            address=listened,
            metrics=f"http://{listened if address[0] else 'localhost' + listened}/metrics",
            resources=len(config.resources),
            operations=exporter.poller.waiting_for(),
        )
        await stop.wait()
        log.info("stopping")
        polling.cancel()
