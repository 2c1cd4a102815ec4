"""The steps of a connection to a resource: name, TCP, proxy, TLS, HTTP. No key is sent here."""

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from exporter import __version__
from exporter.doctor.findings import StepError

_HEAD_LIMIT = 2**18  # bytes of a response head; proxies of companies add long headers
_ADDRESSES_TRIED = 4  # of one name
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Origin:
    """Scheme, host and port of an endpoint or a proxy."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> "Origin":
        parts = urlsplit(url)
        return cls(parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme])

    @property
    def address(self) -> str:
        """Host and port, as in a request line."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass
class TcpConnection:
    """An open TCP connection; `seconds` is the time that TCP took."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    seconds: float


@dataclass(frozen=True)
class ResponseHead:
    """The `Date` of a response, and the loop's times of the request and the response."""

    date: str
    sent: float
    answered: float


async def resolve_host(origin: Origin) -> list[str]:
    """The addresses of a host.

    Raises:
        StepError: it has none.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[list[str] | OSError] = loop.create_future()

    def resolve() -> None:
        """Runs in a daemon thread, because a resolver cannot be cancelled."""
        try:
            resolved: list[str] | OSError = [
                str(entry[4][0])
                for entry in socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
            ]
        except UnicodeError:
            resolved = OSError(0, "not a valid host name")
        except OSError as error:
            resolved = error
        with suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(set_result, resolved)

    def set_result(resolved: list[str] | OSError) -> None:
        if not result.done():
            result.set_result(resolved)

    threading.Thread(target=resolve, daemon=True).start()
    resolved = await result
    if isinstance(resolved, OSError):
        raise StepError("name-unknown", f"{origin.host} cannot be resolved: {resolved.strerror}")
    return list(dict.fromkeys(resolved))


async def connect(origin: Origin, hosts: list[str], seconds: float) -> TcpConnection:
    """A connection to the first address that answers, within `seconds` in total.

    Raises:
        StepError: none does.
    """
    loop = asyncio.get_running_loop()
    attempted = hosts[:_ADDRESSES_TRIED]
    last_error = StepError("unreachable", f"{origin.address}: the host has no address")
    for host in attempted:
        started = loop.time()
        try:
            async with asyncio.timeout(seconds / len(attempted)):
                reader, writer = await asyncio.open_connection(host, origin.port, limit=_HEAD_LIMIT)
        except TimeoutError:
            reason_text = (
                f"{host} port {origin.port} does not answer within {seconds / len(attempted):g} s"
            )
            last_error = StepError("unreachable", reason_text)
        except ConnectionRefusedError:
            last_error = StepError("refused", f"{host} refuses connections to port {origin.port}")
        except OSError as error:
            reason_text = f"{host} port {origin.port}: {error.strerror or 'no route to it'}"
            last_error = StepError("unreachable", reason_text)
        else:
            return TcpConnection(reader, writer, loop.time() - started)
    raise last_error


async def start_proxy_tls(
    connection: TcpConnection, proxy: Origin, context: ssl.SSLContext
) -> None:
    """Start TLS to a proxy with an https address.

    Raises:
        StepError: the handshake failed.
    """
    try:
        if proxy.scheme == "https":
            await connection.writer.start_tls(context, server_hostname=proxy.host)
    except ssl.SSLCertVerificationError as error:
        reason_text = f"the certificate of the proxy is rejected: {error.verify_message}"
        raise StepError("proxy-broken", reason_text) from None
    except OSError as error:
        reason = error.reason if isinstance(error, ssl.SSLError) else None
        reason_text = (
            f"TLS to the proxy failed: {_plain_reason(reason or 'it closed the connection')}"
        )
        raise StepError("proxy-broken", reason_text) from None


async def connect_through(connection: TcpConnection, proxy: Origin, origin: Origin) -> None:
    """Let a proxy connect to the endpoint.

    Raises:
        StepError: it does not.
    """
    try:
        request = f"CONNECT {origin.address} HTTP/1.1\r\nHost: {origin.address}\r\n\r\n"
        status = _status(await _response_head(connection, request))
    except (OSError, EOFError, asyncio.LimitOverrunError):
        raise StepError(
            "proxy-broken", f"{proxy.address} closed the connection on CONNECT"
        ) from None
    if status is None:
        raise StepError("proxy-broken", f"{proxy.address} is not an HTTP proxy")
    if status == 407:  # noqa: PLR2004
        raise StepError("proxy-login", f"{proxy.address} answered HTTP 407 to CONNECT")
    if not 200 <= status < 300:  # noqa: PLR2004
        reason_text = f"{proxy.address} answered HTTP {status} to CONNECT {origin.address}"
        raise StepError("proxy-refused", reason_text)


async def request_head(connection: TcpConnection, origin: Origin, target: str) -> ResponseHead:
    """The head of the response to a GET of `target` without a key.

    Raises:
        StepError: there is no HTTP response.
    """
    request = (
        f"GET {target} HTTP/1.1\r\nHost: {origin.address}\r\nAccept: application/json\r\n"
        f"User-Agent: azure-ai-exporter/{__version__}\r\nConnection: close\r\n\r\n"
    )
    loop = asyncio.get_running_loop()
    sent = loop.time()
    try:
        head = await _response_head(connection, request)
    except ssl.SSLError as error:  # TLS 1.3 verifies the client's certificate only now
        reason = error.reason or "unknown"
        kind = "tls-client" if "CERT" in reason or "HANDSHAKE" in reason else "tls-failed"
        raise StepError(kind, f"the server ended TLS: {_plain_reason(reason)}") from None
    except (OSError, EOFError):
        reason_text = "the server closed the connection on a request"
        if origin.scheme == "https":
            reason_text += "; it may require a client certificate"
        raise StepError("silent", reason_text) from None
    except asyncio.LimitOverrunError:
        raise StepError("silent", "the headers of the response are too long") from None
    if _status(head) is None:
        raise StepError("silent", "the response is not HTTP")
    dates = [line[5:].strip() for line in head.split("\r\n") if line.lower().startswith("date:")]
    return ResponseHead(dates[0] if dates else "", sent, loop.time())


async def _response_head(connection: TcpConnection, request: str) -> str:
    connection.writer.write(request.encode("ascii"))
    await connection.writer.drain()
    return (await connection.reader.readuntil(b"\r\n\r\n")).decode("latin-1")


def _status(head: str) -> int | None:
    version, _, rest = head.partition(" ")
    is_http = version in {"HTTP/1.0", "HTTP/1.1"} and rest[:3].isascii() and rest[:3].isdigit()
    return int(rest[:3]) if is_http else None


def _plain_reason(reason: str) -> str:
    return reason.lower().replace("_", " ")


@asynccontextmanager
async def closing(connection: TcpConnection) -> AsyncIterator[TcpConnection]:
    """Abort the connection at the end, in any state."""
    try:
        yield connection
    finally:
        connection.writer.transport.abort()
