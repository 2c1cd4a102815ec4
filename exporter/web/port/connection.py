"""One connection to the exporter's own port: its requests, and its limits."""

import asyncio
from typing import cast

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import HttpProcessingError, RawRequestMessage

from exporter.web.port.connections import Connections
from exporter.web.port.progress import Progress

# Headers of every answer. A page sets its own policy; `Server` names no versions of libraries.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'",
    "Referrer-Policy": "no-referrer",
    "Server": "azure-ai-exporter",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_MALFORMED = "the request is not HTTP, or a line of it is longer than 8190 bytes\n"

# What a client causes: it goes away, its body is not what its head says, or the value of Expect,
# which aiohttp repeats, is not valid text.
_CLIENT_ERRORS = (ConnectionError, web.RequestPayloadError, HttpProcessingError, UnicodeEncodeError)


class PortConnection(web.RequestHandler):
    """The connection of one client, after the TLS handshake if there is one."""

    def __init__(self, server: web.Server, connections: Connections) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # as aiohttp's own runner passes it
            keepalive_timeout=connections.limits.idle,
            lingering_time=1.0,
        )
        self.progress = Progress(connections.limits)
        self._connections = connections
        self._event_loop = asyncio.get_running_loop()

    def abort(self) -> None:
        if self.progress.transport:
            self.progress.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.progress.transport = cast("asyncio.Transport", transport)
        if not self._connections.enter(self):
            self.abort()
            return
        self.progress.head_since = self._event_loop.time()
        self.progress.established = True
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self.progress.received(len(data), self._event_loop.time())
        super().data_received(data)
        if self.progress.head_is_too_big:
            # If the head is complete, aiohttp makes its request before this callback runs.
            self._event_loop.call_soon(self._connections.check_head, self)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.progress.full_since = self._event_loop.time()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.progress.full_since = None

    async def start(self) -> None:
        """Serve the requests; data of which aiohttp cannot make a request ends the connection."""
        try:
            await super().start()
        except Exception:  # noqa: BLE001  such as CONNECT without a target
            self._connections.refused("malformed")
            self.abort()

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Write the rest of the answer; return it, and whether the client is gone."""
        self.progress.handler_done()
        answer, gone = await super().finish_response(request, resp, start_time)
        self.progress.answered(keep_alive=bool(answer.keep_alive) and not gone)
        return answer, gone

    def connection_lost(self, exc: BaseException | None) -> None:
        self._connections.leave(self)
        self.progress.connection_lost()
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer without the client's text, and do not log it."""
        if status >= 500 and not isinstance(exc, _CLIENT_ERRORS):  # noqa: PLR2004
            return super().handle_error(request, status, exc, message)
        if self.transport is not None:  # else the client has gone by itself
            self._connections.refused("malformed")
        answer = web.Response(status=min(status, 400), text=_MALFORMED, headers=HEADERS)
        answer.force_close()
        return answer

    def log_exception(self, *args: object, **fields: object) -> None:
        """Log an error, unless the client caused it, such as by a body that nobody reads."""
        if not isinstance(fields.get("exc_info"), _CLIENT_ERRORS):
            super().log_exception(*args, **fields)


def track_requests(server: web.Server) -> None:
    """Record each request of a server in the `Progress` of its connection.

    The factory is called as soon as a head is read, also for a malformed request; a middleware is
    called later, and not for every request.
    """
    original_factory = server.request_factory

    def factory(
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: "asyncio.Task[None]",
    ) -> web.BaseRequest:
        request = original_factory(message, payload, protocol, writer, task)
        if isinstance(protocol, PortConnection):
            protocol.progress.request_started(request, asyncio.get_running_loop().time())
        return request

    server.request_factory = factory
