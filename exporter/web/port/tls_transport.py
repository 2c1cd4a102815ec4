"""The transport of one TLS connection: encrypts what is written to the client."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress

_PIECE_BYTES = 16_384  # the greatest TLS record


class TlsTransport(asyncio.Transport):
    """Writes to a plain transport, encrypted.

    Args:
        outgoing: the encrypted bytes that are to be sent.
        read_on: called when the client's data may be read again.
    """

    def __init__(
        self,
        plain: asyncio.Transport,
        tls: ssl.SSLObject,
        outgoing: ssl.MemoryBIO,
        read_on: Callable[[], None],
    ) -> None:
        super().__init__()
        self._plain = plain
        self._tls = tls
        self._outgoing = outgoing
        self._read_on = read_on
        self.may_read = True

    @property
    def certificate(self) -> Mapping[str, object] | None:
        """The client's certificate, if it has sent one."""
        return self._tls.getpeercert()

    def handshake(self) -> None:
        """Continue the handshake.

        Raises:
            ssl.SSLWantReadError: the client has to send more.
            ssl.SSLError: the handshake failed.
        """
        try:
            self._tls.do_handshake()
        finally:
            self._send()  # also the reason of a failure

    def read(self, size: int) -> bytes:
        """Decrypted bytes; none after the client's last.

        Raises:
            ssl.SSLWantReadError: the client has to send more.
            ssl.SSLError: what it sent is not TLS.
        """
        try:
            return self._tls.read(size)
        finally:
            self._send()  # an answer to a new key, for example

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self.is_closing():
            return
        with memoryview(data) as view:
            for start in range(0, len(view), _PIECE_BYTES):
                try:
                    self._tls.write(view[start : start + _PIECE_BYTES])
                except ssl.SSLError:  # such as a key that cannot be changed
                    self.abort()
                    return
                self._send()

    def _send(self) -> None:
        if self._outgoing.pending and not self._plain.is_closing():
            self._plain.write(self._outgoing.read())

    def close(self) -> None:
        """Say so to the client and close, without waiting for what it says."""
        if self.is_closing():
            return
        self.may_read = False
        with suppress(ssl.SSLError):
            self._tls.unwrap()
        self._send()
        self._plain.close()

    def abort(self) -> None:
        self.may_read = False
        self._plain.abort()

    def is_closing(self) -> bool:
        return self._plain.is_closing()

    def pause_reading(self) -> None:
        self.may_read = False
        self._plain.pause_reading()

    def resume_reading(self) -> None:
        if self.is_closing():
            return
        self.may_read = True
        self._plain.resume_reading()
        asyncio.get_running_loop().call_soon(self._read_on)  # what was decrypted before

    def get_extra_info(self, name: str, default: object = None) -> object:
        match name:
            case "peercert":
                return self.certificate
            case "sslcontext":
                return self._tls.context
            case "ssl_object":
                return self._tls
        return self._plain.get_extra_info(name, default)
