"""The way to a resource, step by step: name, TCP, proxy, TLS, HTTP. No key is sent here."""

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from exporter import __version__
from exporter.doctor.findings import TroubleError

_HEAD_LIMIT = 2**14  # bytes of an answer's head
_ADDRESSES = 4  # that are tried of one name
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Peer:
    """Scheme, host and port of an endpoint or a proxy."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> "Peer":
        parts = urlsplit(url)
        return cls(parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme])

    @property
    def address(self) -> str:
        """Host and port as a request line has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass
class PeerConnection:
    """An open one; `seconds` is what TCP took."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    seconds: float


@dataclass(frozen=True)
class ResponseHead:
    """Of an answer's head its `Date`, and when it was asked for and came, in the loop's time."""

    date: str
    asked: float
    answered: float


async def addresses(peer: Peer) -> list[str]:
    """The addresses of a host.

    Raises:
        TroubleError: it has none.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[str] | OSError] = loop.create_future()

    def resolve() -> None:
        """In a thread that nobody waits for: a resolver cannot be cancelled."""
        try:
            told: list[str] | OSError = [
                str(each[4][0])
                for each in socket.getaddrinfo(peer.host, peer.port, type=socket.SOCK_STREAM)
            ]
        except UnicodeError:
            told = OSError(0, "no host can have this name")
        except OSError as error:
            told = error
        with suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(tell, told)

    def tell(told: list[str] | OSError) -> None:
        if not found.done():
            found.set_result(told)

    threading.Thread(target=resolve, daemon=True).start()
    told = await found
    if isinstance(told, OSError):
        raise TroubleError("name-unknown", f"{peer.host} cannot be resolved: {told.strerror}")
    return list(dict.fromkeys(told))


async def connected(peer: Peer, hosts: list[str], seconds: float) -> PeerConnection:
    """A connection to the first of the addresses that answers, within so many seconds.

    Raises:
        TroubleError: none does.
    """
    loop = asyncio.get_running_loop()
    tried = hosts[:_ADDRESSES]
    trouble = TroubleError("unreachable", f"{peer.address}: there is no address")
    for host in tried:
        begun = loop.time()
        try:
            async with asyncio.timeout(seconds / len(tried)):
                reader, writer = await asyncio.open_connection(host, peer.port, limit=_HEAD_LIMIT)
        except TimeoutError:
            said = f"{host} port {peer.port} does not answer within {seconds / len(tried):g} s"
            trouble = TroubleError("unreachable", said)
        except ConnectionRefusedError:
            trouble = TroubleError("refused", f"{host} refuses connections to port {peer.port}")
        except OSError as error:
            said = f"{host} port {peer.port}: {error.strerror or 'no way there'}"
            trouble = TroubleError("unreachable", said)
        else:
            return PeerConnection(reader, writer, loop.time() - begun)
    raise trouble


async def joined(connection: PeerConnection, proxy: Peer, context: ssl.SSLContext) -> None:
    """TLS to a proxy that wants it.

    Raises:
        TroubleError: there can be none.
    """
    try:
        if proxy.scheme == "https":
            await connection.writer.start_tls(context, server_hostname=proxy.host)
    except ssl.SSLCertVerificationError as error:
        said = f"the certificate of the proxy is refused: {error.verify_message}"
        raise TroubleError("proxy-broken", said) from None
    except OSError as error:
        reason = error.reason if isinstance(error, ssl.SSLError) else None
        said = f"TLS to the proxy failed: {_words(reason or 'it closed the connection')}"
        raise TroubleError("proxy-broken", said) from None


async def passed_on(connection: PeerConnection, proxy: Peer, peer: Peer) -> None:
    """Have a proxy connect to the endpoint.

    Raises:
        TroubleError: it does not.
    """
    try:
        ask = f"CONNECT {peer.address} HTTP/1.1\r\nHost: {peer.address}\r\n\r\n"
        status = _status(await _exchanged(connection, ask))
    except (OSError, EOFError, asyncio.LimitOverrunError):
        raise TroubleError(
            "proxy-broken", f"{proxy.address} closed the connection on CONNECT"
        ) from None
    if status is None:
        raise TroubleError("proxy-broken", f"{proxy.address} does not answer as a proxy does")
    if status == 407:  # noqa: PLR2004
        raise TroubleError("proxy-login", f"{proxy.address} answered HTTP 407 to CONNECT")
    if not 200 <= status < 300:  # noqa: PLR2004
        said = f"{proxy.address} answered HTTP {status} to CONNECT {peer.address}"
        raise TroubleError("proxy-refused", said)


async def greeted(connection: PeerConnection, peer: Peer, target: str) -> ResponseHead:
    """The head of what comes back to a GET of `target` that carries no key.

    Raises:
        TroubleError: nothing that HTTP would say.
    """
    ask = (
        f"GET {target} HTTP/1.1\r\nHost: {peer.address}\r\nAccept: application/json\r\n"
        f"User-Agent: azure-ai-exporter/{__version__}\r\nConnection: close\r\n\r\n"
    )
    loop = asyncio.get_running_loop()
    asked = loop.time()
    try:
        head = await _exchanged(connection, ask)
    except ssl.SSLError as error:  # with TLS 1.3 it is only now that the client is judged
        reason = error.reason or "unknown"
        kind = "tls-client" if "CERT" in reason or "HANDSHAKE" in reason else "tls-failed"
        raise TroubleError(kind, f"the server ended TLS: {_words(reason)}") from None
    except (OSError, EOFError):
        said = "the server closed the connection on a request"
        if peer.scheme == "https":
            said += "; it may want a client certificate"
        raise TroubleError("silent", said) from None
    except asyncio.LimitOverrunError:
        raise TroubleError("silent", "the answer's head is too long for HTTP") from None
    if _status(head) is None:
        raise TroubleError("silent", "the server does not answer in HTTP")
    dates = [line[5:].strip() for line in head.split("\r\n") if line.lower().startswith("date:")]
    return ResponseHead(dates[0] if dates else "", asked, loop.time())


async def _exchanged(connection: PeerConnection, ask: str) -> str:
    connection.writer.write(ask.encode("ascii"))
    await connection.writer.drain()
    return (await connection.reader.readuntil(b"\r\n\r\n")).decode("latin-1")


def _status(head: str) -> int | None:
    version, _, rest = head.partition(" ")
    fine = version in {"HTTP/1.0", "HTTP/1.1"} and rest[:3].isascii() and rest[:3].isdigit()
    return int(rest[:3]) if fine else None


def _words(reason: str) -> str:
    return reason.lower().replace("_", " ")


@asynccontextmanager
async def closing(connection: PeerConnection) -> AsyncIterator[PeerConnection]:
    """Cut it off at the end, whatever state it is in."""
    try:
        yield connection
    finally:
        connection.writer.transport.abort()
