"""Faults on request: their kind, for which paths, and how often. No I/O.

`breakage` gives each kind its form in HTTP.
"""

import random
import re
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError


class Kind(StrEnum):
    """The kind of a fault."""

    THROTTLED = "throttled"  # 429 of the gateway, with any Retry-After or none
    UNAUTHORISED = "unauthorised"  # 401 of the gateway
    FORBIDDEN = "forbidden"  # 403 of the gateway
    GONE = "gone"  # 404, empty body
    ERROR = "error"  # 5xx of the service, with a body or without
    SLOW = "slow"  # the body is sent byte by byte
    TRUNCATED = "truncated"  # the connection closes in the middle of the body
    HTML = "html"  # 200 text/html
    RESET = "reset"  # the connection is reset before any answer
    UNKNOWN_STATE = "unknown_state"  # a good answer with an unknown state
    REDIRECT = "redirect"  # 302, to itself or to any location
    STALE = "stale"  # Document Translation: the cached answer of this URL, if there is one
    FOREIGN_LINK = "foreign_link"  # a list whose next link leads to another host
    REPEATED_LINK = "repeated_link"  # a list whose next link leads to itself
    ENDLESS_LINK = "endless_link"  # a list with a new next link each time, always to the same page
    BROKEN_ITEM = "broken_item"  # a list with one item that is not valid


class Fault(BaseModel):
    """One fault; ValueError if its fields are not valid."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    path: re.Pattern[str] = re.compile("")
    """Searched in the path, without its query."""
    count: int | None = Field(default=None, ge=1)
    """The number of answers to which it applies; None: until it is cleared."""
    chance: float = Field(default=1.0, gt=0, le=1)
    """The part of the matching answers to which it applies."""

    retry_after: str | None = Field(default=None, pattern=r"^[\x20-\x7e]*$")
    """throttled, error: the text of the header; None leaves it out."""
    seconds: int = 1
    """throttled: the number in the message."""
    status: int = Field(default=500, ge=500, le=599)
    """error: the HTTP status."""
    body: bool = True
    """error: whether the answer has a body."""
    pause: float = Field(default=1.0, ge=0, allow_inf_nan=False)
    """slow: seconds between two bytes."""
    state: str = "Paused"
    """unknown_state: the word."""
    location: str | None = Field(default=None, pattern=r"^[\x21-\x7e]+$")
    """redirect: its location; None: its own address, always. foreign_link: scheme and host."""
    without: str | None = None
    """broken_item: the field that the middle item lacks; None: the item is a number."""


class Faults:
    """All current faults. The first that matches a request applies."""

    def __init__(self, *faults: Fault, seed: int = 0) -> None:
        self._random = random.Random(f"faults/{seed}")
        self._remaining = [(fault, fault.count) for fault in faults]

    def add(self, fault: Fault) -> None:
        self._remaining.append((fault, fault.count))

    def clear(self) -> None:
        self._remaining.clear()

    def strike(self, path: str) -> Fault | None:
        """The fault that applies to this request, if any; it is counted."""
        for index, (fault, remaining) in enumerate(self._remaining):
            if fault.path.search(path) and self._random.random() < fault.chance:
                if remaining == 1:
                    del self._remaining[index]
                else:
                    self._remaining[index] = (fault, None if remaining is None else remaining - 1)
                return fault
        return None

    def as_json(self) -> list[dict[str, object]]:
        """All current faults; `count` is the number of answers that remain."""
        return [
            fault.model_dump(mode="json") | {"count": remaining}
            for fault, remaining in self._remaining
        ]


_LIST: TypeAdapter[list[Fault]] = TypeAdapter(list[Fault])


def faults_from_json(text: bytes) -> list[Fault]:
    """Faults of a JSON list of objects; ValueError has all problems and their places."""
    try:
        return _LIST.validate_json(text)
    except ValidationError as error:
        problems = [
            f"{'.'.join(map(str, details['loc'])) or 'body'}: {details['msg']}"
            for details in error.errors()
        ]
        raise ValueError("; ".join(problems)) from None
