"""Requests the operations from a running exporter."""

import base64
import ssl
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from urllib.parse import SplitResult

import msgspec

from exporter.top.operations_json import OperationsJson, plain

_TIMEOUT = 10.0  # seconds, to connect and for each read
_MOST_BYTES = 2**27  # of a body; an operation takes about 700
_SKEW = 5.0  # seconds; a smaller difference between two clocks is ignored


class Unanswered(Exception):  # noqa: N818  the name says what happened
    """There is no answer to show; the text is the reason, in one line."""


@dataclass(frozen=True)
class ExporterAnswer:
    """The operations, and how far the exporter's clock is ahead of ours, in seconds."""

    body: OperationsJson
    ahead: float = 0.0


@dataclass(frozen=True)
class RunningExporter:
    """A running exporter, requested without proxies; redirects are not followed."""

    url: SplitResult
    user: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    verified: bool = True

    def ask(self) -> ExporterAnswer:
        """Request all operations.

        Raises:
            Unanswered: there is no answer to show.
        """
        try:
            connection = self._connection()
            try:
                path = f"{self.url.path}/api/v1/operations"
                connection.request("GET", path, headers=self._headers())
                with connection.getresponse() as response:
                    return _read_answer(response)
            finally:
                connection.close()
        except (OSError, HTTPException, UnicodeError, msgspec.DecodeError) as error:
            reason = plain(str(error)) or type(error).__name__
            raise Unanswered(f"{self.url.geturl()}: {reason}") from None

    def _connection(self) -> HTTPConnection:
        host = self.url.hostname or ""
        if self.url.scheme == "http":
            return HTTPConnection(host, self.url.port, timeout=_TIMEOUT)
        context = ssl.create_default_context(cafile=self.ca_file)
        if not self.verified:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return HTTPSConnection(host, self.url.port, timeout=_TIMEOUT, context=context)

    def _headers(self) -> dict[str, str]:
        """The password is read for each request, because its file may have changed."""
        if self.user is None:
            return {}
        password = (
            self.password_file.read_text("utf-8-sig").strip("\r\n") if self.password_file else ""
        )
        credentials = base64.b64encode(f"{self.user}:{password}".encode()).decode()
        return {"Authorization": f"Basic {credentials}"}


def _read_answer(response: HTTPResponse) -> ExporterAnswer:
    if response.status == HTTPStatus.UNAUTHORIZED:
        raise HTTPException("HTTP 401; say who asks with --user and --password-file")
    if response.status != HTTPStatus.OK:
        raise HTTPException(f"HTTP {response.status}; is this an azure-ai-exporter?")
    content = response.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise HTTPException(f"the answer is larger than {_MOST_BYTES} bytes")
    try:
        body = msgspec.json.decode(content, type=OperationsJson)
    except msgspec.DecodeError as error:
        raise HTTPException(f"this is not what an azure-ai-exporter answers: {error}") from None
    return ExporterAnswer(body, _clock_ahead(response.getheader("Date")))


def _clock_ahead(date: str | None) -> float:
    try:
        ahead = parsedate_to_datetime(date or "").timestamp() - time.time()
    except (ValueError, OverflowError):
        return 0.0
    return ahead if abs(ahead) > _SKEW else 0.0
