"""Three scrapers, each once a second, and health checks; what they saw as a line of JSON.

A scraper has a client certificate. Two of the three keep their connection, so that as many are open
at any time; one makes a TLS handshake for each scrape.
"""

import asyncio
import sys
import time
from collections import defaultdict
from contextlib import AsyncExitStack
from pathlib import Path
from types import SimpleNamespace

import aiohttp
import msgspec

from tests.soak.checks import Checks
from tests.soak.rotation import client_tls
from tests.support.processor import starved

KINDS = {
    "gzip": {"Accept-Encoding": "gzip"},
    "identity": {"Accept-Encoding": "identity"},
    "openmetrics": {
        "Accept-Encoding": "gzip",
        "Accept": "application/openmetrics-text; version=1.0.0",
    },
}
AFRESH = "openmetrics"  # this one keeps no connection
SECOND = 1.0
_TICK = 0.02  # seconds


class Figures(msgspec.Struct):
    """What the scrapers saw since the last line; handshakes and checks: since the start."""

    seconds: list[float]
    own: list[float]
    failed: int
    late: float
    handshakes: int
    checks: int


class Handshakes:
    """Counts a client's new connections."""

    def __init__(self) -> None:
        self.count = 0
        self.trace = aiohttp.TraceConfig()
        self.trace.on_connection_create_end.append(self._connected)

    async def _connected(self, _session: object, _context: SimpleNamespace, _: object) -> None:
        self.count += 1


class Scrapers:
    """Seconds of each scrape by kind, how many failed, and how late this program itself woke.

    `own` are the seconds without those in which it or the exporter waited for a processor.
    """

    def __init__(self, handshakes: Handshakes, checks: Checks, pid: int) -> None:
        self._handshakes = handshakes
        self._checks = checks
        self._pid = pid
        self._begin()

    def _begin(self) -> None:
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)
        self.own: defaultdict[str, list[float]] = defaultdict(list)
        self.failed = 0
        self.late = 0.0

    async def scrape(self, session: aiohttp.ClientSession, kind: str) -> None:
        """For ever."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + SECOND, loop.time())
            await asyncio.sleep(due - loop.time())
            waited, begun = self._waited(), time.perf_counter()
            try:
                async with session.get("/metrics", headers=KINDS[kind]) as answer:
                    while await answer.content.readany():
                        pass
                    self.failed += answer.status != 200
            except aiohttp.ClientError:
                self.failed += 1
            seconds = time.perf_counter() - begun
            self.seconds[kind].append(seconds)
            self.own[kind].append(max(0.0, seconds - self._waited() + waited))

    def _waited(self) -> float:
        return starved(self._pid) + starved()

    async def tick(self) -> None:
        """What the machine takes from all of us."""
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(_TICK)
            self.late = max(self.late, time.perf_counter() - begun - _TICK)

    async def tell(self, every: float) -> None:
        while True:
            await asyncio.sleep(every)
            figures = Figures(
                seconds=[each for kind in self.seconds.values() for each in kind],
                own=[each for kind in self.own.values() for each in kind],
                failed=self.failed,
                late=self.late,
                handshakes=self._handshakes.count,
                checks=self._checks.count,
            )
            print(msgspec.json.encode(figures).decode(), flush=True)
            self._begin()


async def main(host: str, port: int, folder: Path, pid: int, every: float) -> None:
    handshakes, checks = Handshakes(), Checks(host, port)
    scrapers = Scrapers(handshakes, checks, pid)
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        for kind in KINDS:
            session = aiohttp.ClientSession(
                f"https://{host}:{port}",
                auto_decompress=False,
                connector=aiohttp.TCPConnector(ssl=client_tls(folder), force_close=kind == AFRESH),
                trace_configs=[handshakes.trace],
            )
            await stack.enter_async_context(session)
            group.create_task(scrapers.scrape(session, kind))
        group.create_task(checks.run())
        group.create_task(scrapers.tick())
        group.create_task(scrapers.tell(every))


if __name__ == "__main__":
    _, host, port, folder, pid, every = sys.argv
    asyncio.run(main(host, int(port), Path(folder), int(pid), float(every)))
