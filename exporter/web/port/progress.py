"""How far one client of the port is: with the head of a request, and with taking an answer."""

import asyncio
from dataclasses import dataclass
from math import inf

from aiohttp import StreamReader, web


@dataclass(frozen=True)
class PortLimits:
    """What one port bears; times are seconds.

    Args:
        head: from a connection, or the first byte of a further request, to the end of its head.
        take: for the client to take what it asked for, once the buffers are full.
        stall: once the buffers are full, after which it makes room for others that scrape.
        idle: between two requests. Prometheus keeps its connection from scrape to scrape.
        head_bytes: request line and headers; a line of them is bounded by aiohttp besides.
    """

    connections: int = 512
    scrapes: int = 40
    head: float = 10.0
    take: float = 30.0
    stall: float = 1.0
    idle: float = 75.0
    head_bytes: int = 32768


@dataclass(slots=True)
class Progress:
    """Of one connection. Times are the loop's.

    Attributes:
        transport: the client's, encrypted once TLS is there; None before it has come.
        begun: whether its TLS handshake is behind it.
        head_since: since when a head is under way; None: none is.
        full_since: since when the buffers are full; None: they are not.
    """

    limits: PortLimits
    transport: asyncio.Transport | None = None
    begun: bool = False
    head_since: float | None = None
    full_since: float | None = None
    _head_bytes: int = 0
    _path: str | None = None  # of the request that is handled
    _body: StreamReader | None = None  # of the latest request, until it is read
    _answering: bool = False

    @property
    def idle(self) -> bool:
        """Whether it waits for a further request, of which nothing has come yet."""
        return self.begun and self._waits and self.head_since is None

    @property
    def _waits(self) -> bool:
        """Whether what comes next is the head of a request."""
        return not self._answering and (self._body is None or self._body.is_eof())

    def received(self, size: int, now: float) -> None:
        """So many bytes came; they may hold the end of a head, of which `asked` tells."""
        if self._waits:
            self.head_since = now if self.head_since is None else self.head_since
            self._head_bytes += size

    @property
    def head_is_too_big(self) -> bool:
        return self.head_since is not None and self._head_bytes > self.limits.head_bytes

    def asked(self, request: web.BaseRequest) -> None:
        """A head is complete."""
        self.head_since, self._head_bytes = None, 0
        self._path, self._body, self._answering = request.path, request.content, True

    def handled(self) -> None:
        """What the handler had to say is said, but for the rest of a whole answer."""
        self._path = None

    def answered(self, *, goes_on: bool) -> None:
        """The answer is written, and whether there may be a further request."""
        self._answering = not goes_on
        if self._body and self._body.is_eof():
            self._body = None

    def ended(self) -> None:
        """The connection is lost; nothing of the request is kept."""
        self._path = self._body = None

    def too_slow(self, now: float) -> str | None:
        """Why the client is to be cut off."""
        if self.head_since is not None and now - self.head_since > self.limits.head:
            return "slow_request"
        if self.transport and self.transport.is_closing() and self.full_since is None:
            self.full_since = now  # what is in the buffers must still be taken
        if self.full_since is not None and now - self.full_since > self.limits.take:
            return "slow_reader"
        return None

    def stalled_since(self, path: str) -> float:
        """The time since which the answer to a request for `path` is not taken, or inf."""
        return self.full_since if self.full_since is not None and self._path == path else inf
