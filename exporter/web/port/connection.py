"""One connection to the exporter's own port: TLS first, and no request that is too much."""

import asyncio
from typing import cast

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage

from exporter.web.port.connections import Connections, Encryption
from exporter.web.port.progress import Progress

# Of every answer. A page brings a policy of its own; nobody is told of what versions we are made.
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
    """One client. Its own TLS handshake is the first thing that it waits for."""

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
        self._early = b""

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
            self._begin(plain)
        else:
            plain.pause_reading()
            self._handshake = self._event_loop.create_task(self._greet(plain, encryption))

    async def _greet(self, plain: asyncio.Transport, encryption: Encryption) -> None:
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
        if not encryption.lets_in(encrypted):
            self._connections.refused("tls")
            encrypted.abort()
            return
        self._begin(encrypted)
        if self._early:
            self.data_received(self._early)

    def _begin(self, transport: asyncio.Transport) -> None:
        self.progress.begun = True
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if not self.progress.begun:  # it came with the end of the handshake
            self._early += data
            return
        self.progress.received(len(data), self._event_loop.time())
        super().data_received(data)
        if self.progress.head_is_too_big:
            # If the head has ended, aiohttp makes a request of it in a moment, and before that.
            self._event_loop.call_soon(self._connections.check_head, self)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.progress.full_since = self._event_loop.time()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.progress.full_since = None

    async def start(self) -> None:
        """Serve its requests; what aiohttp cannot even make a request of ends the connection."""
        try:
            await super().start()
        except Exception:  # noqa: BLE001  such as CONNECT without a target
            self._connections.refused("malformed")
            self.abort()

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Write what is left of an answer; whether the client has gone away."""
        self.progress.handled()
        answer, gone = await super().finish_response(request, resp, start_time)
        self.progress.answered(goes_on=bool(answer.keep_alive) and not gone)
        return answer, gone

    def connection_lost(self, exc: BaseException | None) -> None:
        self._connections.leave(self)
        self.progress.ended()
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Say nothing of what a stranger sent, neither to him nor in the log."""
        ours = status >= 500 and not isinstance(exc, UnicodeEncodeError)  # noqa: PLR2004
        if ours:
            return super().handle_error(request, status, exc, message)
        # Bytes of a header that are no text cannot be repeated, as aiohttp does with Expect.
        self._connections.refused("malformed")
        answer = web.Response(status=min(status, 400), text=_MALFORMED, headers=HEADERS)
        answer.force_close()
        return answer


def tell_of_requests(server: web.Server) -> None:
    """Have each `PortConnection` of a server told of its requests, as soon as their heads are read.

    The factory is called at once, and for what is malformed as well; a middleware is called later,
    and not for all.
    """
    make = server.request_factory

    def made(
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: "asyncio.Task[None]",
    ) -> web.BaseRequest:
        request = make(message, payload, protocol, writer, task)
        if isinstance(protocol, PortConnection):
            protocol.progress.asked(request)
        return request

    server.request_factory = made
