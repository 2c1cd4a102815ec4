"""Requests and answers as values, and the formats of times in bodies."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from urllib.parse import quote

JSON_TYPE = "application/json; charset=utf-8"

_TICKS = 10_000_000  # in a second: .NET counts time in units of 100 ns


@dataclass(frozen=True)
class Request:
    """A request. `origin` is the scheme, host and port that the client used."""

    method: str
    origin: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    url: str = ""

    def argument(self, name: str) -> str | None:
        """The last value of a query parameter."""
        return next((value for key, value in reversed(self.query) if key == name), None)


@dataclass(frozen=True)
class Answer:
    """An answer that Azure works on for `takes` seconds.

    `cached_by_url` marks answers that Document Translation keeps in its cache.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cached_by_url: bool = False
    takes: float = 0.0

    def plus(self, **headers: str) -> "Answer":
        """The answer with additional headers; `_` in a name stands for `-`."""
        added = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **added})


def json_answer(status: int, value: object, content_type: str = JSON_TYPE) -> Answer:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(status, body, {"Content-Type": content_type})


def etag(body: bytes) -> str:
    """A strong ETag in quotes: 64 hexadecimal digits, equal for equal bodies."""
    return f'"{hashlib.sha256(body).hexdigest().upper()}"'


def signed_url(path: str) -> str:
    """The address of a file in blob storage, with a shared access signature: a secret."""
    signature = base64.b64encode(hashlib.sha256(path.encode()).digest()).decode()
    query = f"sv=2024-05-04&sr=b&sp=r&sig={quote(signature, safe='')}"
    return f"https://contosospeech.blob.core.windows.net/{path}?{query}"


@lru_cache(maxsize=8192)  # a list is requested many times, and most of its times are the same
def timestamp(seconds: float, least: int = 4, most: int = 7, zone: str = "Z") -> str:
    """Unix seconds in UTC with `least` to `most` fraction digits.

    Document Translation writes 4 to 7 digits and `Z`.
    """
    whole, fraction = divmod(round(Decimal(str(seconds)) * _TICKS), _TICKS)
    digits = f"{fraction:07d}"[:most].rstrip("0").ljust(least, "0")
    moment = datetime.fromtimestamp(whole, UTC).replace(tzinfo=None)
    return f"{moment.isoformat()}.{digits}{zone}"


def whole_timestamp(seconds: float) -> str:
    """Unix seconds in UTC, whole, with `Z`, as speech to text writes them."""
    return f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%dT%H:%M:%SZ}"


def offset_timestamp(seconds: float, utc_offset_minutes: int) -> str:
    """Unix seconds as QnA Maker writes them: whole, local, with an offset such as `+05:30`."""
    zone = timezone(timedelta(minutes=utc_offset_minutes))
    return datetime.fromtimestamp(int(seconds), zone).isoformat()


def read_timestamp(text: str) -> float:
    """Unix seconds of an ISO 8601 time; UTC without an offset; ValueError if it is not valid."""
    moment = datetime.fromisoformat(text)
    try:
        return (moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except OverflowError:
        raise ValueError(f"{text} is before or after all time") from None
