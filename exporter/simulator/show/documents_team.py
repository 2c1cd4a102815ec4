"""The work of a team that reads documents by Document Intelligence. Pure."""

from exporter.simulator.play.document_building import batch_analysis, model_operation
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.show.workday import Job

_NO_DATA = ("TrainingContentMissing", "Training data is missing: there is no labeled document.")
_NO_SOURCE = ("InvalidContentSourceFormat", "Invalid content source: the container is empty.")


def documents_opening(start: float, seed: int) -> Scenario:
    """The builds and batch analyses that exist when the demo starts."""
    return Scenario(
        document_jobs=(
            model_operation("our-invoices", created=start - 1900, takes=1650, seed=seed),
            model_operation("our-receipts", created=start - 300, takes=1720, seed=seed,
                            percent=None),
            model_operation("our-forms", created=start - 20, takes=52.5, seed=seed, percent=0),
            model_operation("letters-or-bills", created=start - 4, takes=30.25, seed=seed,
                            kind="documentClassifierBuild", outcome="Failed", error=_NO_DATA),
            model_operation("our-invoices-copy", created=start - 60, takes=0.5, seed=seed,
                            starts_after=0, kind="documentModelCopyTo"),
            batch_analysis(created=start - 240, takes=281.5, succeeded=114, failed=3,
                           seed=f"{seed}/some fail"),
            batch_analysis(created=start - 50, takes=1820, succeeded=2400, seed=f"{seed}/runs"),
            batch_analysis("our-invoices", created=start - 33, takes=57.5, succeeded=0, skipped=12,
                           seed=f"{seed}/skipped"),
            batch_analysis("our-invoices", created=start - 6, takes=39.75, seed=f"{seed}/fails",
                           outcome="Failed", error=_NO_SOURCE),
        )
    )  # fmt: skip


def model_work(job: Job) -> Scenario:
    """The build of a model; every fourth one fails."""
    fails = job.number % 4 == 1
    build = model_operation(
        f"our-model-{job.number}",
        created=job.created,
        takes=job.chance.uniform(20, 40) if fails else job.chance.uniform(60, 1700),
        outcome="Failed" if fails else "Succeeded",
        error=_NO_DATA if fails else None,
        seed=job.id,
    )
    return Scenario(document_jobs=(build,))


def analysis_work(job: Job) -> Scenario:
    """A batch analysis; in every third one some documents fail or are skipped."""
    trouble = job.number % 6 if job.number % 3 == 1 else 0
    documents = job.chance.randint(20, 400)
    analysis = batch_analysis(
        ("prebuilt-layout", "our-invoices")[job.number % 2],
        created=job.created,
        takes=job.chance.uniform(60, 900),
        succeeded=documents,
        failed=1 + documents // 20 if trouble == 1 else 0,
        skipped=documents // 4 if trouble else 0,
        seed=job.id,
    )
    return Scenario(document_jobs=(analysis,))
