"""The number of requests of an API at most."""

from dataclasses import dataclass
from math import ceil

PAGE = 100  # operations or documents on one page of a list


@dataclass(frozen=True)
class Assumed:
    """Numbers that are not known before the first poll.

    Attributes:
        operations: operations that discovery finds, all of them unfinished.
        documents: documents of each batch.
        projects: projects that have a list of operations each.
    """

    operations: int = 10
    documents: int = 100
    projects: int = 10


@dataclass(frozen=True)
class RequestCounts:
    """Requests at most, while nothing fails.

    Attributes:
        poll: to poll the status of every operation that is not in a list, once.
        documents: to poll the documents of all operations, once.
        round: for one list round; the mean, if not all rounds read the same lists.
        once: for all discovered operations, beside their lists and polls: in an hour, or once.
    """

    poll: int = 0
    documents: int = 0
    round: float = 0
    once: int = 0


def pages(items: int) -> int:
    """The requests for a list of so many items; an empty list takes one."""
    return max(1, ceil(items / PAGE))
