"""Lists of speech to text: `skip`, `top`, `filter`, and the link to the next page. Pure.

https://learn.microsoft.com/rest/api/speechtotext/transcriptions/list
"""

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

from exporter.simulator.messages import read_timestamp
from exporter.simulator.play.speech_jobs import TextJob
from exporter.simulator.services.errors import Refusal
from exporter.simulator.services.speech import Call

LARGEST_PAGE = 100
"""Items; the default as well, as the links of real answers show."""

Item = TypeVar("Item")

_CONDITION = re.compile(r"(\w+) (eq|ne|gt|ge|lt|le) ('(?:[^']|'')*'|[0-9T:.Z+-]+)")
_OPERATORS: Mapping[str, Callable[[object, object], bool]] = {
    name: getattr(operator, name) for name in ("eq", "ne", "gt", "ge", "lt", "le")
}


@dataclass(frozen=True)
class Listed:
    """A job with its status and last action at the time of the request."""

    job: TextJob
    status: str
    last_action: float

    def value(self, name: str) -> object:
        """The value of a field that a filter may name; times in whole Unix seconds."""
        match name:
            case "createdDateTime":
                return int(self.job.created)
            case "lastActionDateTime":
                return int(self.last_action)
            case "status":
                return self.status
            case "displayName":
                return self.job.display_name
            case "locale":
                return self.job.locale
        raise _unsupported(name)


def page_of(jobs: Iterable[Listed], call: Call) -> tuple[list[Listed], str | None]:
    """One page, the oldest job first, and the URL of the next page, if there is one."""
    filter_ = call.request.argument("filter")
    selected = sorted(jobs, key=lambda item: (item.job.created, item.job.id))
    if filter_ is not None:
        selected = [item for item in selected if _matches(item, filter_)]
    return cut_to_page(selected, call)


def cut_to_page(selected: Sequence[Item], call: Call) -> tuple[list[Item], str | None]:
    """The page that `skip` and `top` name, and the URL of the next page, if there is one."""
    request = call.request
    skip, top = _number(call, "skip", 0), min(_number(call, "top", LARGEST_PAGE), LARGEST_PAGE)
    filter_ = request.argument("filter")
    if top < 1 or len(selected) <= skip + top:
        return list(selected[skip : skip + top]), None
    query = f"skip={skip + top}&top={top}"
    if filter_ is not None:
        query += f"&filter={quote(filter_, safe=':')}"
    link = f"{request.origin}{request.path}?{query}&api-version={call.version}"
    return list(selected[skip : skip + top]), link


def _matches(item: Listed, filter_: str) -> bool:
    """Whether a job meets all conditions; `or` and `not` are not played."""
    return all(_meets(item, condition) for condition in filter_.split(" and "))


def _meets(item: Listed, condition: str) -> bool:
    match = _CONDITION.fullmatch(condition.strip())
    if match is None:
        raise _unsupported(condition)
    name, comparison, text = match.groups()
    is_time = name.endswith("DateTime")
    if is_time == text.startswith("'") or not (is_time or comparison in {"eq", "ne"}):
        raise _unsupported(condition)
    try:
        value: object = read_timestamp(text) if is_time else text[1:-1].replace("''", "'")
    except ValueError:
        raise _unsupported(condition) from None
    return _OPERATORS[comparison](item.value(name), value)


def _number(call: Call, name: str, default: int) -> int:
    text = call.request.argument(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,10}", text):
        message = f"The value '{text}' of {name} is not valid."
        raise Refusal(400, "InvalidArgument", message, None, "InvalidParameterValue")
    return int(text)


def _unsupported(condition: str) -> Refusal:
    message = f"The filter '{condition}' is not supported."
    return Refusal(400, "InvalidRequest", message, None, "UnsupportedFilter")
