"""Fine-tuning jobs of Azure OpenAI: the times of their events, and their state at a time. Pure.

All times are Unix seconds; `None` means never.
"""

from dataclasses import dataclass
from typing import Literal

from exporter.simulator.play.openai import check_order, passed

Outcome = Literal["succeeded", "failed", "cancelled"]

_MOVES_AFTER, _MOVES_BY = 30.0, 8
"""The end of a cancelled job moves later, as in recorded traffic."""


@dataclass(frozen=True, kw_only=True)
class FineTuning:
    """A fine-tuning job; a pause stops it from `pause_asked` on until it has `resumed`.

    `left` are the seconds of work that a paused job has left.
    """

    id: str
    created: float
    started: float | None = None
    finished: float | None = None
    outcome: Outcome = "succeeded"
    pause_asked: float | None = None
    paused: float | None = None
    resume_asked: float | None = None
    resumed: float | None = None
    left: float | None = None
    model: str = "gpt-4o-mini-2024-07-18"
    suffix: str | None = None
    training_file: str = "file-00000000000040008000000000000000"
    trained_tokens: int = 0
    error: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        """Refuse what could not happen."""
        check_order(self.id, self.created, self.started, self.finished)
        pause = (self.pause_asked, self.paused, self.resume_asked, self.resumed)
        check_order(self.id, self.created, *pause)

    def status(self, now: float) -> str | None:
        """Azure's word; None before it is created."""
        if now < self.created:
            return None
        if passed(self.finished, now):
            return self.outcome
        if passed(self.resumed, now):
            return "running"
        if passed(self.resume_asked, now):
            return "resuming"
        if passed(self.pause_asked, now):
            return "paused" if passed(self.paused, now) else "pausing"
        return "running" if passed(self.started, now) else "pending"

    def finished_at(self, now: float) -> int | None:
        """In the whole seconds of answers; that of a cancelled job moves later."""
        if self.finished is None or not passed(self.finished, now):
            return None
        moves = self.outcome == "cancelled" and now >= self.finished + _MOVES_AFTER
        return int(self.finished) + (_MOVES_BY if moves else 0)
