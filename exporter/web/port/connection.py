"""One connection to the exporter's own port: its TLS handshake, its requests, its limits."""

import asyncio
from typing import cast

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage

from exporter.web.port.connections import Connections, Encryption
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


class PortConnection(web.RequestHandler):
    """The connection of one client. Each has its own task for the TLS handshake."""

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
        self._handshake: asyncio.Task[None] | None = None
        self._early_data = b""

    def abort(self) -> None:
        if self.progress.transport:
            self.progress.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        plain = cast("asyncio.Transport", transport)
        self.progress.transport = plain
        if not self._connections.enter(self):
            plain.abort()
            return
        self.progress.head_since = self._event_loop.time()
        encryption = self._connections.encryption()
        if encryption is None:
            self._start_http(plain)
        else:
            plain.pause_reading()
            self._handshake = self._event_loop.create_task(self._start_tls(plain, encryption))

    async def _start_tls(self, plain: asyncio.Transport, encryption: Encryption) -> None:
        limit = self._connections.limits.head
        try:
            encrypted = await self._event_loop.start_tls(
                plain, self, encryption.context, server_side=True, ssl_handshake_timeout=limit
            )
        except OSError:
            self._connections.refused("tls")
            encrypted = None
        if encrypted is None or encrypted.is_closing():
            self._connections.leave(self)
            return
        self.progress.transport = encrypted
        if not encryption.allows(encrypted):
            self._connections.refused("tls")
            encrypted.abort()
            return
        self._start_http(encrypted)
        if self._early_data:
            self.data_received(self._early_data)

    def _start_http(self, transport: asyncio.Transport) -> None:
        self.progress.established = True
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if not self.progress.established:  # data that came with the end of the handshake
            self._early_data += data
            return
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
        own_error = status >= 500 and not isinstance(exc, UnicodeEncodeError)  # noqa: PLR2004
        if own_error:
            return super().handle_error(request, status, exc, message)
        # aiohttp repeats the value of Expect, which fails if its bytes are not valid text.
        self._connections.refused("malformed")
        answer = web.Response(status=min(status, 400), text=_MALFORMED, headers=HEADERS)
        answer.force_close()
        return answer


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
            protocol.progress.request_started(request)
        return request

    server.request_factory = factory
