"""A peer: a bare aiohttp server that sends the bytes of a file from memory."""

import asyncio
import sys
from pathlib import Path

from aiohttp import web

from exporter.web.server import listening
from tests.benchmarks.obeying import Ticker, obey


async def main(body: bytes) -> None:
    async def send(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="text/plain")

    app = web.Application()
    app.add_routes([web.get("/metrics", send)])
    async with listening(app, "127.0.0.1", 0) as address:
        await obey(address, Ticker())


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]).read_bytes()))
