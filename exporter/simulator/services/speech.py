"""Common parts of the Speech services: operations, pages of lists, bodies of a PUT.

https://learn.microsoft.com/rest/api/aiservices/videotranslation/operation-operations/get-operation
https://learn.microsoft.com/rest/api/aiservices/speechapi/operations/get (avatar)
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar, cast

from exporter.simulator.messages import Answer, Request, json_answer
from exporter.simulator.play.operation import Operation
from exporter.simulator.play.timeline import status_of
from exporter.simulator.services.errors import Refusal

LARGEST_PAGE = 100
"""Items: Avatar's limit and default. That of Video Translation is not published."""

MOST_HOURS_TO_LIVE = 744
"""31 days."""

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{1,62}[a-zA-Z0-9]")


@dataclass(frozen=True)
class Call:
    """A request to one of these APIs, with a valid route and version."""

    request: Request
    now: float
    version: str


class Operations:
    """`operations/{id}`: an id and a state. A PUT of a resource starts one."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._operations = {operation.id: operation for operation in operations}
        self._started_by: dict[str, Request] = {}

    def get(self, name: str, call: Call) -> Answer:
        operation = self._operations.get(name)
        status = None if operation is None else status_of(operation, call.now)
        if status is None:
            raise Refusal(404, "NotFound", f"Operation {name} is not found.")
        return json_answer(200, {"id": name, "status": status})

    def repeats(self, name: str, request: Request) -> bool:
        """Whether the same request has started the operation; Refusal if another one has."""
        check_name(name, "Operation-Id")
        if name not in self._operations:
            return False
        previous = self._started_by.get(name)
        if previous is None or (previous.path, previous.body) != (request.path, request.body):
            raise bad_argument("Operation-Id", f"Operation {name} exists for another request.")
        return True

    def start(self, name: str, work: Operation, request: Request) -> None:
        """Start an operation with the times of the work that the request starts."""
        self._operations[name] = Operation(
            id=name, created=work.created, started=work.started, finished=work.finished
        )
        self._started_by[name] = request

    def forget(self, path: str) -> None:
        """Remove the operations that were started at this path or below it."""
        for name, request in list(self._started_by.items()):
            if f"{request.path}/".startswith(f"{path}/"):
                del self._started_by[name], self._operations[name]


def accepted(call: Call, status: int, body: object, operation: str) -> Answer:
    """The answer to a PUT that has started an operation."""
    root = call.request.origin + "/" + call.request.path.split("/")[1]
    return json_answer(status, body).plus(
        Operation_Id=operation,
        Operation_Location=f"{root}/operations/{operation}?api-version={call.version}",
    )


class Resource(Protocol):
    """The fields of an item that a list uses."""

    @property
    def id(self) -> str: ...
    @property
    def created(self) -> float: ...


Item = TypeVar("Item", bound=Resource)


def page_of(
    items: Iterable[Item], request: Request, *, top: bool = False
) -> tuple[list[Item], dict[str, int] | None]:
    """One page, the newest item first, and the query of the next page, if there is one."""
    limit = _number(request, "top", 0) if top and request.argument("top") is not None else None
    skip = _number(request, "skip", 0)
    size = min(LARGEST_PAGE, _number(request, "maxpagesize", LARGEST_PAGE, least=1))
    newest = sorted(items, key=lambda item: (item.created, item.id), reverse=True)
    selected = newest[skip:][:limit]
    remaining = len(selected) - size
    if remaining <= 0:
        return selected, None
    next_query = {"skip": skip + size, "maxpagesize": size}
    return selected[:size], next_query if limit is None else next_query | {"top": remaining}


def _number(request: Request, name: str, default: int, least: int = 0) -> int:
    text = request.argument(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,10}", text) or int(text) < least:
        raise bad_argument(name, f"The value '{text}' of the query parameter {name} is not valid.")
    return int(text)


def check_name(name: str, target: str) -> None:
    """Refuse a name that is not 3 to 64 letters, digits, dots, dashes and underscores."""
    if not _NAME.fullmatch(name):
        raise bad_argument(target, f"The {target} '{name}' is not valid.")


def read_body(request: Request, *required: str) -> dict[str, object]:
    """The JSON object of a PUT; Refusal without one, or without a required field."""
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise bad_argument("body", "The request body is not a JSON object.")
    for name in required:
        if not body.get(name):
            raise bad_argument(name, f"The field {name} is required.")
    return body


def object_in(body: dict[str, object], name: str) -> dict[str, object]:
    """The object of that name; empty if there is none; Refusal if it is no object."""
    value = body.get(name) or {}
    if not isinstance(value, dict):
        raise bad_argument(name, f"An object is expected at {name}.")
    return cast("dict[str, object]", value)


def text_in(body: dict[str, object], name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) else None


def hours_in(body: dict[str, object]) -> int:
    """`properties.timeToLiveInHours`, or its default."""
    hours = object_in(body, "properties").get("timeToLiveInHours", MOST_HOURS_TO_LIVE)
    if type(hours) is not int or not 0 < hours <= MOST_HOURS_TO_LIVE:
        raise bad_argument("timeToLiveInHours", f"timeToLiveInHours is 1 to {MOST_HOURS_TO_LIVE}.")
    return hours


def bad_argument(target: str, message: str) -> Refusal:
    return Refusal(400, "BadArgument", message, target, "InvalidArgument")
