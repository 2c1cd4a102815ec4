"""Requests the operations from a running exporter."""

import base64
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.parse import SplitResult

import msgspec

from exporter.top.connecting import (
    FlagFileError,
    TlsFiles,
    failure_text,
    open_connection,
    read_file,
)
from exporter.top.operations_json import OperationsJson

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
    tls: TlsFiles = field(default_factory=TlsFiles)

    def ask(self) -> ExporterAnswer:
        """Request all operations.

        Raises:
            Unanswered: there is no answer to show.
        """
        try:
            connection = open_connection(self.url, self.tls)
            try:
                path = f"{self.url.path}/api/v1/operations"
                connection.request("GET", path, headers=self._headers())
                with connection.getresponse() as response:
                    return _read_answer(response)
            finally:
                connection.close()
        except FlagFileError as error:
            raise Unanswered(str(error)) from None
        except (OSError, HTTPException, UnicodeError, msgspec.DecodeError) as error:
            reason = failure_text(error, self.url.scheme)
            raise Unanswered(f"{self.url.geturl()}: {reason}") from None

    def _headers(self) -> dict[str, str]:
        """The password is read for each request, because its file may have changed."""
        if self.user is None:
            return {}
        content = read_file("--password-file", self.password_file) if self.password_file else b""
        password = content.decode("utf-8-sig").strip("\r\n")
        credentials = base64.b64encode(f"{self.user}:{password}".encode()).decode()
        return {"Authorization": f"Basic {credentials}"}


def _read_answer(response: HTTPResponse) -> ExporterAnswer:
    if response.status == HTTPStatus.UNAUTHORIZED:
        raise HTTPException("HTTP 401; set a user with --user and --password-file")
    if response.status != HTTPStatus.OK:
        raise HTTPException(f"HTTP {response.status}; is this an azure-ai-exporter?")
    content = response.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise HTTPException(f"the response is larger than {_MOST_BYTES} bytes")
    try:
        body = msgspec.json.decode(content, type=OperationsJson)
    except msgspec.DecodeError as error:
        raise HTTPException(f"not a response of azure-ai-exporter: {error}") from None
    return ExporterAnswer(body, _clock_ahead(response.getheader("Date")))


def _clock_ahead(date: str | None) -> float:
    try:
        ahead = parsedate_to_datetime(date or "").timestamp() - time.time()
    except (ValueError, OverflowError):
        return 0.0
    return ahead if abs(ahead) > _SKEW else 0.0
