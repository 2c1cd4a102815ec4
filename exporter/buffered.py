"""Sockets and TLS that read into one buffer; only the thread of the event loop may use them.

Those of Python allocate as much as they may read, 16 or 256 KiB, and cut it to what has come.
What is left of such a block fits no later read, so the heap would grow for hours.
"""

import socket
import ssl
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from aiohttp import AddrInfoType  # the commands that only check do not need aiohttp

_BUFFER = memoryview(bytearray(256 * 1024))  # as much as asyncio reads at once


class BufferedSocket(socket.socket):
    """A socket that reads into the buffer."""

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """What has come, at most `bufsize` bytes; none if the other side has closed."""
        count = self.recv_into(_BUFFER, min(bufsize, len(_BUFFER)), flags)
        return bytes(_BUFFER[:count])


class BufferedTls(ssl.SSLObject):
    """The TLS of a connection, which decrypts into the buffer."""

    def read(self, size: int = 1024, buffer: "WriteableBuffer | None" = None) -> bytes:
        """Decrypted bytes, at most `size`; none if the other side has closed.

        Raises:
            ssl.SSLWantReadError: more has to come first.
        """
        if buffer is not None:
            return super().read(size, buffer)
        count = cast("int", super().read(min(size, len(_BUFFER)), _BUFFER))
        return bytes(_BUFFER[:count])


def buffered_socket(address: "AddrInfoType") -> socket.socket:
    """A new socket for this address."""
    family, kind, protocol, _, _ = address
    return BufferedSocket(family, kind, protocol)
