"""Lists of Document Translation: the query, one page, and the link to the next page. Pure.

Names have a `$` or not, as the live service accepts both. The filters and their defaults:
https://learn.microsoft.com/azure/ai-services/translator/document-translation/reference/get-documents-status
"""

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from exporter.simulator.messages import read_timestamp, timestamp
from exporter.simulator.play.timeline import FINISHED
from exporter.simulator.services.errors import Refusal

LARGEST_PAGE = 100
STATUSES = FINISHED | {"NotStarted", "Running", "Cancelling"}
_FIELDS = {
    "createddatetimeutc": "createdDateTimeUtc",
    "lastactiondatetimeutc": "lastActionDateTimeUtc",
}


class Listed(Protocol):
    """The fields of an item that a list uses; times are Unix seconds."""

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
    """The query of a list; an empty filter excludes nothing."""

    top: int | None = None
    skip: int = 0
    page_size: int = 50
    order: str | None = None
    ids: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    created_start: float | None = None
    created_end: float | None = None


def read_query(pairs: Iterable[tuple[str, str]]) -> Query:
    """The query of a list; Refusal if a value is not valid."""
    values_by_name: dict[str, list[str]] = {}
    for name, value in pairs:
        values_by_name.setdefault(name.removeprefix("$").lower(), []).append(value)
    last = {name: values[-1] for name, values in values_by_name.items()}
    return Query(
        top=_number("top", last["top"]) if "top" in last else None,
        skip=_number("skip", last.get("skip", "0")),
        page_size=min(LARGEST_PAGE, _number("maxpagesize", last.get("maxpagesize", "50"), 1)),
        order=_order(last["orderby"]) if "orderby" in last else None,
        ids=tuple(_uuid(text) for text in _csv(values_by_name.get("ids", []))),
        statuses=tuple(_status(text) for text in _csv(values_by_name.get("statuses", []))),
        created_start=_moment("createdDateTimeUtcStart", last.get("createddatetimeutcstart")),
        created_end=_moment("createdDateTimeUtcEnd", last.get("createddatetimeutcend")),
    )


def page_of(items: Iterable[Item], query: Query) -> tuple[list[Item], Query | None]:
    """One page, and the query of the next one, if there is one. `skip` applies before `top`."""
    selected = _sorted([item for item in items if _matches(item, query)], query.order)[query.skip :]
    if query.top is not None:
        selected = selected[: query.top]
    page, remaining = selected[: query.page_size], max(0, len(selected) - query.page_size)
    return page, replace(query, skip=query.skip + len(page), top=remaining) if remaining else None


def link_query(query: Query, *, dollar: bool, api_version: str | None) -> str:
    """The query of a link as the service writes it: not encoded, a raw space within `orderBy`."""
    options = {
        "skip": str(query.skip),
        "top": None if query.top is None else str(query.top),
        "maxpagesize": str(query.page_size),
        "orderBy": query.order,
    }
    filters = {
        "createdDateTimeUtcStart": _optional_timestamp(query.created_start),
        "createdDateTimeUtcEnd": _optional_timestamp(query.created_end),
        "statuses": ",".join(query.statuses),
        "ids": ",".join(query.ids),
        "api-version": api_version,
    }
    parameters = {
        f"${name}" if dollar else name: value for name, value in options.items()
    } | filters
    return "&".join(f"{name}={value}" for name, value in parameters.items() if value)


def _matches(item: Listed, query: Query) -> bool:
    if query.ids and item.id not in query.ids:
        return False
    if query.statuses and item.status not in query.statuses:
        return False
    start, end = query.created_start, query.created_end
    if item.created is None:
        return start is None and end is None
    # A client that reads a time from an answer loses its last digit, hence the tolerance.
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
        raise _invalid_value(name, text)
    return int(text)


def _order(text: str) -> str:
    match text.lower().split():
        case [name] if name in _FIELDS:
            return f"{_FIELDS[name]} asc"
        case [name, ("asc" | "desc") as direction] if name in _FIELDS:
            return f"{_FIELDS[name]} {direction}"
    raise _invalid_value("orderBy", text)


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise _invalid_value("ids", text) from None


def _status(text: str) -> str:
    if text not in STATUSES:
        raise _invalid_value("statuses", text)
    return text


def _moment(name: str, text: str | None) -> float | None:
    try:
        return None if text is None else read_timestamp(text)
    except ValueError:
        raise _invalid_value(name, text or "") from None


def _optional_timestamp(moment: float | None) -> str | None:
    return None if moment is None else timestamp(moment)


def _invalid_value(name: str, value: str) -> Refusal:
    message = f"The value '{value}' of the query parameter {name} is not valid."
    return Refusal(400, "InvalidRequest", message, "Operation", "InvalidQueryParameter")
