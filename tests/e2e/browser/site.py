"""An exporter to visit. The clock of the simulator stands unless a test moves it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from exporter.app.exporter import Exporter
from exporter.app.serve import routes
from exporter.config.config import Config
from exporter.simulator.faults.faults import Faults
from exporter.simulator.server import Simulator
from exporter.web.port.names import PortNames
from exporter.web.server import listening
from tests.e2e.browser.work import BUSY, watching, work
from tests.support.local import Samples, clock, configured, polling, served
from tests.support.simulator import Clock

SELDOM = {
    "poll": {"interval": "1h", "requests_per_second": 1000},
    "retention": {"stale_after": "3h"},
}
"""Settings with which an operation is polled once, and again only on request."""

Value = TypeVar("Value")


@dataclass(frozen=True)
class Site:
    """An exporter, its address, and the Azure behind it."""

    url: str
    exporter: Exporter
    azure: Simulator
    clock: Clock

    async def asked(self) -> None:
        """Until Azure was asked once more; it may want to be left alone for a second first."""
        before = self.azure.requests.total()
        async with asyncio.timeout(90):
            while self.azure.requests.total() == before:
                await asyncio.sleep(0.05)
        await _calm(self)

    async def poll(self, resource: str, api: str, operation: str) -> None:
        """Poll one operation now."""
        await self.exporter.once.poll(self.exporter.find(resource, api, operation), now=True)


@asynccontextmanager
async def opened(
    azure: Simulator,
    clock: Clock,
    config: Config,
    *,
    lifecycle: bool = True,
    names: PortNames | None = None,
) -> AsyncIterator[Site]:
    """The site, once everything was looked at."""
    names = names or PortNames()
    async with polling(config) as exporter:
        application = replace(exporter.metrics_routes, names=names).application(
            *routes(exporter, None, lifecycle=lifecycle, names=names)
        )
        async with listening(application, "127.0.0.1", 0) as address:
            seen = Site(f"http://{address}", exporter, azure, clock)
            await _calm(seen)
            yield seen


async def _calm(site: Site) -> None:
    """Until nobody asks Azure any more."""
    asked = -1
    async with asyncio.timeout(90):
        while site.exporter.waiting_for() or asked != site.azure.requests.total():
            asked = site.azure.requests.total()
            await asyncio.sleep(0.3)


@asynccontextmanager
async def standing(
    *,
    lifecycle: bool = True,
    names: PortNames | None = None,
) -> AsyncIterator[Site]:
    """All of the work, at a moment that does not pass."""
    moment = Clock(clock())
    azure = Simulator(work(moment.now), clock=moment, cache=False)
    busy = Simulator(work(moment.now), clock=moment, cache=False, faults=Faults(BUSY))
    async with served(azure.app()) as endpoint, served(busy.app()) as throttled:
        config = configured(*watching(endpoint, throttled), **SELDOM)
        async with opened(azure, moment, config, lifecycle=lifecycle, names=names) as site:
            yield site


async def metrics(url: str) -> Samples:
    """All samples of a scrape."""
    async with aiohttp.ClientSession() as session, session.get(f"{url}/metrics") as answer:
        body = await answer.text()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(body)
        for sample in family.samples
    }


@asynccontextmanager
async def kept(context: AbstractAsyncContextManager[Value]) -> AsyncIterator[Value]:
    """A context that is entered and left by one task, as a TaskGroup wants it."""
    ready: asyncio.Future[Value] = asyncio.get_running_loop().create_future()
    done = asyncio.Event()

    async def stay() -> None:
        try:
            async with context as value:
                ready.set_result(value)
                await done.wait()
        except BaseException as error:
            if not ready.done():
                ready.set_exception(error)
            raise

    task = asyncio.create_task(stay())
    try:
        yield await ready
    finally:
        done.set()
        await task
