"""The work of a team that trains models of language, and analyses texts with them. Pure."""

from exporter.simulator.play.building import seeded_uuid
from exporter.simulator.play.language import (
    Analysis,
    LanguageJob,
    QuestionJob,
    Training,
    project_job_id,
)
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.show.workday import Job

_TASK_FAILED = ("InternalServerError", "1 out of 2 job tasks failed.")
_FEW_LABELS = ("InvalidRequest", "The project has fewer than 10 labels.")
_BAD_SOURCE = ("InvalidRequest", "A source cannot be read.")
_TASKS = ("KeyPhraseExtraction", "CustomEntityRecognition")


def language_opening(start: float, seed: int) -> Scenario:
    """The jobs that exist when the demo starts."""
    return Scenario(
        analyses=_analyses(start, seed),
        trainings=_trainings(start, seed),
        questions=_questions(start, seed),
    )


def _analyses(start: float, seed: int) -> tuple[Analysis, ...]:
    def name(title: str) -> str:
        return seeded_uuid("demo analysis", seed, title)

    return (
        Analysis(id=name("done"), created=start - 300.5, started=start - 297, finished=start - 240,
                 tasks=_TASKS),
        Analysis(id=name("a task fails"), created=start - 20.5, started=start - 15,
                 finished=start + 41.5, tasks=_TASKS, failed_tasks=1, error=_TASK_FAILED,
                 outcome="partiallyCompleted"),
        Analysis(id=name("calls"), created=start - 40, started=start - 30, finished=start + 900,
                 kind="analyze-conversations", tasks=("ConversationalSummarizationTask",) * 2),
        Analysis(id=name("contracts"), created=start - 3.5, started=start + 16,
                 finished=start + 95, kind="analyze-documents", tasks=("PiiEntityRecognition",)),
    )  # fmt: skip


def _trainings(start: float, seed: int) -> tuple[Training, ...]:
    def name(title: str) -> str:
        return project_job_id(seeded_uuid("demo training", seed, title), start)

    return (
        Training(id=name("claims"), created=start - 610, started=start - 602, model="claims-6",
                 evaluating=start - 40, finished=start + 24),
        Training(id=name("too few labels"), created=start - 8, started=start + 2,
                 finished=start + 37, outcome="failed", error=_FEW_LABELS, model="claims-7",
                 evaluating=start + 30),
        Training(id=name("shop"), created=start - 90, started=start - 82, model="shop-2",
                 finished=start + 1650, kind="analyze-conversations", project="Shop"),
        Training(id=name("is cancelled"), created=start - 50, started=start - 45,
                 finished=start + 800, cancel_asked=start + 29, cancelled=start + 33,
                 kind="analyze-conversations", project="Shop", model="shop-3"),
    )  # fmt: skip


def _questions(start: float, seed: int) -> tuple[QuestionJob, ...]:
    def name(title: str) -> str:
        return seeded_uuid("demo question answering", seed, title)

    return (
        QuestionJob(id=name("import"), created=start - 30, started=start - 27,
                    finished=start + 18, route="import"),
        QuestionJob(id=name("sources"), created=start - 6.5, started=start - 2,
                    finished=start + 33, route="sources", outcome="failed", error=_BAD_SOURCE),
        QuestionJob(id=name("deployment"), created=start - 1.5, started=start + 40,
                    finished=start + 420, route="deployments/production"),
    )  # fmt: skip


def training_work(job: Job) -> Scenario:
    """A training of some minutes; every fourth one fails."""
    fails = job.number % 4 == 1
    begun, takes = job.created + 8, job.chance.uniform(200, 1200)
    conversational = job.number % 2 == 0
    training = Training(
        id=project_job_id(job.id, job.created),
        created=job.created,
        started=begun,
        evaluating=None if conversational else begun + 0.9 * takes,
        finished=begun + takes,
        outcome="failed" if fails else "succeeded",
        error=_FEW_LABELS if fails else None,
        kind="analyze-conversations" if conversational else "analyze-text",
        project="Shop" if conversational else "Claims",
        model=f"{'shop' if conversational else 'claims'}-{job.number + 10}",
    )
    return Scenario(trainings=(training,))


def language_trouble(job: LanguageJob) -> tuple[float, str] | None:
    """When a job goes wrong, and how."""
    if job.stopped and job.cancel_asked is not None:
        return job.cancel_asked, "is cancelled"
    if job.finished is None or job.outcome == "succeeded":
        return None
    return job.finished, "fails" if job.outcome == "failed" else "fails in part"
