"""Pure: status, headers and body to what was asked for, or to the failure that they mean."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Generic, TypeVar

from pydantic_core import from_json

from exporter.azure.body import Readable, ShapeError
from exporter.errors import (
    Details,
    Failure,
    Gone,
    Rejected,
    Throttled,
    Unauthorised,
    Unavailable,
    Unreadable,
)
from exporter.text import LABEL_LIMIT, public

Shape = TypeVar("Shape", bound=Readable)

RETRY_AFTER_CEILING = 3600.0  # seconds; whoever says a year does not mean it
_THROTTLED_DEFAULT = 1.0  # seconds; the policy seen on the wire counts by the second


@dataclass(frozen=True, slots=True)
class Answer(Generic[Shape]):
    """A readable answer, and how long Azure asks to wait before the next look (seconds)."""

    value: Shape
    retry_after: float | None
    request_id: str


def read(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    shape: type[Shape],
    now: float,
) -> Answer[Shape] | Failure:
    """What an answer means. `headers` ignores case; `now` is Unix seconds."""
    request_id = headers.get("apim-request-id", "")
    retry_after = read_retry_after(headers, now)
    if status == 200:  # noqa: PLR2004
        try:
            return Answer(shape.read(body), retry_after, request_id)
        except ShapeError as error:
            said = Details(request_id=public(request_id, LABEL_LIMIT), retry_after=retry_after)
            return Unreadable("unreadable", _unreadable(error, headers, body), said)
    said = _details(body, headers, retry_after)
    if status == 429 and retry_after is None:  # noqa: PLR2004
        said = _details(body, headers, _wait_in_words(said.message))
    code = f" {said.error_code}" if said.error_code not in {"", str(status)} else ""
    text = f": {said.message}" if said.message else ""
    return _failure_class(status)(str(status), f"HTTP {status}{code}{text}", said)


def _failure_class(status: int) -> type[Failure]:
    match status:
        case 401 | 403:
            return Unauthorised
        case 429:
            return Throttled
        case (
            204 | 404 | 410
        ):  # 204: https://learn.microsoft.com/azure/ai-services/speech-service/video-translation-get-started
            return Gone
        case 408:
            return Unavailable
        case _ if status >= 500:  # noqa: PLR2004
            return Unavailable
        case _:
            return Rejected


def _unreadable(error: ShapeError, headers: Mapping[str, str], body: bytes) -> str:
    if not body.strip():
        return "HTTP 200 with an empty body"
    kind = headers.get("content-type", "").split(";")[0]
    if kind and "json" not in kind:
        return f"HTTP 200 with {public(kind, 60)} instead of JSON"
    return public(f"HTTP 200 with a body that is not as promised: {error}")


def _details(
    body: bytes,
    headers: Mapping[str, str],
    retry_after: float | None,
) -> Details:
    """Azure's error object, with or without the outer `error`, as far as it can be read.

    Codes of the gateway are the HTTP status as text; those of a service are words.
    """
    try:
        said = _mapping(from_json(body))
    except ValueError:
        said = {}
    error = _mapping(said.get("error")) or said
    inner = _mapping(error.get("innerError") or error.get("innererror"))
    return Details(
        code=public(_text(error, "code"), LABEL_LIMIT),
        inner_code=public(_text(inner, "code"), LABEL_LIMIT),
        target=public(_text(error, "target") or _text(inner, "target"), LABEL_LIMIT),
        message=public(_text(error, "message") or _text(inner, "message")),
        header_code=public(headers.get("x-ms-error-code", ""), LABEL_LIMIT),
        request_id=public(headers.get("apim-request-id", ""), LABEL_LIMIT),
        retry_after=retry_after,
    )


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _text(holder: Mapping[str, object], name: str) -> str:
    value = holder.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value if isinstance(value, str) else ""


_TIMESPAN = re.compile(r"(?:(\d{1,4})\.)?(\d{1,2}):(\d{2}):(\d{2})(?:\.\d+)?")
_SECONDS = re.compile(r"\d{1,12}(?:\.\d+)?")


def read_retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait, between 0 and the ceiling; None where nothing sensible was said.

    Seen: seconds, an HTTP date (RFC 9110, 10.2.3), .NET's TimeSpan `00:00:30` (QnA Maker on the
    wire), and the header named `RetryAfter` (QnA Maker's page).
    """
    said = (headers.get("retry-after") or headers.get("retryafter") or "").strip()
    if _SECONDS.fullmatch(said):
        seconds = float(said)
    elif span := _TIMESPAN.fullmatch(said):
        days, hours, minutes, rest = (int(part or 0) for part in span.groups())
        seconds = ((days * 24 + hours) * 60 + minutes) * 60.0 + rest
    elif (moment := _http_date(said)) is not None:
        sent = _http_date(headers.get("date", ""))
        seconds = moment - (now if sent is None else sent)
    else:
        return None
    return min(max(seconds, 0.0), RETRY_AFTER_CEILING)


def _http_date(said: str) -> float | None:
    try:
        moment = parsedate_to_datetime(said)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _wait_in_words(message: str) -> float:
    """A 429 without the header says it in its message: `Please retry after 1 second`."""
    said = re.search(r"retry after (\d{1,5}) second", message, re.IGNORECASE)
    return min(float(said[1]), RETRY_AFTER_CEILING) if said else _THROTTLED_DEFAULT
