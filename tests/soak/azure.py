"""The local Azure of the soak, in a process of its own: one for each name, alike, without cache."""

import asyncio
import json
import sys
from contextlib import AsyncExitStack

from exporter.simulator.server import Simulator
from exporter.web.server import listening
from tests.soak.work import scenario


async def main(begun: float, minutes: float, names: list[str]) -> None:
    played = scenario(begun, minutes)
    async with AsyncExitStack() as stack:
        endpoints = {}
        for name in names:
            app = Simulator(played, cache=False).app()
            endpoints[name] = await stack.enter_async_context(listening(app, "127.0.0.1", 0))
        print(json.dumps(endpoints), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]))
