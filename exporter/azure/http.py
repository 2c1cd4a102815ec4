"""HTTP to one resource. Only this module uses aiohttp's client for Azure's APIs."""

import ssl
import zlib
from collections.abc import Callable, Iterable, Mapping

import aiohttp
from yarl import URL

from exporter import __version__
from exporter.azure import answer
from exporter.azure.answer import Answer, Shape
from exporter.azure.body import Parse
from exporter.azure.transport import Tls, shared_context
from exporter.buffered import buffered_socket
from exporter.errors import Failure, NoAnswer
from exporter.text import public

BODY_LIMIT = 16 * 1024 * 1024  # bytes
HEAD_LIMIT = 1024 * 1024  # bytes of a longer body that are parsed: Azure writes the status first
HEADER_LIMIT = 32 * 1024  # bytes of one header; proxies of companies add long ones
HEADERS_LIMIT = 512
_NO_HEADERS: Mapping[str, str] = {}
_JSON = {"Content-Type": "application/json"}


class Http:
    """The connections to one endpoint.

    Args:
        endpoint: scheme, host, port and perhaps a path; the key is sent nowhere else.
        timeout: seconds for one request, its body included.
        clock: Unix seconds.
    """

    def __init__(
        self,
        endpoint: str,
        timeout: float,
        tls: Tls | None,
        proxy: str | None,
        clock: Callable[[], float],
    ) -> None:
        self._origin = URL(endpoint)
        self._root = self._origin.raw_path.rstrip("/")
        self._timeout = timeout
        self._tls = tls
        self._proxy = proxy
        self._clock = clock
        self.session: aiohttp.ClientSession

    def open(self) -> None:
        """Open the connections; needs the loop."""
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,  # the throttle limits requests
                ssl=self._context(),
                socket_factory=buffered_socket,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self._timeout),
            max_line_size=HEADER_LIMIT,
            max_field_size=HEADER_LIMIT,
            max_headers=HEADERS_LIMIT,
            headers={
                "User-Agent": f"azure-ai-exporter/{__version__}",
                "Accept": "application/json",
            },
        )

    def _context(self) -> ssl.SSLContext | bool:
        """The context for connections, or True for that of aiohttp."""
        if self._tls:
            return self._tls.context
        return shared_context() if self._origin.scheme == "https" else True

    async def close(self) -> None:
        """Close the connections."""
        await self.session.close()

    async def get(
        self,
        path: str,
        parse: Parse[Shape],
        auth_headers: Mapping[str, str],
        sent_body: bytes = b"",
    ) -> Answer[Shape] | Failure:
        """The answer to a GET of `path`, or to a POST of JSON; errors of aiohttp are failures."""
        place, _, query = path.partition("?")
        url = URL.build(
            scheme=self._origin.scheme,
            authority=self._origin.raw_authority,
            path=self._root + place,
            query_string=query,
            encoded=True,
        )
        server_name = self._tls.server_name if self._tls else None
        return await self.fetch(url, parse, auth_headers, server_name, sent_body)

    async def fetch(
        self,
        url: URL,
        parse: Parse[Shape],
        headers: Mapping[str, str] = _NO_HEADERS,
        server_name: str | None = None,
        sent_body: bytes = b"",
    ) -> Answer[Shape] | Failure:
        """The answer to a GET of `url`, or to a POST of JSON, at any host.

        `server_name` is that of its certificate.
        """
        try:
            async with self.session.request(
                "POST" if sent_body else "GET",
                url,
                data=sent_body or None,
                headers={**headers, **(_JSON if sent_body else {})},
                allow_redirects=False,
                proxy=self._proxy,
                server_hostname=server_name,
            ) as response:
                body, cut = await _body(response)
        except TimeoutError:
            return NoAnswer("timeout", f"no complete response within {self._timeout:g} s")
        except (aiohttp.ClientError, OSError, zlib.error) as error:
            return _no_answer(error)
        return answer.read(
            response.status,
            response.headers,
            body,
            parse,
            self._clock(),
            sent=headers.values(),
            limit=BODY_LIMIT if cut else None,
        )


async def _body(response: aiohttp.ClientResponse) -> tuple[bytes, bool]:
    """The body; of one over the limit its head, and True.

    The rest is not read: its connection is closed, as only that stops a server from sending it.

    Raises:
        zlib.error: it is not the gzip that its header promises.
    """
    unpacker = _unpacker(response.headers.get("Content-Encoding", ""))
    limit = HEAD_LIMIT if (response.content_length or 0) > BODY_LIMIT else BODY_LIMIT
    chunks: list[bytes] = []
    size = 0
    while chunk := await response.content.readany():
        unpacked = unpacker.decompress(chunk, limit + 1 - size) if unpacker else chunk
        chunks.append(unpacked)
        size += len(unpacked)
        if size > limit:
            return _head(chunks), True
    if unpacker and not unpacker.eof:
        raise zlib.error("the gzip data is incomplete")
    return b"".join(chunks), False


def _unpacker(coding: str) -> "zlib._Decompress | None":
    """For gzip by its other name, which aiohttp does not know.

    https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.3
    """
    return zlib.decompressobj(wbits=31) if coding.strip().lower() == "x-gzip" else None


def _head(chunks: Iterable[bytes]) -> bytes:
    head = bytearray()
    for chunk in chunks:
        head += chunk[: HEAD_LIMIT - len(head)]
    return bytes(head)


def _no_answer(error: Exception) -> NoAnswer:
    match error:
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return NoAnswer("tls", f"TLS failed: {_error_text(error)}")
        case aiohttp.ClientProxyConnectionError():
            return NoAnswer("connection", f"the proxy cannot be reached: {_error_text(error)}")
        case aiohttp.ClientHttpProxyError():
            return NoAnswer("connection", f"the proxy refused: HTTP {error.status}")
        case aiohttp.ClientResponseError() | aiohttp.ClientPayloadError() | zlib.error():
            return NoAnswer(
                "connection", (f"the response cannot be read: {_http_error_text(error)}")
            )
        case _:
            return NoAnswer("connection", f"the connection failed: {_error_text(error)}")


def _http_error_text(error: Exception) -> str:
    """What is wrong, without the status 400 that aiohttp puts there, and without a quotation."""
    text = error.message if isinstance(error, aiohttp.ClientResponseError) else str(error)
    if text.startswith(("Got more than", "Too many headers")):
        return (
            f"it has more than {HEADERS_LIMIT} headers, or one of more than "
            f"{HEADER_LIMIT // 1024} KiB"
        )
    for status in ("400, message=", "400, message:"):
        text = text.rpartition(status)[2].lstrip(" ")
    return public(text.partition("\n\n")[0].strip("'\">.:")) or type(error).__name__


def _error_text(error: Exception) -> str:
    return public(str(error)) or type(error).__name__
