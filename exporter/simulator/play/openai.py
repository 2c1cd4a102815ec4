"""Jobs of Azure OpenAI: the times of their events, and their state at a time. Pure.

All times are Unix seconds; `None` means never.
"""

from dataclasses import dataclass
from typing import Literal

BatchOutcome = Literal["completed", "failed", "expired"]

_COUNTS_KNOWN = 0.85
"""The part of finalizing after which the counts jump, as in recorded traffic."""


@dataclass(frozen=True, kw_only=True)
class OpenaiBatch:
    """A batch of requests. Validation ends at `started`, or at `finished` if it fails.

    `counted` is when the number of requests is known. `cancel_asked` is the time of the POST that
    cancels, `cancelled` when the batch has stopped. `model` and `tokens` (input, cached, output,
    reasoning) are in no answer of Azure's up to 2025; a batch without `model` has neither.
    """

    id: str
    created: float
    counted: float | None = None
    started: float | None = None
    finalizing: float | None = None
    finished: float | None = None
    outcome: BatchOutcome = "completed"
    cancel_asked: float | None = None
    cancelled: float | None = None
    requests: int = 3
    failed_requests: int = 0
    error: tuple[str, str] | None = None
    endpoint: str = "/chat/completions"
    input_file: str = "file-00000000000040008000000000000000"
    model: str | None = None
    tokens: tuple[int, int, int, int] = (0, 0, 0, 0)

    def __post_init__(self) -> None:
        """Refuse what could not happen."""
        check_order(self.id, self.created, self.counted)
        check_order(self.id, self.created, self.started, self.finalizing, self.finished)
        check_order(self.id, self.created, self.cancel_asked, self.cancelled)
        if self.outcome == "completed" and self.finished and self.finalizing is None:
            raise ValueError(f"{self.id}: a batch is finalized before it is completed")
        if not 0 <= self.failed_requests <= self.requests:
            raise ValueError(f"{self.id}: more requests fail than there are")

    @property
    def stopped(self) -> bool:
        """Whether it is cancelled before its end."""
        asked = self.cancel_asked
        return asked is not None and (self.finished is None or asked < self.finished)

    def status(self, now: float) -> str | None:
        """Azure's word; None before it is created."""
        if now < self.created:
            return None
        if self.stopped and passed(self.cancel_asked, now):
            return "cancelled" if passed(self.cancelled, now) else "cancelling"
        if passed(self.finished, now):
            return self.outcome
        if passed(self.finalizing, now):
            return "finalizing"
        return "in_progress" if passed(self.started, now) else "validating"

    def reached(self, moment: float | None, now: float) -> int | None:
        """A time in the whole seconds of answers; None if the batch was stopped before."""
        limit = self.cancel_asked if self.stopped and self.cancel_asked is not None else now
        return int(moment) if moment is not None and moment <= min(now, limit) else None

    def counts(self, now: float) -> dict[str, int]:
        """`request_counts`: 0 until the counts are known, which is near the end."""
        total = self.requests if passed(self.counted, now) else 0
        if self.outcome == "expired" and passed(self.finished, now):
            return {"total": total, "completed": self.requests // 3, "failed": 0}
        if not self._counts_known(now):
            return {"total": total, "completed": 0, "failed": 0}
        done = self.requests - self.failed_requests
        return {"total": total, "completed": done, "failed": self.failed_requests}

    def _counts_known(self, now: float) -> bool:
        if self.stopped or self.finalizing is None or self.finished is None:
            return False
        return now >= self.finalizing + _COUNTS_KNOWN * (self.finished - self.finalizing)


def passed(moment: float | None, now: float) -> bool:
    return moment is not None and moment <= now


def check_order(name: str, *times: float | None) -> None:
    """Refuse times that could not follow each other.

    Raises:
        ValueError: they are not in order.
    """
    known = [time for time in times if time is not None]
    if known != sorted(known):
        raise ValueError(f"{name}: times are not in order: {times}")
