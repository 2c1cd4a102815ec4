"""The work of a team that uses Azure OpenAI. Pure."""

from exporter.simulator.play.building import seeded_uuid
from exporter.simulator.play.fine_tuning import FineTuning
from exporter.simulator.play.openai import OpenaiBatch
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.show.workday import Job

_DAY = 86400.0
_OVER_LIMIT = (
    "token_limit_exceeded",
    "The number of enqueued tokens has surpassed the configured limit of the deployment.",
)
_BAD_FILE = ("invalid_training_file", "The training file has fewer than 10 examples.")
_BAD_LINE = ("invalid_json_line", "A line of the input file is not a JSON object.")


def openai_opening(start: float, seed: int) -> Scenario:
    """The jobs that exist when the demo starts."""
    return Scenario(openai_batches=_batches(start, seed), fine_tunings=_fine_tunings(start, seed))


def _batches(start: float, seed: int) -> tuple[OpenaiBatch, ...]:

    def name(title: str) -> str:
        return f"batch_{seeded_uuid('demo openai batch', seed, title)}"

    return (
        _batch(name("done before the start"), start - 1500.25, takes=1000, requests=500),
        _batch(name("some requests fail"), start - 240.5, takes=285, requests=120, failed=12),
        _batch(name("runs for half an hour"), start - 60.125, takes=1860, requests=5000,
               model="gpt-4o-mini"),
        _batch(name("waits for validation"), start - 1.5, takes=1700, validates=600),
        _batch(name("is cancelled after 35 seconds"), start - 90.75, takes=900, requests=80,
               cancel_after=125.75),
        OpenaiBatch(id=name("is over the limit"), created=start - 12.5, finished=start + 18.25,
                    outcome="failed", error=_OVER_LIMIT),
        OpenaiBatch(id=name("expires"), created=start + 50.5 - _DAY, counted=start - 80_000,
                    started=start - 79_000, finished=start + 50.5, outcome="expired",
                    requests=90_000),
    )  # fmt: skip


def _fine_tunings(start: float, seed: int) -> tuple[FineTuning, ...]:
    def name(title: str) -> str:
        return f"ftjob-{seeded_uuid('demo fine tuning', seed, title).replace('-', '')}"

    return (
        FineTuning(id=name("tone of letters"), created=start - 900, started=start - 700,
                   finished=start + 45.5, suffix="tone-of-letters", trained_tokens=140_220),
        FineTuning(id=name("product names"), created=start - 300, started=start - 250,
                   finished=start + 1700, suffix="product-names", trained_tokens=901_500),
        FineTuning(id=name("bad file"), created=start - 5, finished=start + 28, outcome="failed",
                   error=_BAD_FILE),
        FineTuning(id=name("is paused"), created=start - 600, started=start - 500,
                   pause_asked=start - 5, paused=start + 12.5, resume_asked=start + 900,
                   resumed=start + 920, finished=start + 1500, trained_tokens=88_000),
        FineTuning(id=name("is cancelled"), created=start - 120, started=start - 60,
                   finished=start + 22.25, outcome="cancelled"),
    )  # fmt: skip


def fine_tuning_work(job: Job) -> Scenario:
    """A fine-tuning of half an hour; every third one fails."""
    fails = job.number % 3 == 1
    begun = job.created + 30
    takes = 20 if fails else job.chance.uniform(900, 1800)
    fine_tuning = FineTuning(
        id=f"ftjob-{job.id.replace('-', '')}",
        created=job.created,
        started=begun,
        finished=begun + takes,
        outcome="failed" if fails else "succeeded",
        suffix=f"support-{job.number}",
        trained_tokens=job.chance.randint(20_000, 900_000),
        error=_BAD_FILE if fails else None,
    )
    return Scenario(fine_tunings=(fine_tuning,))


def openai_work(job: Job) -> Scenario:
    """A batch of some hundred requests; every third one has a trouble."""
    id_, created = f"batch_{job.id}", job.created
    takes, requests = job.chance.uniform(150, 900), job.chance.randint(50, 2000)
    number, rest = divmod(job.number - 1, 3)
    trouble = ("some fail", "rejected", "cancelled")[number % 3] if rest == 0 else ""
    if trouble == "rejected":
        batch = OpenaiBatch(
            id=id_, created=created, finished=created + 25, outcome="failed", error=_BAD_LINE
        )
        return Scenario(openai_batches=(batch,))
    batch = _batch(
        id_,
        created,
        takes=takes,
        requests=requests,
        failed=1 + requests // 20 if trouble == "some fail" else 0,
        cancel_after=takes / 2 if trouble == "cancelled" else None,
        model="gpt-4o-mini" if job.number % 2 else None,
    )
    return Scenario(openai_batches=(batch,))


def _batch(
    id_: str,
    created: float,
    *,
    takes: float,
    validates: float = 20.0,
    requests: int = 300,
    failed: int = 0,
    cancel_after: float | None = None,
    model: str | None = None,
) -> OpenaiBatch:
    """A batch that is completed or cancelled; durations are seconds from `created`."""
    asked = None if cancel_after is None else created + cancel_after
    return OpenaiBatch(
        id=id_,
        created=created,
        counted=created + validates / 2,
        started=created + validates,
        finalizing=created + validates + 0.8 * (takes - validates),
        finished=created + takes,
        cancel_asked=asked,
        cancelled=None if asked is None else asked + 4,
        requests=requests,
        failed_requests=failed,
        model=model,
        tokens=(requests * 420, requests * 128, requests * 160, requests * 40),
    )
