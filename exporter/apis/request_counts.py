"""What an API asks of Azure at most, as a number of requests."""

from dataclasses import dataclass
from math import ceil

PAGE = 100  # operations or documents that one request for a list shows


@dataclass(frozen=True)
class Assumed:
    """What nobody can know beforehand.

    Attributes:
        operations: that discovery finds, all of them unfinished.
        documents: of each batch.
    """

    operations: int = 10
    documents: int = 100


@dataclass(frozen=True)
class RequestCounts:
    """Requests at most, while nothing fails.

    Attributes:
        look: of one look at the status of every operation that no list shows.
        documents: of the documents that belong to one look.
        round: of one round of lists.
        once: in the life of all operations that are found, whenever that is.
    """

    look: int = 0
    documents: int = 0
    round: int = 0
    once: int = 0


def pages(items: int) -> int:
    """Requests that a list of so many takes; an empty one takes one as well."""
    return max(1, ceil(items / PAGE))
