"""Pure: how often a request is tried, and after which pause."""

import random

from msgspec import Struct

from exporter.azure.priority import Priority
from exporter.errors import Failure

MAX_PAUSE = 10.0  # seconds; after a longer pause it is time for the next poll


class RetryPolicy(Struct, frozen=True):
    """How often one request is tried, and its priority.

    Attributes:
        attempts: at most, if the failures are passing.
        priority: which of the waiting requests goes first.
        under_way: whether it belongs to a poll that has already sent requests.
        presumed: whether nobody said that the resource serves the API: a refusal may mean that it
            does not, and says nothing about the resource.
    """

    attempts: int = 3
    priority: Priority = Priority.NORMAL
    under_way: bool = False
    presumed: bool = False

    def pause(self, failure: Failure, attempt: int) -> float | None:
        """Seconds to wait after a failed attempt (the first is 1); None: do not try again."""
        pause = _pause(failure, attempt)
        last = not failure.passing or attempt == self.attempts or pause > MAX_PAUSE
        return None if last else pause


DEFAULT_POLICY = RetryPolicy()


def _pause(failure: Failure, attempt: int) -> float:
    """Seconds before the next attempt: as Azure asked, or else with full jitter.

    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    retry_after = failure.details.retry_after
    if retry_after is not None:
        return retry_after + random.uniform(0, 0.1 + retry_after / 10)
    return random.uniform(0, 2.0**attempt)
