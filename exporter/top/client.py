"""What a running exporter answers, or why it does not."""

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

from exporter.top.rows import OperationsJson, plain

_TIMEOUT = 10.0  # seconds, for connecting and for each read
_LARGEST = 2**27  # bytes of an answer; an operation takes some 700
_SKEW = 5.0  # seconds; clocks that differ by less are taken for equal


class Unanswered(Exception):  # noqa: N818  it says what happened
    """There is no answer that can be shown; the text says why, in one line."""


@dataclass(frozen=True)
class ExporterAnswer:
    """What the exporter knew, and how far its clock is ahead of ours, in seconds."""

    known: OperationsJson
    ahead: float = 0.0


@dataclass(frozen=True)
class RunningExporter:
    """A running exporter. Neither proxies nor redirects are followed."""

    url: SplitResult
    user: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    verified: bool = True

    def ask(self) -> ExporterAnswer:
        """All that it knows of all operations.

        Raises:
            Unanswered: nothing can be shown.
        """
        try:
            connection = self._connection()
            try:
                connection.request("GET", "/api/v1/operations", headers=self._headers())
                with connection.getresponse() as response:
                    return _read(response)
            finally:
                connection.close()
        except (OSError, HTTPException, UnicodeError, msgspec.DecodeError) as error:
            said = plain(str(error)) or type(error).__name__
            raise Unanswered(f"{self.url.geturl()}: {said}") from None

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
        """The password is read each time, for it may have been changed."""
        if self.user is None:
            return {}
        password = self.password_file.read_text().strip("\r\n") if self.password_file else ""
        pair = base64.b64encode(f"{self.user}:{password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}


def _read(response: HTTPResponse) -> ExporterAnswer:
    if response.status == HTTPStatus.UNAUTHORIZED:
        raise HTTPException("HTTP 401; say who asks with --user and --password-file")
    if response.status != HTTPStatus.OK:
        raise HTTPException(f"HTTP {response.status}; is this an azure-ai-exporter?")
    body = response.read(_LARGEST + 1)
    if len(body) > _LARGEST:
        raise HTTPException(f"the answer is larger than {_LARGEST} bytes")
    try:
        known = msgspec.json.decode(body, type=OperationsJson)
    except msgspec.DecodeError as error:
        raise HTTPException(f"this is not what an azure-ai-exporter answers: {error}") from None
    return ExporterAnswer(known, _ahead(response.getheader("Date")))


def _ahead(date: str | None) -> float:
    try:
        ahead = parsedate_to_datetime(date or "").timestamp() - time.time()
    except (ValueError, OverflowError):
        return 0.0
    return ahead if abs(ahead) > _SKEW else 0.0
