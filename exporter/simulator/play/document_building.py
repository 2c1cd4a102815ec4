"""Functions that make the jobs of Document Intelligence of a scenario."""

from exporter.simulator.play.building import operation, seeded_uuid
from exporter.simulator.play.document_jobs import BatchAnalysis, ModelOperation
from exporter.simulator.play.operation import Outcome

_COUNTDOWN = 33_166_368_002
"""Minus the time of creation, these are the digits of an id in recorded traffic."""


def model_operation(
    model: str,
    *,
    created: float,
    starts_after: float = 2.0,
    takes: float | None = 60.0,
    outcome: Outcome = "Succeeded",
    error: tuple[str, str] | None = None,
    kind: str = "documentModelBuild",
    percent: int | None = 0,
    seed: object = 0,
) -> ModelOperation:
    """An operation; the digits of its id count down as time goes on."""
    id_ = f"{_COUNTDOWN - int(created)}_{seeded_uuid('model operation', seed, model)}"
    times = operation(id_, created=created, starts_after=starts_after, takes=takes, outcome=outcome)
    return ModelOperation(**vars(times), model=model, error=error, kind=kind, percent=percent)


def batch_analysis(
    model: str = "prebuilt-layout",
    *,
    created: float,
    starts_after: float = 1.0,
    takes: float | None = 60.0,
    outcome: Outcome = "Succeeded",
    error: tuple[str, str] | None = None,
    succeeded: int = 3,
    failed: int = 0,
    skipped: int = 0,
    seed: object = 0,
) -> BatchAnalysis:
    """A batch analysis with so many documents."""
    id_ = seeded_uuid("batch analysis", seed, model)
    times = operation(id_, created=created, starts_after=starts_after, takes=takes, outcome=outcome)
    return BatchAnalysis(
        **vars(times),
        model=model,
        error=error,
        succeeded=succeeded,
        failed=failed,
        skipped=skipped,
    )
