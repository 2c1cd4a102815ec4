"""Jobs of Azure AI Language: the times of their events, and their state at a time. Pure.

All times are Unix seconds; `None` means never.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from exporter.simulator.play.openai import check_order, passed

Outcome = Literal["succeeded", "failed", "partiallyCompleted"]
AnalysisKind = Literal["analyze-text", "analyze-conversations", "analyze-documents"]
ProjectKind = Literal["analyze-text", "analyze-conversations"]

DAY = 86400.0
_EPOCH_TICKS = 621_355_968_000_000_000  # .NET counts from the year 1
_TICKS = 10_000_000


def project_job_id(uuid: str, created: float) -> str:
    """The id of a project's job: a UUID, and midnight of its day in ticks of .NET."""
    return f"{uuid}_{_EPOCH_TICKS + int(created // DAY * DAY) * _TICKS}"


@dataclass(frozen=True, kw_only=True)
class LanguageJob:
    """A job, kept for `keeps` seconds after its creation. A cancelled one stops at `cancelled`."""

    id: str
    created: float
    started: float | None = None
    finished: float | None = None
    outcome: Outcome = "succeeded"
    cancel_asked: float | None = None
    cancelled: float | None = None
    error: tuple[str, str] | None = None
    keeps: ClassVar[float] = DAY

    def __post_init__(self) -> None:
        """Refuse what could not happen."""
        check_order(self.id, self.created, self.started, self.finished)
        check_order(self.id, self.created, self.cancel_asked, self.cancelled)

    def exists(self, now: float) -> bool:
        return self.created <= now < self.created + self.keeps

    @property
    def stopped(self) -> bool:
        """Whether it is cancelled before its end."""
        asked = self.cancel_asked
        return asked is not None and (self.finished is None or asked < self.finished)

    def status(self, now: float) -> str:
        """Azure's word."""
        if self.stopped and passed(self.cancel_asked, now):
            return "cancelled" if passed(self.cancelled, now) else "cancelling"
        if passed(self.finished, now):
            return self.outcome
        return "running" if passed(self.started, now) else "notStarted"

    def last_update(self, now: float) -> float:
        """When the current state began."""
        times = [self.created, self.started]
        times += [self.cancel_asked, self.cancelled] if self.stopped else [self.finished]
        return max(time for time in times if time is not None and time <= now)

    def ratio(self, now: float) -> float:
        """How much of the work is done, 0 to 1; it ends when it is cancelled."""
        if self.started is None or self.finished is None:
            return 0.0
        until = min(now, self.cancel_asked) if self.stopped and self.cancel_asked else now
        length = max(self.finished - self.started, 1e-9)
        return min(1.0, max(0.0, (until - self.started) / length))


@dataclass(frozen=True, kw_only=True)
class Analysis(LanguageJob):
    """An analysis: `tasks` are the kinds of its tasks, of which the last `failed_tasks` fail."""

    kind: AnalysisKind = "analyze-text"
    tasks: tuple[str, ...] = ("KeyPhraseExtraction",)
    failed_tasks: int = 0
    documents: int = 25
    display_name: str | None = None

    @property
    def full_id(self) -> str:
        """The id with its kind."""
        return f"{self.kind}/{self.id}"

    def done(self, now: float) -> int:
        """How many tasks are done; they end one after another."""
        return int(self.ratio(now) * len(self.tasks) + 1e-9)


@dataclass(frozen=True, kw_only=True)
class Training(LanguageJob):
    """A training of a project's model; `evaluating` is when its evaluation begins.

    A conversational one that is not evaluated succeeds as well.
    """

    kind: ProjectKind = "analyze-text"
    project: str = "Claims"
    model: str = "model-1"
    evaluating: float | None = None
    keeps: ClassVar[float] = 7 * DAY

    @property
    def full_id(self) -> str:
        """The id with its project."""
        return f"authoring/{self.kind}/{self.project}/train/{self.id}"

    def __post_init__(self) -> None:
        """Refuse what could not happen."""
        super().__post_init__()
        check_order(self.id, self.started, self.evaluating, self.finished)


@dataclass(frozen=True, kw_only=True)
class QuestionJob(LanguageJob):
    """A job of question answering; `route` is such as `import` or `deployments/production`."""

    project: str = "faq"
    route: str = "import"
    keeps: ClassVar[float] = DAY / 4

    @property
    def full_id(self) -> str:
        """The id with its project and route."""
        return f"{self.project}/{self.route}/{self.id}"
