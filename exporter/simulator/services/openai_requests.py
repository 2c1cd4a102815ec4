"""What Azure OpenAI's APIs have in common: bodies of a POST, pages of lists, refusals."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, cast

from exporter.simulator.messages import Request
from exporter.simulator.services.errors import Refusal

_LARGEST_PAGE = 100


class Created(Protocol):
    """The fields of an item that a list uses."""

    @property
    def id(self) -> str: ...
    @property
    def created(self) -> float: ...


Item = TypeVar("Item", bound=Created)


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of a list."""

    items: Sequence[Item]
    has_more: bool


def page_of(items: Iterable[Item], request: Request) -> Page[Item]:
    """The page after the item `after`, the newest item first; `limit` is 20 without one."""
    newest = sorted(items, key=lambda item: (item.created, item.id), reverse=True)
    limit, after = request.argument("limit") or "20", request.argument("after")
    if not re.fullmatch(r"[0-9]{1,3}", limit) or not 1 <= int(limit) <= _LARGEST_PAGE:
        raise bad_request(f"limit is 1 to {_LARGEST_PAGE}.")
    if after is not None:
        ids = [item.id for item in newest]
        if after not in ids:
            raise not_found()
        newest = newest[ids.index(after) + 1 :]
    return Page(newest[: int(limit)], len(newest) > int(limit))


def read_body(request: Request, *required: str) -> dict[str, object]:
    """The JSON object of a POST; Refusal without one, or without a required field."""
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise bad_request("The request body is not a JSON object.")
    for name in required:
        if not isinstance(body.get(name), str) or not body[name]:
            raise bad_request(f"{name} is required.")
    return cast("dict[str, object]", body)


def bad_request(message: str) -> Refusal:
    return Refusal(400, "invalidPayload", message)


def not_found() -> Refusal:
    return Refusal(404, "notFound", "The specified entity cannot be found.")
