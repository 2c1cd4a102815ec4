"""Pure: how often a request is tried, and when again."""

import random
from dataclasses import dataclass

from exporter.errors import Failure

PATIENCE = 10.0  # seconds; a longer wait than this belongs to the poller, not to one request


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How to ask.

    Attributes:
        attempts: at what can pass; no more than one where the latest poll has failed.
        under_way: whether it goes on with what others have begun to read.
    """

    attempts: int = 3
    under_way: bool = False

    def pause(self, failure: Failure, attempt: int) -> float | None:
        """Seconds from a failed attempt, the first is 1, to the next; None: there is no next."""
        pause = _pause(failure, attempt)
        last = not failure.passing or attempt == self.attempts or pause > PATIENCE
        return None if last else pause


USUAL = RetryPolicy()


def _pause(failure: Failure, attempt: int) -> float:
    """Seconds before the next attempt: what Azure asked for, else full jitter.

    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    advised = failure.details.retry_after
    if advised is not None:
        return advised + random.uniform(0, 0.1 + advised / 10)
    return random.uniform(0, 2.0**attempt)
