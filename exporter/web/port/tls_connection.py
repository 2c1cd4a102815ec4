"""One TLS connection to the port: the handshake, and what the client sends, decrypted.

Not asyncio's own TLS: it holds 256 KiB for each connection from its first moment, and a connection
without a handshake keeps them until a full garbage collection.
https://github.com/python/cpython/blob/3.11/Lib/asyncio/sslproto.py
"""

import asyncio
import ssl
from collections.abc import Callable
from typing import cast

from exporter.web.port.connections import Connections, Encryption
from exporter.web.port.progress import Progress
from exporter.web.port.tls_transport import TlsTransport

_PIECE_BYTES = 16_384  # the greatest TLS record; OpenSSL keeps buffers as large as they ever were


class TlsConnection(asyncio.Protocol):
    """Speaks TLS with one client, on top of a plain transport.

    Args:
        http: makes the protocol of the client's requests, once the handshake is complete.
    """

    def __init__(
        self, encryption: Encryption, connections: Connections, http: Callable[[], asyncio.Protocol]
    ) -> None:
        self.progress = Progress(connections.limits)
        self._encryption = encryption
        self._connections = connections
        self._make_http = http
        self._plain: asyncio.Transport | None = None
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls: TlsTransport | None = None
        self._http: asyncio.Protocol | None = None  # after the handshake

    def abort(self) -> None:
        if self._plain:
            self._plain.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._plain = self.progress.transport = cast("asyncio.Transport", transport)
        if not self._connections.enter(self):
            self._plain.abort()
            return
        self.progress.head_since = asyncio.get_running_loop().time()

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), _PIECE_BYTES):
            self._incoming.write(data[start : start + _PIECE_BYTES])
            if self._http or self._handshake():
                self._read()

    def _handshake(self) -> bool:
        """Continue the handshake; whether it is complete.

        The TLS object is made for the first byte, because a health check may never send any.
        """
        if self._plain is None or self._plain.is_closing():
            return False
        if self._tls is None:
            context = self._encryption.context
            tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
            self._tls = TlsTransport(self._plain, tls, self._outgoing, self._read)
            self._connections.begin_handshake(self)
        try:
            self._tls.handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError:
            self._refuse()
            return False
        if not self._encryption.allows(self._tls.certificate):
            self._refuse()
            return False
        self._connections.leave(self)
        self._http = self._make_http()
        self._http.connection_made(self._tls)
        return True

    def _refuse(self) -> None:
        self._connections.refused("tls")
        if self._plain:
            self._plain.close()

    def _read(self) -> None:
        """Hand over what the client has sent, as far as it may be read now."""
        while self._tls and self._http and self._tls.may_read:
            try:
                data = self._tls.read(_PIECE_BYTES)
            except ssl.SSLWantReadError:
                return
            except ssl.SSLError:
                self.abort()
                return
            if not data:  # the client has closed TLS
                self._http.eof_received()
                self._tls.close()
                return
            self._http.data_received(data)

    def eof_received(self) -> None:
        """The client closed its side; the transport then closes the other."""
        if self._http:
            self._http.eof_received()

    def pause_writing(self) -> None:
        if self._http:
            self._http.pause_writing()

    def resume_writing(self) -> None:
        if self._http:
            self._http.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._http:
            self._http.connection_lost(exc)
        self._connections.leave(self)
        self._tls = self._http = self._plain = self.progress.transport = None
