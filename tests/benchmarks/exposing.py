"""The exposing half of an exporter, filled through its store: batches and documents in each.

`change N` changes all documents of N batches, `touch` one document in every batch; both answer
with the seconds of CPU before that. What is put is made beforehand: parsing is measured elsewhere.
"""

import asyncio
import itertools
import sys
import time

from exporter.app import serve
from exporter.exposition.pages import Pages
from exporter.model.operation import Operation, OperationKey
from exporter.model.store import Store
from exporter.telemetry.metrics import Telemetry
from exporter.web.server import MetricsRoutes, listening
from tests.benchmarks import filling
from tests.benchmarks.obeying import Answer, Ticker, obey


class Exposed:
    """A store with its pages, changed as a poller changes them."""

    def __init__(self, batches: int, size: int) -> None:
        self.pages = Pages()
        self.pages.series_limit = 10 * batches * size + 1000
        self.pages.documents_limit = size
        self.store = Store([self.pages.update])
        self.ticker = Ticker()
        self._size = size
        self._keys = [filling.key(number) for number in range(batches)]
        self._next = itertools.cycle(range(batches))
        self._version = 0
        for number, key in enumerate(self._keys):
            self.store.watch(filling.watch(number))
            self.store.put(key, filling.batch(number, size), time.time())

    async def change(self, count: str) -> Answer:
        """All documents of the next so many batches."""
        self._version += 1
        numbers = [next(self._next) for _ in range(int(count))]
        return await self._put(
            [(self._keys[each], filling.batch(each, self._size, self._version)) for each in numbers]
        )

    async def touch(self, _: str) -> Answer:
        """The first document of every batch."""
        self._version += 1
        return await self._put(
            [
                (key, filling.batch(number, self._size, self._version, first=1))
                for number, key in enumerate(self._keys)
            ]
        )

    async def _put(self, seen: list[tuple[OperationKey, Operation]]) -> Answer:
        await asyncio.sleep(0.01)  # the ticker wakes and sees how long it took to make them
        self.ticker.longest = 0.0
        begun = time.process_time()
        for key, operation in seen:
            self.store.put(key, operation, time.time())
            await asyncio.sleep(0)
        return {"cpu": begun}


async def main(batches: int, size: int) -> None:
    serve._limit_stalls()
    exposed = Exposed(batches, size)
    face = MetricsRoutes(exposed.pages, Telemetry(), lambda: 0)
    async with listening(face.application(), "127.0.0.1", 0) as address:
        commands = {"change": exposed.change, "touch": exposed.touch}
        await obey(address, exposed.ticker, commands)


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
