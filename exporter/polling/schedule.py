"""Pure: when an operation is polled next, and whether it is polled again at all."""

from dataclasses import dataclass

from exporter.apis.base import Target
from exporter.errors import Gone
from exporter.model.snapshot import Snapshot
from exporter.polling.once import PollResult
from exporter.polling.pauses import pause_after

GONE_AFTER = 3  # polls in a row of a discovered operation that Azure does not know any more


@dataclass(slots=True)
class Schedule:
    """The polls of one operation. Times are the loop's.

    Attributes:
        interval: seconds between two polls that succeed.
        due: when the next one begins.
        not_before: as long Azure asked to be left alone.
        failures: polls in a row that have failed.
        partial: last polls in a row that could not read everything.
        delay: seconds by which the end of the latest poll has put off the next.
    """

    interval: float
    due: float
    not_before: float = 0.0
    failures: int = 0
    partial: int = 0
    delay: float = 0.0

    def lag(self, begun: float) -> float:
        """Seconds that a poll which begins now is late; one that comes early is not."""
        return self.delay + max(0.0, begun - self.due)

    def went(self, result: PollResult, begun: float, ended: float) -> None:
        """Plan the next poll after one has ended."""
        snapshot, requests, outlived = result
        self.failures = self.failures + 1 if snapshot.failure else 0
        # A last poll that was not a whole one is repeated, but ever more seldom.
        self.partial = self.partial + 1 if outlived and snapshot.incomplete else 0
        failed = max(self.failures, self.partial)
        wanted = begun + pause_after(self.interval, failed, snapshot.failure)
        self.delay = max(0.0, ended - wanted)
        self.not_before = ended + requests.retry_after
        self.due = max(wanted, self.not_before)

    def is_gone(self, snapshot: Snapshot) -> bool:
        """Whether Azure said so often that there is no such operation that it is believed."""
        return self.failures >= GONE_AFTER and isinstance(snapshot.failure, Gone)


def settled(target: Target, result: PollResult) -> bool:
    """Nothing can change any more, or a last poll came when no cache could still lie."""
    snapshot, _, outlived = result
    known = snapshot.operation
    if known is None or not known.state.finished:
        return False
    whole = snapshot.failure is None and not snapshot.incomplete
    return target.settled(known) or (outlived and whole)
