"""Three scrapers, each once a second; what they measured as a line of JSON, now and then."""

import asyncio
import json
import sys
import time
from collections import defaultdict
from pathlib import Path

import aiohttp

KINDS = {
    "gzip": {"Accept-Encoding": "gzip"},
    "identity": {"Accept-Encoding": "identity"},
    "openmetrics": {
        "Accept-Encoding": "gzip",
        "Accept": "application/openmetrics-text; version=1.0.0",
    },
}
SECOND = 1.0
_TICK = 0.02  # seconds


class Scrapers:
    """Seconds of each scrape by kind, how many failed, and how late this program itself woke.

    `own` are the seconds without those in which the exporter waited for a processor.
    """

    def __init__(self, session: aiohttp.ClientSession, pid: int) -> None:
        self._session = session
        self._schedule = Path(f"/proc/{pid}/schedstat")
        self._begin()

    def _begin(self) -> None:
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)
        self.own: defaultdict[str, list[float]] = defaultdict(list)
        self.failed = 0
        self.late = 0.0

    async def scrape(self, kind: str) -> None:
        """For ever."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + SECOND, loop.time())
            await asyncio.sleep(due - loop.time())
            starved, begun = self.starved(), time.perf_counter()
            try:
                async with self._session.get("/metrics", headers=KINDS[kind]) as answer:
                    while await answer.content.readany():
                        pass
                    self.failed += answer.status != 200
            except aiohttp.ClientError:
                self.failed += 1
            seconds = time.perf_counter() - begun
            self.seconds[kind].append(seconds)
            self.own[kind].append(max(0.0, seconds - self.starved() + starved))

    def starved(self) -> float:
        """Seconds since it began: https://docs.kernel.org/scheduler/sched-stats.html."""
        return int(self._schedule.read_text().split()[1]) / 1e9

    async def tick(self) -> None:
        """What the machine takes from all of us."""
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(_TICK)
            self.late = max(self.late, time.perf_counter() - begun - _TICK)

    async def tell(self, every: float) -> None:
        while True:
            await asyncio.sleep(every)
            figures = {"seconds": self.seconds, "own": self.own}
            print(json.dumps({**figures, "failed": self.failed, "late": self.late}), flush=True)
            self._begin()


async def main(address: str, pid: int, every: float) -> None:
    async with (
        aiohttp.ClientSession(f"http://{address}", auto_decompress=False) as session,
        asyncio.TaskGroup() as group,
    ):
        scrapers = Scrapers(session, pid)
        for kind in KINDS:
            group.create_task(scrapers.scrape(kind))
        group.create_task(scrapers.tick())
        group.create_task(scrapers.tell(every))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
