"""Pure: what a scraper accepts to what it gets.

https://prometheus.io/docs/instrumenting/content_negotiation/ and RFC 9110, 12.4 and 12.5.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class Format(Enum):
    """The two formats that are spoken, by media type and version."""

    TEXT = ("text/plain", "0.0.4")
    OPENMETRICS = ("application/openmetrics-text", "1.0.0")


_ESCAPINGS = frozenset({"allow-utf-8", "underscores", "dots", "values"})


@dataclass(frozen=True, slots=True)
class Negotiated:
    """The format of a body and the header that says so."""

    format: Format
    content_type: str


@dataclass(frozen=True, slots=True)
class _Range:
    name: str
    parameters: dict[str, str]
    quality: float


def choose_format(accept: str) -> Negotiated:
    """The acceptable format with the highest q, the earlier in the header where two are equal.

    Whoever accepts neither gets text 0.0.4: a scrape that can perhaps be read beats none.
    """
    best = _Range("text/plain", {}, 0.0)
    best_format = Format.TEXT
    for each in _ranges(accept):
        matched = _format_of(each)
        if matched and each.quality > best.quality:
            best, best_format = each, matched
    media, version = best_format.value
    content_type = f"{media}; version={version}; charset=utf-8"
    if best_format is Format.OPENMETRICS:
        # Our names need no escaping, so that every scheme gives the same text.
        asked = best.parameters.get("escaping", "")
        content_type += f"; escaping={asked if asked in _ESCAPINGS else 'underscores'}"
    return Negotiated(best_format, content_type)


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether gzip is accepted, and not less than the plain body."""
    qualities = {each.name: each.quality for each in _ranges(accept_encoding)}
    rest = qualities.get("*", 0.0)
    gzip = qualities.get("gzip", qualities.get("x-gzip", rest))
    return gzip > 0 and gzip >= qualities.get("identity", 0.0)


def _format_of(asked: _Range) -> Format | None:
    version = asked.parameters.get("version")
    if asked.name in {"*/*", "text/*"}:
        return Format.TEXT
    for each in Format:
        media, spoken = each.value
        if asked.name == media and version in {None, spoken}:
            return each
    return None


def _ranges(header: str) -> Iterator[_Range]:
    """The comma-separated parts of an Accept header, in their order."""
    for part in header.lower().split(","):
        name, *pairs = (piece.strip() for piece in part.split(";"))
        if not name:
            continue
        parameters = {
            key.strip(): value.strip().strip('"')
            for key, _, value in (pair.partition("=") for pair in pairs)
        }
        yield _Range(name, parameters, _quality(parameters.pop("q", "1")))


def _quality(said: str) -> float:
    """0 to 1; what cannot be read counts as not wanted."""
    try:
        quality = float(said)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0
