"""Pure: converts status, headers and body to a parsed value or a failure."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Generic, TypeVar

from msgspec import Struct
from pydantic_core import from_json

from exporter.azure.body import Parse, ShapeError
from exporter.azure.repair import readable_json, whole_fields
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
from exporter.redaction.own_secrets import own_secrets
from exporter.text import LABEL_LIMIT, is_uuid, public

Shape = TypeVar("Shape")

RETRY_AFTER_CEILING = 3600.0  # seconds; longer times are taken for mistakes
_DEFAULT_RETRY_AFTER = 1.0  # seconds; Azure's limits count requests per second


class Answer(Struct, Generic[Shape], frozen=True):
    """A readable answer.

    Attributes:
        retry_after: seconds that Azure asks to wait before the next request.
        waited: seconds that the request waited for the budget, in all of its attempts.
    """

    value: Shape
    retry_after: float | None
    request_id: str
    waited: float = 0.0


def read(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    parse: Parse[Shape],
    now: float,
    *,
    sent: Iterable[str] = (),
    limit: int | None = None,
) -> Answer[Shape] | Failure:
    """The value in an answer, or its failure. `headers` ignores case; `now` is Unix seconds.

    `sent` are the headers of the request that carry secrets, which the answer may repeat. With a
    `limit` in bytes, which the body exceeds, `body` is its head: the fields that are whole in it
    are read.
    """
    body = readable_json(body)
    if limit is not None:
        body = whole_fields(body)
    body = own_secrets.cut_body(body, sent)
    request_id = _request_id(headers)
    retry_after = read_retry_after(headers, now)
    if status == 200:  # noqa: PLR2004
        try:
            return Answer(_value(body, parse, limit), retry_after, request_id)
        except ShapeError as error:
            reason = _unreadable_reason(error, headers, body, limit)
            details = Details(request_id=request_id, retry_after=retry_after)
            return Unreadable("unreadable", reason, details)
    details = _details(body, headers, retry_after)
    if status == 429 and retry_after is None:  # noqa: PLR2004
        details = _details(body, headers, _retry_after_in_message(details.message))
    code = f" {details.error_code}" if details.error_code not in {"", str(status)} else ""
    message = f": {details.message}" if details.message else ""
    return _failure_class(status)(str(status), f"HTTP {status}{code}{message}", details)


def _value(body: bytes, parse: Parse[Shape], limit: int | None) -> Shape:
    """The value in a body; raises ShapeError.

    A page of a list is not read in part: its items would seem to be all.
    """
    value = parse(body)
    if limit is not None and hasattr(value, "following"):
        raise ShapeError("a part of a page")
    return value


def _request_id(headers: Mapping[str, str]) -> str:
    """The id of the request, safe to show; it is a UUID, as real answers have it."""
    written = headers.get("apim-request-id", "")
    return own_secrets.cut(written) if is_uuid(written) else public(written, LABEL_LIMIT)


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


def _unreadable_reason(
    error: ShapeError, headers: Mapping[str, str], body: bytes, limit: int | None
) -> str:
    if limit is not None:
        return f"the body is larger than {limit // 2**20} MiB"
    if not body.strip():
        return "HTTP 200 with an empty body"
    kind = headers.get("content-type", "").split(";")[0]
    if kind and "json" not in kind:
        return f"HTTP 200 with {public(kind, 60)} instead of JSON"
    return public(f"HTTP 200 with an unexpected body: {error}")


def _details(
    body: bytes,
    headers: Mapping[str, str],
    retry_after: float | None,
) -> Details:
    """The readable parts of Azure's error object, with or without the outer `error`.

    Codes of the gateway are the HTTP status as text; codes of a service are words.
    """
    try:
        content = _mapping(from_json(body))
    except ValueError:
        content = {}
    error = _mapping(content.get("error")) or content
    inner = _mapping(error.get("innerError") or error.get("innererror"))
    return Details(
        code=public(_text(error, "code"), LABEL_LIMIT),
        inner_code=public(_text(inner, "code"), LABEL_LIMIT),
        target=public(_text(error, "target") or _text(inner, "target"), LABEL_LIMIT),
        message=public(_text(error, "message") or _text(inner, "message")),
        header_code=public(headers.get("x-ms-error-code", ""), LABEL_LIMIT),
        request_id=_request_id(headers),
        retry_after=retry_after,
    )


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _text(mapping: Mapping[str, object], name: str) -> str:
    value = mapping.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value if isinstance(value, str) else ""


# In the order of precedence, with their units in seconds.
_WAIT_HEADERS = {
    "retry-after": 1.0,
    "retryafter": 1.0,
    "retry-after-ms": 0.001,
    "x-ms-retry-after-ms": 0.001,
}
_TIMESPAN = re.compile(r"(?:(\d{1,4})\.)?(\d{1,2}):(\d{2}):(\d{2})(?:\.\d+)?")
_SECONDS = re.compile(r"\d{1,12}(?:\.\d+)?")


def read_retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait, between 0 and the ceiling; None without a valid value.

    Formats: seconds, an HTTP date (RFC 9110, 10.2.3), .NET's TimeSpan `00:00:30` (real answers of
    QnA Maker), the header name `RetryAfter` (QnA Maker's page), and milliseconds in headers of
    their own (https://github.com/Azure/azure-sdk-for-python/issues/9092).
    """
    for name, unit in _WAIT_HEADERS.items():
        value = headers.get(name)
        wait = _wait(value.strip(), unit, headers, now) if value else None
        if wait is not None:
            return min(max(wait, 0.0), RETRY_AFTER_CEILING)
    return None


def _wait(value: str, unit: float, headers: Mapping[str, str], now: float) -> float | None:
    if _SECONDS.fullmatch(value):
        return float(value) * unit
    if span := _TIMESPAN.fullmatch(value):
        days, hours, minutes, rest = (int(part or 0) for part in span.groups())
        return ((days * 24 + hours) * 60 + minutes) * 60.0 + rest
    if (moment := _http_date(value)) is not None:
        sent = _http_date(headers.get("date", ""))
        return moment - (now if sent is None else sent)
    return None


def _http_date(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _retry_after_in_message(message: str) -> float:
    """For a 429 without the header; its message may be `Please retry after 1 second`."""
    match = re.search(r"retry after (\d{1,5}) second", message, re.IGNORECASE)
    return min(float(match[1]), RETRY_AFTER_CEILING) if match else _DEFAULT_RETRY_AFTER
