"""What Video Translation and Avatar share: operations, pages of resources, and how a PUT is read.

https://learn.microsoft.com/rest/api/aiservices/videotranslation/operation-operations/get-operation
https://learn.microsoft.com/rest/api/aiservices/speechapi/operations/get (avatar)
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar, cast

from exporter.simulator.play.scenario import Operation
from exporter.simulator.play.timeline import status_of
from exporter.simulator.services.errors import Refusal
from exporter.simulator.wire import Answer, Request, json_answer

LARGEST_PAGE = 100
"""Of Avatar, and its default. Nothing is published for Video Translation; here it is the same."""

LONGEST_LIFE = 744
"""Hours: 31 days."""

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{1,62}[a-zA-Z0-9]")


@dataclass(frozen=True)
class Call:
    """A request to one of the two APIs whose route and version exist."""

    request: Request
    now: float
    version: str


class Operations:
    """`operations/{id}`: an id and a state, nothing else. A PUT of a resource starts one."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._known = {operation.id: operation for operation in operations}
        self._started_by: dict[str, Request] = {}

    def get(self, name: str, call: Call) -> Answer:
        operation = self._known.get(name)
        status = None if operation is None else status_of(operation, call.now)
        if status is None:
            raise Refusal(404, "NotFound", f"Operation {name} is not found.")
        return json_answer(200, {"id": name, "status": status})

    def repeats(self, name: str, request: Request) -> bool:
        """Whether the same request has started it; a Refusal if something else has."""
        check_name(name, "Operation-Id")
        if name not in self._known:
            return False
        before = self._started_by.get(name)
        if before is None or (before.path, before.body) != (request.path, request.body):
            raise bad_argument("Operation-Id", f"Operation {name} exists for another request.")
        return True

    def start(self, name: str, work: Operation, request: Request) -> None:
        """An operation that takes as long as the work that the request asks for."""
        self._known[name] = Operation(
            id=name, created=work.created, started=work.started, finished=work.finished
        )
        self._started_by[name] = request

    def forget(self, path: str) -> None:
        """Forgets what was started at this path or below it."""
        for name, request in list(self._started_by.items()):
            if f"{request.path}/".startswith(f"{path}/"):
                del self._started_by[name], self._known[name]


def accepted(call: Call, status: int, body: object, operation: str) -> Answer:
    """The answer to a PUT that has started an operation."""
    root = call.request.origin + "/" + call.request.path.split("/")[1]
    return json_answer(status, body).plus(
        Operation_Id=operation,
        Operation_Location=f"{root}/operations/{operation}?api-version={call.version}",
    )


class Resource(Protocol):
    """What a list needs to know of its items."""

    @property
    def id(self) -> str: ...
    @property
    def created(self) -> float: ...


Item = TypeVar("Item", bound=Resource)


def page_of(
    items: Iterable[Item], request: Request, *, top: bool = False
) -> tuple[list[Item], dict[str, int] | None]:
    """One page, the newest first, and the numbers of the next one if there is any."""
    limit = _number(request, "top", 0) if top and request.argument("top") is not None else None
    skip = _number(request, "skip", 0)
    size = min(LARGEST_PAGE, _number(request, "maxpagesize", LARGEST_PAGE, least=1))
    newest = sorted(items, key=lambda item: (item.created, item.id), reverse=True)
    wanted = newest[skip:][:limit]
    left = len(wanted) - size
    if left <= 0:
        return wanted, None
    rest = {"skip": skip + size, "maxpagesize": size}
    return wanted[:size], rest if limit is None else rest | {"top": left}


def _number(request: Request, name: str, default: int, least: int = 0) -> int:
    text = request.argument(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,10}", text) or int(text) < least:
        raise bad_argument(name, f"The value '{text}' of the query parameter {name} is not valid.")
    return int(text)


def check_name(name: str, target: str) -> None:
    """3 to 64 letters, digits, dots, dashes and underscores, or a Refusal."""
    if not _NAME.fullmatch(name):
        raise bad_argument(target, f"The {target} '{name}' is not valid.")


def read_body(request: Request, *required: str) -> dict[str, object]:
    """The JSON object of a PUT with all that is required, or a Refusal."""
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
    """The object of that name, empty without one, or a Refusal."""
    value = body.get(name) or {}
    if not isinstance(value, dict):
        raise bad_argument(name, f"An object is expected at {name}.")
    return cast("dict[str, object]", value)


def text_in(body: dict[str, object], name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) else None


def hours_in(body: dict[str, object]) -> int:
    """`properties.timeToLiveInHours`, or what it is without one."""
    hours = object_in(body, "properties").get("timeToLiveInHours", LONGEST_LIFE)
    if type(hours) is not int or not 0 < hours <= LONGEST_LIFE:
        raise bad_argument("timeToLiveInHours", f"timeToLiveInHours is 1 to {LONGEST_LIFE}.")
    return hours


def bad_argument(target: str, message: str) -> Refusal:
    return Refusal(400, "BadArgument", message, target, "InvalidArgument")
