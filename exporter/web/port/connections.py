"""All connections to the exporter's own port: their greatest number, and which are too slow."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from exporter.web.port.progress import PortLimits, Progress
from exporter.web.port.tls import names_of

_SWEEP_SECONDS = 0.5  # between two searches for connections that are too slow


@dataclass(frozen=True)
class Encryption:
    """TLS for a new connection; a client must have one of the names, if there are any."""

    context: ssl.SSLContext
    allowed_names: frozenset[str] = frozenset()

    def allows(self, certificate: Mapping[str, object] | None) -> bool:
        """Whether the client has an allowed name. Its certificate is verified before."""
        return not self.allowed_names or bool(self.allowed_names & names_of(certificate))


class OpenConnection(Protocol):
    """The part of one connection that `Connections` uses."""

    @property
    def progress(self) -> Progress: ...

    def abort(self) -> None:
        """Close at once and discard the buffers."""


class Connections:
    """All open connections, including those in a TLS handshake.

    Args:
        refused: called with the reason when a client is refused or disconnected.
    """

    def __init__(
        self,
        limits: PortLimits,
        refused: Callable[[str], None],
    ) -> None:
        self.limits = limits
        self.refused = refused
        self._open: dict[OpenConnection, None] = {}
        self._handshakes: dict[OpenConnection, None] = {}  # in progress, the oldest first

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, connection: OpenConnection) -> bool:
        """Whether a new connection may open; if all are in use, an idle one is closed for it."""
        if len(self._open) >= self.limits.connections:
            idle = next((other for other in self._open if other.progress.idle), None)
            if idle is None:
                self.refused("connections")
                return False
            self.leave(idle)
            idle.abort()
        self._open[connection] = None
        return True

    def leave(self, connection: OpenConnection) -> None:
        """Forget a connection that is closed."""
        self._open.pop(connection, None)
        self._handshakes.pop(connection, None)

    def begin_handshake(self, connection: OpenConnection) -> None:
        """A client has begun a TLS handshake; if there are too many, the oldest one is ended."""
        if len(self._handshakes) >= self.limits.handshakes:
            oldest = next(iter(self._handshakes))
            self.refused("tls")
            self.leave(oldest)
            oldest.abort()
        self._handshakes[connection] = None

    def make_room(self, path: str) -> bool:
        """Disconnect the client that has stalled longest while it reads `path`, if there is one."""
        limit = asyncio.get_running_loop().time() - self.limits.stall
        stalled = [client for client in self._open if client.progress.stalled_since(path) < limit]
        if not stalled:
            return False
        slowest = min(stalled, key=lambda client: client.progress.stalled_since(path))
        self.refused("slow_reader")
        self.leave(slowest)
        slowest.abort()
        return True

    def check_head(self, connection: OpenConnection) -> None:
        """Disconnect a client that sends a head that is too big."""
        if connection in self._open and connection.progress.head_is_too_big:
            self.refused("malformed")
            self.leave(connection)
            connection.abort()

    async def sweep(self) -> None:
        """Disconnect clients that are too slow, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            for connection in list(self._open):
                if reason := connection.progress.too_slow(loop.time()):
                    self.refused(reason)
                    connection.abort()

    def close(self) -> None:
        """Close connections in a TLS handshake; the server closes all others."""
        for connection in list(self._open):
            if not connection.progress.established:
                connection.abort()
