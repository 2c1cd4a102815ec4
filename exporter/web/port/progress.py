"""The progress of one client of the port: sending a request, and reading the answer."""

import asyncio
from dataclasses import dataclass
from math import inf

from aiohttp import StreamReader, web


@dataclass(frozen=True)
class PortLimits:
    """The limits of one port.

    Args:
        connections: the greatest number of connections.
        handshakes: the greatest number of TLS handshakes that are in progress.
        scrapes: the greatest number of requests for one path at a time.
        request: seconds from a connection, or the first byte of a further request, to the last
            byte of its body; also for a TLS handshake.
        take: seconds for the client to read the answer, once the buffers are full.
        stall: seconds with full buffers, after which the client may be disconnected for another.
        idle: seconds between two requests. Prometheus keeps its connection between two scrapes.
        head_bytes: of the request line and all headers; aiohttp also limits each line.
    """

    connections: int = 512
    handshakes: int = 100
    scrapes: int = 40
    request: float = 10.0
    take: float = 30.0
    stall: float = 1.0
    idle: float = 75.0
    head_bytes: int = 32768


@dataclass(slots=True)
class Progress:
    """The progress of one connection. Times are those of the event loop.

    Attributes:
        transport: the client's, encrypted after the TLS handshake; None before it is connected.
        established: whether the TLS handshake, if there is one, is complete.
        head_since: since when a head is being received; None if none is.
        full_since: since when the buffers are full; None if they are not.
    """

    limits: PortLimits
    transport: asyncio.Transport | None = None
    established: bool = False
    head_since: float | None = None
    full_since: float | None = None
    _head_bytes: int = 0
    _path: str | None = None  # of the request that the handler works on
    _body: StreamReader | None = None  # of the latest request, until it is read completely
    _body_since: float = 0.0  # since when the request of this body is being received
    _answering: bool = False

    @property
    def idle(self) -> bool:
        """Whether it waits for the first byte of a further request."""
        return self.established and self._expects_head and self.head_since is None

    @property
    def _expects_head(self) -> bool:
        """Whether the next bytes are the head of a request."""
        return not self._answering and not self._receives_body

    @property
    def _receives_body(self) -> bool:
        return self._body is not None and not self._body.is_eof()

    def received(self, size: int, now: float) -> None:
        """Count received bytes. They may complete a head; `request_started` then follows."""
        if self._expects_head:
            self.head_since = now if self.head_since is None else self.head_since
            self._head_bytes += size

    @property
    def head_is_too_big(self) -> bool:
        return self.head_since is not None and self._head_bytes > self.limits.head_bytes

    def request_started(self, request: web.BaseRequest, now: float) -> None:
        """Record that a head is complete; a body may follow."""
        self._body_since = now if self.head_since is None else self.head_since
        self.head_since, self._head_bytes = None, 0
        self._path, self._body, self._answering = request.path, request.content, True

    def handler_done(self) -> None:
        """Record that the handler has returned; the rest of the answer may still be unsent."""
        self._path = None

    def answered(self, *, keep_alive: bool) -> None:
        """Record that the answer is written, and whether a further request may follow."""
        self._answering = not keep_alive
        if self._body and self._body.is_eof():
            self._body = None

    def connection_lost(self) -> None:
        """Release the request, which the progress would otherwise keep in memory."""
        self._path = self._body = None

    def too_slow(self, now: float) -> str | None:
        """The reason to disconnect the client; None if it is fast enough."""
        since = self._body_since if self._receives_body else self.head_since
        if since is not None and now - since > self.limits.request:
            return "slow_request"
        if self.transport and self.transport.is_closing() and self.full_since is None:
            self.full_since = now  # the client must still read what is in the buffers
        if self.full_since is not None and now - self.full_since > self.limits.take:
            return "slow_reader"
        return None

    def stalled_since(self, path: str) -> float:
        """The time since which the client does not read the answer for `path`, or inf."""
        return self.full_since if self.full_since is not None and self._path == path else inf
