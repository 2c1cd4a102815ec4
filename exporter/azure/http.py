"""HTTP to one resource. Only this module uses aiohttp's client for Azure's APIs."""

import ssl
from collections.abc import Callable, Mapping

import aiohttp
from yarl import URL

from exporter import __version__
from exporter.azure import answer
from exporter.azure.answer import Answer, Shape
from exporter.azure.transport import Tls
from exporter.errors import Failure, NoAnswer, Unreadable
from exporter.text import public

BODY_LIMIT = 16 * 1024 * 1024  # bytes


class Http:
    """The connections to one endpoint.

    Args:
        endpoint: scheme, host and port; the key is sent to no other host.
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
        self._endpoint = endpoint
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
                ssl=self._tls.context if self._tls else True,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self._timeout),
            headers={
                "User-Agent": f"azure-ai-exporter/{__version__}",
                "Accept": "application/json",
            },
        )

    async def close(self) -> None:
        """Close the connections."""
        await self.session.close()

    async def get(
        self,
        path: str,
        shape: type[Shape],
        auth_headers: Mapping[str, str],
    ) -> Answer[Shape] | Failure:
        """The answer to a GET of `path`; errors of aiohttp are returned as failures."""
        url = URL(self._endpoint + path, encoded=True)
        try:
            async with self.session.get(
                url,
                headers=auth_headers,
                allow_redirects=False,
                proxy=self._proxy,
                server_hostname=self._tls.server_name if self._tls else None,
            ) as response:
                chunks: list[bytes] = []
                size = 0
                while chunk := await response.content.readany():
                    chunks.append(chunk)
                    size += len(chunk)
                    if size > BODY_LIMIT:
                        return Unreadable("unreadable", "the body is larger than 16 MiB")
                headers, status = response.headers, response.status
        except TimeoutError:
            return NoAnswer("timeout", f"no complete answer within {self._timeout:g} s")
        except (aiohttp.ClientError, OSError) as error:
            return _no_answer(error)
        return answer.read(status, headers, b"".join(chunks), shape, self._clock())


def _no_answer(error: Exception) -> NoAnswer:
    match error:
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return NoAnswer("tls", f"TLS failed: {_error_text(error)}")
        case aiohttp.ClientProxyConnectionError():
            return NoAnswer("connection", f"the proxy cannot be reached: {_error_text(error)}")
        case aiohttp.ClientHttpProxyError():
            return NoAnswer("connection", f"the proxy refused: HTTP {error.status}")
        case _:
            return NoAnswer("connection", f"the connection failed: {_error_text(error)}")


def _error_text(error: Exception) -> str:
    return public(str(error)) or type(error).__name__
