"""JSON bodies of Azure OpenAI's batches and fine-tuning jobs. Pure.

The keys are those of recorded traffic of the Azure SDKs, 2024-10-21 to 2025-04-01-preview.
https://github.com/Azure/azure-sdk-assets
"""

from exporter.simulator.play.building import seeded_uuid
from exporter.simulator.play.fine_tuning import FineTuning
from exporter.simulator.play.openai import OpenaiBatch

DAY = 86400


def batch_body(batch: OpenaiBatch, now: float) -> dict[str, object]:
    """A batch; what is not reached is null."""
    status = batch.status(now)
    finished = batch.reached(batch.finished, now)
    files = {"completed": "file", "cancelled": None}.get(str(status), "")

    def ended(outcome: str) -> int | None:
        return finished if batch.outcome == outcome else None

    stopped_at = batch.cancelled if batch.stopped else None
    asked_at = batch.cancel_asked if batch.stopped else None
    body: dict[str, object] = {
        "cancelled_at": _past(stopped_at, now),
        "cancelling_at": _past(asked_at, now),
        "completed_at": ended("completed"),
        "completion_window": "24h",
        "created_at": int(batch.created),
        "error_file_id": files and f"file-{seeded_uuid(batch.id, 'errors')}",
        "expired_at": ended("expired"),
        "expires_at": int(batch.created) + DAY,
        "failed_at": ended("failed"),
        "finalizing_at": batch.reached(batch.finalizing, now),
        "id": batch.id,
        "in_progress_at": batch.reached(batch.started, now),
        "input_file_id": batch.input_file,
        "errors": _errors(batch) if status == "failed" else None,
        "metadata": None,
        "object": "batch",
        "output_file_id": files and f"file-{seeded_uuid(batch.id, 'output')}",
        "request_counts": batch.counts(now),
        "status": status,
        "endpoint": batch.endpoint,
    }
    if batch.model is not None:
        body |= {"model": batch.model, "usage": _usage(batch, ended=status == "completed")}
    return body


def _past(moment: float | None, now: float) -> int | None:
    return int(moment) if moment is not None and moment <= now else None


def _errors(batch: OpenaiBatch) -> dict[str, object] | None:
    if batch.error is None:
        return None
    code, message = batch.error
    error = {"code": code, "message": message, "line": None, "param": None}
    return {"object": "list", "data": [error]}


def _usage(batch: OpenaiBatch, *, ended: bool) -> dict[str, object]:
    """Zeros before the end, as OpenAI's."""
    tokens = batch.tokens if ended else (0, 0, 0, 0)
    input_, cached, output, reasoning = tokens
    return {
        "input_tokens": input_,
        "output_tokens": output,
        "total_tokens": input_ + output,
        "input_tokens_details": {"cached_tokens": cached},
        "output_tokens_details": {"reasoning_tokens": reasoning},
    }


def fine_tuning_body(job: FineTuning, now: float) -> dict[str, object]:
    """A fine-tuning job; what is not reached is an absent key, never null."""
    status = job.status(now)
    succeeded = status == "succeeded"
    reached: dict[str, object] = {
        "suffix": job.suffix,
        "fine_tuned_model": f"{job.model}.ft-{job.id.removeprefix('ftjob-')}"
        if succeeded
        else None,
        "result_files": [f"file-{job.id[-32:]}"] if status in {"succeeded", "paused"} else None,
        "finished_at": job.finished_at(now),
        "trained_tokens": job.trained_tokens if succeeded else None,
        "error": _job_error(job) if status == "failed" else None,
    }
    return {
        "hyperparameters": {"n_epochs": -1, "batch_size": -1, "learning_rate_multiplier": 1},
        "seed": int(job.created) % 2**31,
        "status": status,
        "model": job.model,
        "training_file": job.training_file,
        **{name: value for name, value in reached.items() if value is not None},
        "estimated_finish": int(job.created) + 900,
        "id": job.id,
        "created_at": int(job.created),
        "object": "fine_tuning.job",
    }


def _job_error(job: FineTuning) -> dict[str, object] | None:
    if job.error is None:
        return None
    code, message = job.error
    return {"code": code, "message": message, "param": "training_file"}
