"""The simulator of the soak, in a process of its own: one for each name, alike, without cache."""

import asyncio
import json
import sys
from contextlib import AsyncExitStack

from aiohttp import web
from aiohttp.typedefs import Handler

from exporter.simulator.faults.faults import Fault, Faults
from exporter.simulator.server import Simulator
from exporter.web.server import listening
from tests.soak.work import scenario

KEY, FAULTS = "/_soak/key", "/_soak/faults"


class CountedFaults(Faults):
    """Faults that count all answers, and those that they change."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = self.struck = 0

    def strike(self, path: str) -> Fault | None:
        fault = super().strike(path)
        self.answers += 1
        self.struck += fault is not None
        return fault


def application(simulator: Simulator, faults: CountedFaults) -> web.Application:
    """A simulator whose only key can be replaced, and that counts its answers and its faults."""

    @web.middleware
    async def control(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path == KEY:
            simulator.azure._key = await request.text()
            return web.Response()
        if request.path == FAULTS:
            return web.json_response([faults.answers, faults.struck])
        return await handler(request)

    app = simulator.app()
    app.middlewares.append(control)
    return app


async def main(begun: float, minutes: float, names: list[str]) -> None:
    played = scenario(begun, minutes)
    async with AsyncExitStack() as stack:
        endpoints = {}
        for name in names:
            faults = CountedFaults()
            app = application(Simulator(played, faults=faults, cache=False), faults)
            endpoints[name] = await stack.enter_async_context(listening(app, "127.0.0.1", 0))
        print(json.dumps(endpoints), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]))
