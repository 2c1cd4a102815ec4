"""What goes wrong, on request: which kind, for which paths, how often. No I/O here.

`breakage` shows how each kind looks on the wire.
"""

import random
import re
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError


class Kind(StrEnum):
    """What can go wrong with one answer."""

    THROTTLED = "throttled"  # 429 of the gateway, with the Retry-After of your choice or none
    UNAUTHORISED = "unauthorised"  # 401 of the gateway
    FORBIDDEN = "forbidden"  # 403 of the gateway
    GONE = "gone"  # 404, empty body
    ERROR = "error"  # 5xx of the service, with a body or without
    SLOW = "slow"  # the body comes byte by byte
    TRUNCATED = "truncated"  # the connection closes in the middle of the body
    HTML = "html"  # 200 text/html
    RESET = "reset"  # the connection is reset before any answer
    UNKNOWN_STATE = "unknown_state"  # a good answer with a state that nobody has heard of
    REDIRECT = "redirect"  # 302, to itself or to a location of your choice
    STALE = "stale"  # Document Translation: what its cache kept of this URL, if anything
    FOREIGN_LINK = "foreign_link"  # a list whose next page is on another host
    REPEATED_LINK = "repeated_link"  # a list whose next page is itself
    ENDLESS_LINK = "endless_link"  # a list with a new next link for ever, always to this page
    BROKEN_ITEM = "broken_item"  # a list with one item that is none


class Fault(BaseModel):
    """One thing that goes wrong; ValueError if it makes no sense."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    path: re.Pattern[str] = re.compile("")
    """Searched in the path, its query left out."""
    count: int | None = Field(default=None, ge=1)
    """How many answers it hits; None: until it is cleared."""
    chance: float = Field(default=1.0, gt=0, le=1)
    """The part of the matching answers that it hits."""

    retry_after: str | None = Field(default=None, pattern=r"^[\x20-\x7e]*$")
    """throttled, error: the text of the header; None leaves it out."""
    seconds: int = 1
    """throttled: the number in the message."""
    status: int = Field(default=500, ge=500, le=599)
    """error: the HTTP status."""
    body: bool = True
    """error: whether the service says anything."""
    pause: float = Field(default=1.0, ge=0, allow_inf_nan=False)
    """slow: seconds between two bytes."""
    state: str = "Paused"
    """unknown_state: the word."""
    location: str | None = Field(default=None, pattern=r"^[\x21-\x7e]+$")
    """redirect: where to; None: where it came from, for ever. foreign_link: scheme and host."""
    without: str | None = None
    """broken_item: the field that the middle item has lost; None: the item is a number."""


class Faults:
    """The faults in force; the first that matches hits."""

    def __init__(self, *faults: Fault, seed: int = 0) -> None:
        self._random = random.Random(f"faults/{seed}")
        self._left = [(fault, fault.count) for fault in faults]

    def add(self, fault: Fault) -> None:
        self._left.append((fault, fault.count))

    def clear(self) -> None:
        self._left.clear()

    def strike(self, path: str) -> Fault | None:
        """The fault that hits this request, if any; counts it."""
        for index, (fault, left) in enumerate(self._left):
            if fault.path.search(path) and self._random.random() < fault.chance:
                if left == 1:
                    del self._left[index]
                else:
                    self._left[index] = (fault, None if left is None else left - 1)
                return fault
        return None

    def as_json(self) -> list[dict[str, object]]:
        """All faults in force; `count` is what is left."""
        return [fault.model_dump(mode="json") | {"count": left} for fault, left in self._left]


_LIST: TypeAdapter[list[Fault]] = TypeAdapter(list[Fault])


def faults_from_json(text: bytes) -> list[Fault]:
    """Faults of a JSON list of objects; ValueError says what is wrong where, all at once."""
    try:
        return _LIST.validate_json(text)
    except ValidationError as error:
        problems = [
            f"{'.'.join(map(str, one['loc'])) or 'body'}: {one['msg']}" for one in error.errors()
        ]
        raise ValueError("; ".join(problems)) from None
