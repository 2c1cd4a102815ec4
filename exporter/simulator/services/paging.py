"""Lists of Document Translation: what a query asks for, one page, and the link to the next. Pure.

Names come with and without `$`, as the live service takes them. The filters and their defaults:
https://learn.microsoft.com/azure/ai-services/translator/document-translation/reference/get-documents-status
"""

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from exporter.simulator.play.timeline import FINISHED
from exporter.simulator.services.errors import Refusal
from exporter.simulator.wire import read_timestamp, timestamp

LARGEST_PAGE = 100
STATUSES = FINISHED | {"NotStarted", "Running", "Cancelling"}
_FIELDS = {
    "createddatetimeutc": "createdDateTimeUtc",
    "lastactiondatetimeutc": "lastActionDateTimeUtc",
}


class Listed(Protocol):
    """What a list needs to know of its items; times are Unix seconds."""

    @property
    def id(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def created(self) -> float | None: ...
    @property
    def last_action(self) -> float: ...


Item = TypeVar("Item", bound=Listed)


@dataclass(frozen=True)
class Query:
    """What a list was asked for; an empty filter lets everything through."""

    top: int | None = None
    skip: int = 0
    page_size: int = 50
    order: str | None = None
    ids: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    created_start: float | None = None
    created_end: float | None = None


def read_query(pairs: Iterable[tuple[str, str]]) -> Query:
    """The query of a list; Refusal if it cannot be honoured."""
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name.removeprefix("$").lower(), []).append(value)
    last = {name: values[-1] for name, values in given.items()}
    return Query(
        top=_number("top", last["top"]) if "top" in last else None,
        skip=_number("skip", last.get("skip", "0")),
        page_size=min(LARGEST_PAGE, _number("maxpagesize", last.get("maxpagesize", "50"), 1)),
        order=_order(last["orderby"]) if "orderby" in last else None,
        ids=tuple(_uuid(text) for text in _csv(given.get("ids", []))),
        statuses=tuple(_status(text) for text in _csv(given.get("statuses", []))),
        created_start=_moment("createdDateTimeUtcStart", last.get("createddatetimeutcstart")),
        created_end=_moment("createdDateTimeUtcEnd", last.get("createddatetimeutcend")),
    )


def page_of(items: Iterable[Item], query: Query) -> tuple[list[Item], Query | None]:
    """One page, and the query of the next one if there is any: first skip, then top."""
    wanted = _sorted([item for item in items if _matches(item, query)], query.order)[query.skip :]
    if query.top is not None:
        wanted = wanted[: query.top]
    page, left = wanted[: query.page_size], max(0, len(wanted) - query.page_size)
    return page, replace(query, skip=query.skip + len(page), top=left) if left else None


def link_query(query: Query, *, dollar: bool, api_version: str | None) -> str:
    """The query of a link as the service writes it: not encoded, a raw space within `orderBy`."""
    options = {
        "skip": str(query.skip),
        "top": None if query.top is None else str(query.top),
        "maxpagesize": str(query.page_size),
        "orderBy": query.order,
    }
    filters = {
        "createdDateTimeUtcStart": _written(query.created_start),
        "createdDateTimeUtcEnd": _written(query.created_end),
        "statuses": ",".join(query.statuses),
        "ids": ",".join(query.ids),
        "api-version": api_version,
    }
    named = {f"${name}" if dollar else name: value for name, value in options.items()} | filters
    return "&".join(f"{name}={value}" for name, value in named.items() if value)


def _matches(item: Listed, query: Query) -> bool:
    if query.ids and item.id not in query.ids:
        return False
    if query.statuses and item.status not in query.statuses:
        return False
    start, end = query.created_start, query.created_end
    if item.created is None:
        return start is None and end is None
    # A time that was read from an answer has lost its last digit: a microsecond of tolerance.
    tolerance = 1e-6
    return (start is None or item.created >= start - tolerance) and (
        end is None or item.created <= end + tolerance
    )


def _sorted(items: Sequence[Item], order: str | None) -> list[Item]:
    name, _, direction = (order or "createdDateTimeUtc desc").partition(" ")

    def key(item: Item) -> tuple[float, str]:
        moment = item.created if name == "createdDateTimeUtc" else item.last_action
        return (float("-inf") if moment is None else moment, item.id)

    return sorted(items, key=key, reverse=direction == "desc")


def _csv(values: Iterable[str]) -> list[str]:
    return [part for value in values for part in re.split(r"[,\s]+", value) if part]


def _number(name: str, text: str, least: int = 0) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", text) or int(text) < least:
        raise _bad(name, text)
    return int(text)


def _order(text: str) -> str:
    match text.lower().split():
        case [name] if name in _FIELDS:
            return f"{_FIELDS[name]} asc"
        case [name, ("asc" | "desc") as direction] if name in _FIELDS:
            return f"{_FIELDS[name]} {direction}"
    raise _bad("orderBy", text)


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise _bad("ids", text) from None


def _status(text: str) -> str:
    if text not in STATUSES:
        raise _bad("statuses", text)
    return text


def _moment(name: str, text: str | None) -> float | None:
    try:
        return None if text is None else read_timestamp(text)
    except ValueError:
        raise _bad(name, text or "") from None


def _written(moment: float | None) -> str | None:
    return None if moment is None else timestamp(moment)


def _bad(name: str, value: str) -> Refusal:
    message = f"The value '{value}' of the query parameter {name} is not valid."
    return Refusal(400, "InvalidRequest", message, "Operation", "InvalidQueryParameter")
