"""Routes of the exporter's own port, and the server that listens on it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import hdrs, web

from exporter.exposition.negotiation import accepts_gzip, choose_format
from exporter.exposition.pages import Pages
from exporter.exposition.stream import ScrapeBody
from exporter.telemetry.metrics import Telemetry
from exporter.web.port.guard import Guard
from exporter.web.status.errors import with_error_page

_SHUTDOWN = 2.0  # seconds that scrapes under way may still take when the exporter stops


class ListenError(Exception):
    """The address cannot be listened on."""


@dataclass(frozen=True)
class MetricsRoutes:
    """What the port shows.

    Args:
        waiting_for: how many operations were not tried yet; ready at 0.
    """

    pages: Pages
    telemetry: Telemetry
    waiting_for: Callable[[], int]

    def application(self, *more: web.RouteDef) -> web.Application:
        """These routes, and more."""
        app = web.Application(middlewares=[with_error_page])
        app.add_routes(
            [
                web.get("/metrics", self._metrics),
                web.get("/-/healthy", self._healthy),
                web.get("/-/ready", self._ready),
                *more,
            ],
        )
        return app

    async def _healthy(self, _request: web.Request) -> web.Response:
        return web.Response(text="healthy\n")

    async def _ready(self, _request: web.Request) -> web.Response:
        if waiting := self.waiting_for():
            text = f"not ready: {waiting} operations were not asked for yet\n"
            return web.Response(text=text, status=503)
        return web.Response(text="ready\n")

    async def _metrics(self, request: web.Request) -> web.StreamResponse:
        begun = asyncio.get_running_loop().time()
        choice = choose_format(",".join(request.headers.getall("Accept", [])))
        gzip = accepts_gzip(",".join(request.headers.getall("Accept-Encoding", [])))
        rest = self.telemetry.render(choice.format)
        body = self.pages.gzipped(rest) if gzip else self.pages.plain(rest)
        headers = {"Content-Type": choice.content_type, "Vary": "Accept, Accept-Encoding"}
        if gzip:
            headers["Content-Encoding"] = "gzip"
        response = await _sent(request, body, headers)
        self.telemetry.exporter.scraped(asyncio.get_running_loop().time() - begun)
        return response


async def _sent(
    request: web.Request, body: ScrapeBody, headers: Mapping[str, str]
) -> web.StreamResponse:
    """The body, of which only a part is in memory at any time; others have their turn between."""
    response = web.StreamResponse(headers=headers)
    response.content_length = body.length
    await response.prepare(request)
    if request.method != hdrs.METH_HEAD:
        for part in body:
            await response.write(part)
            await asyncio.sleep(0)
    await response.write_eof()
    return response


@asynccontextmanager
async def listening(
    app: web.Application,
    host: str | None,
    port: int,
    guard: Guard | None = None,
) -> AsyncIterator[str]:
    """Serve while inside; the address that is really listened on.

    A guard decides on each connection, and cuts off those that are too slow.

    Raises:
        ListenError: the address is in use, or not this machine's.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN)
    await runner.setup()
    if runner.server is None:
        raise RuntimeError("the runner was set up")
    made = guard.serving(runner.server) if guard else runner.server
    try:
        try:
            listener = await asyncio.get_running_loop().create_server(made, host, port)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise ListenError(f"cannot listen on {host or ''}:{port}: {reason}") from None
        sweeping = guard and asyncio.create_task(guard.connections.sweep())
        try:
            bound_host, bound_port = listener.sockets[0].getsockname()[:2]
            yield f"{bound_host}:{bound_port}" if host else f":{bound_port}"
        finally:
            listener.close()
            if guard and sweeping:
                sweeping.cancel()
                guard.connections.close()
    finally:
        await runner.cleanup()
