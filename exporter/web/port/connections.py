"""All connections to the exporter's own port: how many there may be, and which are too slow."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from exporter.web.port.progress import PortLimits, Progress
from exporter.web.port.tls import names_of

_SWEEP = 0.5  # seconds between two looks for connections that are too slow


@dataclass(frozen=True)
class Encryption:
    """TLS for a new connection, and the names of which a client must have one."""

    context: ssl.SSLContext
    allowed_names: frozenset[str] = frozenset()

    def lets_in(self, wire: asyncio.Transport) -> bool:
        """Whether the client, whose certificate is verified already, may speak."""
        certificate = wire.get_extra_info("peercert")
        return not self.allowed_names or bool(self.allowed_names & names_of(certificate))


class OpenConnection(Protocol):
    """What is asked of one connection."""

    @property
    def progress(self) -> Progress: ...

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
        limits: PortLimits,
        encryption: Callable[[], Encryption | None],
        refused: Callable[[str], None],
    ) -> None:
        self.limits = limits
        self.encryption = encryption
        self.refused = refused
        self._open: dict[OpenConnection, None] = {}

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, connection: OpenConnection) -> bool:
        """Take a new one, in the place of one that is idle where there is no other."""
        if len(self._open) >= self.limits.connections:
            idle = next((client for client in self._open if client.progress.idle), None)
            if idle is None:
                self.refused("connections")
                return False
            self.leave(idle)
            idle.abort()
        self._open[connection] = None
        return True

    def leave(self, connection: OpenConnection) -> None:
        """It is gone."""
        self._open.pop(connection, None)

    def make_room(self, path: str) -> bool:
        """Cut off whoever asked for `path` and has not taken it for the longest time."""
        since = asyncio.get_running_loop().time() - self.limits.stall
        stalled = [client for client in self._open if client.progress.stalled_since(path) < since]
        if not stalled:
            return False
        slowest = min(stalled, key=lambda client: client.progress.stalled_since(path))
        self.refused("slow_reader")
        self.leave(slowest)
        slowest.abort()
        return True

    def check_head(self, connection: OpenConnection) -> None:
        """Cut off who sends a head that is too big."""
        if connection in self._open and connection.progress.head_is_too_big:
            self.refused("malformed")
            self.leave(connection)
            connection.abort()

    async def sweep(self) -> None:
        """Cut off who is too slow, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_SWEEP)
            for connection in list(self._open):
                if reason := connection.progress.too_slow(loop.time()):
                    self.refused(reason)
                    connection.abort()

    def close(self) -> None:
        """End what is still in a TLS handshake; of the others their server takes care."""
        for connection in list(self._open):
            if not connection.progress.begun:
                connection.abort()
