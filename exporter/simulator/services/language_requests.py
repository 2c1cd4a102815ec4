"""Requests to Azure AI Language: their bodies, their lists, and the answer to what starts a job."""

import json
import re
from collections.abc import Sequence

from exporter.simulator.messages import Answer, Request, json_answer
from exporter.simulator.services.errors import Refusal

_LARGEST_PAGE = 100


def read_body(request: Request, *required: str) -> dict[str, object]:
    """The JSON object of a request; Refusal without one, or without a required field."""
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise invalid("The request body is not a JSON object.", "InvalidRequestBodyFormat")
    for name in required:
        if not body.get(name):
            raise invalid(f"The field {name} is required.", "InvalidParameterValue")
    return body


def number(request: Request, name: str) -> int | None:
    """A number in the query; None without one."""
    text = request.argument(name)
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,10}", text):
        raise invalid(f"The value '{text}' of {name} is not valid.", "InvalidParameterValue")
    return int(text)


def list_answer(request: Request, items: Sequence[object]) -> Answer:
    """One page of a list; a last page has a link as well, which is null."""
    size = min(_LARGEST_PAGE, number(request, "maxpagesize") or _LARGEST_PAGE)
    skip = number(request, "skip") or 0
    link = None
    if skip + size < len(items):
        version = request.argument("api-version")
        link = (
            f"{request.origin}{request.path}"
            f"?skip={skip + size}&maxpagesize={size}&api-version={version}"
        )
    return json_answer(200, {"value": list(items[skip : skip + size]), "nextLink": link})


def accepted(request: Request, path: str, *, port: bool = False) -> Answer:
    """The answer to a request that has started or cancelled a job: its URL, and no body.

    `port`: the URL names the port of https as well.
    """
    added = ":443" if port and re.fullmatch(r"https://[^:/]+", request.origin) else ""
    url = f"{request.origin}{added}{path}?api-version={request.argument('api-version')}"
    return Answer(202).plus(operation_location=url)


def invalid(message: str, inner_code: str) -> Refusal:
    return Refusal(400, "InvalidRequest", message, None, inner_code)


def not_found(message: str) -> Refusal:
    return Refusal(404, "NotFound", message, None, "OperationNotFound")
