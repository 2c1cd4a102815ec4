"""Pure: when an operation is polled next, and when it is not polled any more."""

import random
from dataclasses import dataclass

from exporter.apis.base import Target
from exporter.polling.once import PollResult
from exporter.polling.pauses import pause_after

REUSE_INTERVAL = 300.0  # seconds between polls of a finished operation whose id may be used again
GONE_AFTER = 3  # polls in a row that end in 404 before a discovered operation is dropped


@dataclass(slots=True)
class Schedule:
    """The poll times of one operation. Times are the loop's.

    A poll begins when its first request is sent, after any wait for the budget.

    Attributes:
        interval: seconds between two successful polls.
        due: when the next poll begins.
        begun: when the latest poll began; before the first one, when the schedule did.
        not_before: the end of the wait that Azure asked for.
        failures: number of failed polls in a row.
        gone: number of polls in a row, the latest ones, that ended in 404.
        partial: number of final polls in a row that could not read everything.
        delay: seconds by which the next poll is late because the latest one took so long.
    """

    interval: float
    due: float
    begun: float = 0.0
    not_before: float = 0.0
    failures: int = 0
    gone: int = 0
    partial: int = 0
    delay: float = 0.0

    def lag(self, begun: float) -> float:
        """Seconds by which a poll that begins at `begun` is late; 0 if it is early."""
        return self.delay + max(0.0, begun - self.due)

    def resume(self, now: float) -> None:
        """Plan a poll within an interval: many operations may have left a list at once."""
        self.delay = 0.0
        self.due = max(now + random.uniform(0, self.interval), self.not_before)

    def plan_next(self, result: PollResult, begun: float, ended: float) -> None:
        """Plan the next poll after one has ended."""
        snapshot = result.snapshot
        self.failures = self.failures + 1 if snapshot.failure else 0
        self.gone = self.gone + 1 if result.gone else 0
        # An incomplete final poll is repeated, with growing pauses.
        self.partial = self.partial + 1 if result.outlived and snapshot.incomplete else 0
        failed = max(self.failures, self.partial)
        self.begun = begun
        planned = begun + pause_after(self.interval, failed, snapshot.failure)
        self.delay = max(0.0, ended - planned)
        self.not_before = ended + result.requests.retry_after
        self.due = max(planned, self.not_before)

    @property
    def is_gone(self) -> bool:
        """Whether enough polls in a row found that Azure does not have the operation."""
        return self.gone >= GONE_AFTER


def settled(target: Target, result: PollResult) -> bool:
    """Whether nothing can change any more, or the final poll came after all caches expired."""
    snapshot = result.snapshot
    operation = snapshot.operation
    if operation is None or not operation.state.finished or snapshot.failure:
        return False
    if result.gone and not target.reusable_id:
        return False  # a single 404 means nothing
    return target.settled(operation) or (result.outlived and not snapshot.incomplete)
