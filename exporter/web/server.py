"""Routes of the exporter's own port, and the server that listens on it."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import hdrs, web

from exporter.exposition.negotiation import Format, accepts_gzip, choose_format
from exporter.exposition.pages import Pages
from exporter.exposition.stream import ScrapeBody
from exporter.telemetry.metrics import Telemetry
from exporter.web.port.guard import Guard
from exporter.web.port.names import PortNames
from exporter.web.status.errors import with_error_page

_SHUTDOWN_SECONDS = 2.0  # for the scrapes in progress when the exporter stops
_SLICE_SECONDS = 0.05  # of a scrape before others have their turn, which may be many


# Host and port; None is every address of this machine.
Address = tuple[str | None, int]


class ListenError(Exception):
    """The exporter cannot listen on the address.

    Attributes:
        number: the system's error number, such as `errno.EADDRINUSE`; None: it is not known.
        port: the port of the address.
    """

    def __init__(self, text: str, number: int | None, port: int) -> None:
        super().__init__(text)
        self.number, self.port = number, port


@dataclass(frozen=True)
class MetricsRoutes:
    """The routes for metrics and health.

    Args:
        waiting_for: returns the number of operations that were not polled yet; 0 means ready.
        names: the names of the port; a request that changes something must use one of them.
    """

    pages: Pages
    telemetry: Telemetry
    waiting_for: Callable[[], int]
    names: PortNames = field(default_factory=PortNames)

    def application(self, *other_routes: web.RouteDef) -> web.Application:
        """The application with these routes and others."""
        app = web.Application(middlewares=[with_error_page, self.names.own_site])
        routes = [
            web.get("/metrics", self._metrics),
            web.get("/-/healthy", self._healthy),
            web.get("/-/ready", self._ready),
            *other_routes,
        ]
        self.names.mounted(app, routes)
        return app

    async def _healthy(self, _request: web.Request) -> web.Response:
        return web.Response(text="healthy\n")

    async def _ready(self, _request: web.Request) -> web.Response:
        if waiting := self.waiting_for():
            text = f"not ready: {waiting} operations were not polled yet\n"
            return web.Response(text=text, status=503)
        return web.Response(text="ready\n")

    async def _metrics(self, request: web.Request) -> web.StreamResponse:
        started = asyncio.get_running_loop().time()
        choice = choose_format(",".join(request.headers.getall("Accept", [])))
        gzip = accepts_gzip(",".join(request.headers.getall("Accept-Encoding", [])))
        own_metrics = await self._own_metrics(choice.format)
        body = self.pages.gzipped(own_metrics) if gzip else self.pages.plain(own_metrics)
        headers = {"Content-Type": choice.content_type, "Vary": "Accept, Accept-Encoding"}
        if gzip:
            headers["Content-Encoding"] = "gzip"
        response = await _send(request, body, headers)
        self.telemetry.exporter.scraped(asyncio.get_running_loop().time() - started)
        return response

    async def _own_metrics(self, form: Format) -> bytes:
        """The exporter's own metrics, which are many with many accounts; others have their turn."""
        loop = asyncio.get_running_loop()
        pause = loop.time() + _SLICE_SECONDS
        rendered = []
        for part in self.telemetry.parts(form):
            rendered.append(part)
            if loop.time() > pause:
                await asyncio.sleep(0)
                pause = loop.time() + _SLICE_SECONDS
        return b"".join(rendered)


async def _send(
    request: web.Request, body: ScrapeBody, headers: Mapping[str, str]
) -> web.StreamResponse:
    """Send the body part by part, to save memory; other tasks run in between."""
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
    """`listening_on` one address; yields it."""
    async with listening_on(app, [(host, port)], guard) as (address,):
        yield address


@asynccontextmanager
async def listening_on(
    app: web.Application, addresses: Sequence[Address], guard: Guard | None = None
) -> AsyncIterator[list[str]]:
    """Serve inside the context, which yields the actual addresses, such as `127.0.0.1:10058`.

    A guard admits each connection, and disconnects clients that are too slow.

    Raises:
        ListenError: an address is in use, or is not an address of this machine.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    if runner.server is None:
        raise RuntimeError("the runner was set up")
    factory = guard.serving(runner.server) if guard else runner.server
    try:
        with ExitStack() as listeners:
            bound = []
            for host, port in addresses:
                listener = await _listen(factory, host, port)
                listeners.callback(listener.close)
                name = listener.sockets[0].getsockname()
                bound.append(_shown(host and name[0], name[1]))
            sweep = guard and asyncio.create_task(guard.connections.sweep())
            try:
                yield bound
            finally:
                if guard and sweep:
                    sweep.cancel()
                    guard.connections.close()
    finally:
        await runner.cleanup()


async def _listen(
    factory: Callable[[], asyncio.BaseProtocol], host: str | None, port: int
) -> asyncio.Server:
    try:
        return await asyncio.get_running_loop().create_server(factory, host, port)
    except OSError as error:
        reason = error.strerror or str(error)
        if error.errno and not isinstance(error, socket.gaierror):
            reason = os.strerror(error.errno)  # asyncio's own text repeats the address
        text = f"cannot listen on {_shown(host, port)}: {reason.lower()}"
        raise ListenError(text, error.errno, port) from None


def _shown(host: str | None, port: int) -> str:
    """`HOST:PORT`, with brackets around an IPv6 address; `:PORT` for all addresses."""
    return f"[{host}]:{port}" if host and ":" in host else f"{host or ''}:{port}"
