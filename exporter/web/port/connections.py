"""All connections to the exporter's own port: how many there may be, and which are too slow."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from exporter.web.port.tls import names_of

_SWEEP = 0.5  # seconds between two looks for connections that are too slow


@dataclass(frozen=True)
class Limits:
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


@dataclass(frozen=True)
class Encryption:
    """TLS for a new connection, and the names of which a client must have one."""

    context: ssl.SSLContext
    allowed_names: frozenset[str] = frozenset()

    def lets_in(self, wire: asyncio.Transport) -> bool:
        """Whether the client, whose certificate is verified already, may speak."""
        certificate = wire.get_extra_info("peercert")
        return not self.allowed_names or bool(self.allowed_names & names_of(certificate))


class Client(Protocol):
    """What is asked of one connection."""

    @property
    def begun(self) -> bool:
        """Whether its TLS handshake is behind it."""

    @property
    def idle(self) -> bool:
        """Whether it waits for a further request, of which nothing has come yet."""

    def too_slow(self, now: float) -> str | None:
        """Why it is to be cut off; `now` is the loop's time."""

    def stalled_since(self, path: str) -> float:
        """The loop's time since which the answer to a request for `path` is not taken, or inf."""

    def abort(self) -> None:
        """Close at once, whatever is in the buffers."""


class Connections:
    """All that are open, TLS handshakes included.

    Args:
        encryption: what is in force for a new connection; None is plain HTTP.
        refused: called with the reason when a client is turned away or cut off.
    """

    def __init__(
        self,
        limits: Limits,
        encryption: Callable[[], Encryption | None],
        refused: Callable[[str], None],
    ) -> None:
        self.limits = limits
        self.encryption = encryption
        self.refused = refused
        self._open: dict[Client, None] = {}

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, connection: Client) -> bool:
        """Take a new one, in the place of one that is idle where there is no other."""
        if len(self._open) >= self.limits.connections:
            idle = next((each for each in self._open if each.idle), None)
            if idle is None:
                self.refused("connections")
                return False
            self.leave(idle)
            idle.abort()
        self._open[connection] = None
        return True

    def leave(self, connection: Client) -> None:
        """It is gone."""
        self._open.pop(connection, None)

    def make_room(self, path: str) -> bool:
        """Cut off whoever asked for `path` and has not taken it for the longest time."""
        since = asyncio.get_running_loop().time() - self.limits.stall
        stalled = [each for each in self._open if each.stalled_since(path) < since]
        if not stalled:
            return False
        slowest = min(stalled, key=lambda each: each.stalled_since(path))
        self.refused("slow_reader")
        self.leave(slowest)
        slowest.abort()
        return True

    async def sweep(self) -> None:
        """Cut off who is too slow, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_SWEEP)
            for connection in list(self._open):
                if reason := connection.too_slow(loop.time()):
                    self.refused(reason)
                    connection.abort()

    def close(self) -> None:
        """End what is still in a TLS handshake; of the others their server takes care."""
        for connection in list(self._open):
            if not connection.begun:
                connection.abort()
