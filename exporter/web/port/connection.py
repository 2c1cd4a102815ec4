"""One connection to the exporter's own port: TLS first, and no request that is too much."""

import asyncio
from math import inf
from typing import cast

from aiohttp import web

from exporter.web.port.connections import Connections, Encryption

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


class Connection(web.RequestHandler):
    """One client. Its own TLS handshake is the first thing that it waits for."""

    def __init__(self, server: web.Server, connections: Connections) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # as aiohttp's own runner passes it
            keepalive_timeout=connections.limits.idle,
            lingering_time=1.0,
        )
        self._connections = connections
        self._wire: asyncio.Transport | None = None
        self._handshake: asyncio.Task[None] | None = None
        self._early = b""
        self._head_since: float | None = None
        self._head_bytes = 0
        self._full_since: float | None = None
        self.begun = False

    @property
    def idle(self) -> bool:
        return self.begun and self._waiter is not None and self._head_since is None

    def too_slow(self, now: float) -> str | None:
        limits = self._connections.limits
        if self._head_since is not None and now - self._head_since > limits.head:
            return "slow_request"
        if self._wire and self._wire.is_closing() and self._full_since is None:
            self._full_since = now  # what is in the buffers must still be taken
        if self._full_since is not None and now - self._full_since > limits.take:
            return "slow_reader"
        return None

    def stalled_since(self, path: str) -> float:
        asked = self._current_request
        stalled = self._full_since is not None and asked is not None and asked.path == path
        return self._full_since if stalled and self._full_since is not None else inf

    def abort(self) -> None:
        if self._wire:
            self._wire.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._wire = cast("asyncio.Transport", transport)
        if not self._connections.enter(self):
            self._wire.abort()
            return
        self._head_since = self._loop.time()
        encryption = self._connections.encryption()
        if encryption is None:
            self._begin(self._wire)
        else:
            self._wire.pause_reading()
            self._handshake = self._loop.create_task(self._greet(self._wire, encryption))

    async def _greet(self, plain: asyncio.Transport, encryption: Encryption) -> None:
        limit = self._connections.limits.head
        try:
            wire = await self._loop.start_tls(
                plain, self, encryption.context, server_side=True, ssl_handshake_timeout=limit
            )
        except OSError:
            self._connections.refused("tls")
            wire = None
        if wire is None or wire.is_closing():
            self._connections.leave(self)
            return
        self._wire = wire
        if not encryption.lets_in(wire):
            self._connections.refused("tls")
            wire.abort()
            return
        self._begin(wire)
        if self._early:
            self.data_received(self._early)

    def _begin(self, wire: asyncio.Transport) -> None:
        self.begun = True
        super().connection_made(wire)

    def data_received(self, data: bytes) -> None:
        if not self.begun:  # it came with the end of the handshake
            self._early += data
            return
        if self._head_since is None and self._waiter is not None:
            self._head_since = self._loop.time()
        before = self._request_count
        super().data_received(data)
        if self._request_count > before:
            self._head_since, self._head_bytes = None, 0
        elif self._head_since is not None:
            self._head_bytes += len(data)
            if self._head_bytes > self._connections.limits.head_bytes:
                self._connections.refused("malformed")
                self.abort()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._full_since = self._loop.time()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._full_since = None

    async def start(self) -> None:
        """Serve its requests; what aiohttp cannot even make a request of ends the connection."""
        try:
            await super().start()
        except Exception:  # noqa: BLE001  such as CONNECT without a target
            self._connections.refused("malformed")
            self.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._connections.leave(self)
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
