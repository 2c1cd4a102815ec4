"""Pure: chooses the format of an answer by the headers of the request.

https://prometheus.io/docs/instrumenting/content_negotiation/ and RFC 9110, 12.4 and 12.5.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class Format(Enum):
    """The two supported formats: media type and version."""

    TEXT = ("text/plain", "0.0.4")
    OPENMETRICS = ("application/openmetrics-text", "1.0.0")


_ESCAPINGS = frozenset({"allow-utf-8", "underscores", "dots", "values"})


@dataclass(frozen=True, slots=True)
class Negotiated:
    """The format of a body, and the header Content-Type for it."""

    format: Format
    content_type: str


@dataclass(frozen=True, slots=True)
class _Range:
    name: str
    parameters: dict[str, str]
    quality: float


def choose_format(accept: str) -> Negotiated:
    """The accepted format with the highest q; the first in the header if two are equal.

    The default is text 0.0.4, even if it is not accepted: the scraper may still read it.
    """
    best = _Range("text/plain", {}, 0.0)
    best_format = Format.TEXT
    for range_ in _ranges(accept):
        matched = _format_of(range_)
        if matched and range_.quality > best.quality:
            best, best_format = range_, matched
    media, version = best_format.value
    content_type = f"{media}; version={version}; charset=utf-8"
    if best_format is Format.OPENMETRICS:
        # Our names need no escaping, so the text is the same with every scheme.
        escaping = best.parameters.get("escaping", "")
        content_type += f"; escaping={escaping if escaping in _ESCAPINGS else 'underscores'}"
    return Negotiated(best_format, content_type)


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether gzip is accepted with a quality not below that of the plain body."""
    qualities = {range_.name: range_.quality for range_ in _ranges(accept_encoding)}
    default = qualities.get("*", 0.0)
    gzip = qualities.get("gzip", qualities.get("x-gzip", default))
    return gzip > 0 and gzip >= qualities.get("identity", 0.0)


def _format_of(range_: _Range) -> Format | None:
    requested_version = range_.parameters.get("version")
    if range_.name in {"*/*", "text/*"}:
        return Format.TEXT
    for format_ in Format:
        media, version = format_.value
        if range_.name == media and requested_version in {None, version}:
            return format_
    return None


def _ranges(header: str) -> Iterator[_Range]:
    """The comma-separated parts of an Accept header, in order."""
    for part in header.lower().split(","):
        name, *pairs = (piece.strip() for piece in part.split(";"))
        if not name:
            continue
        parameters = {
            key.strip(): value.strip().strip('"')
            for key, _, value in (pair.partition("=") for pair in pairs)
        }
        yield _Range(name, parameters, _quality(parameters.pop("q", "1")))


def _quality(text: str) -> float:
    """0 to 1; 0 (not accepted) if it is not valid."""
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0
