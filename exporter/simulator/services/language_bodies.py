"""JSON bodies of Azure AI Language. Pure.

The keys are those of recorded traffic of the Azure SDKs, 2022 to 2026.
https://github.com/Azure/azure-sdk-assets
"""

import math
from collections.abc import Callable

from exporter.simulator.messages import timestamp, whole_timestamp
from exporter.simulator.play.language import Analysis, LanguageJob, Training

_ENDED = {"succeeded", "failed", "partiallyCompleted", "cancelled"}
_PHRASES = ["a phrase of the document, which is as long as phrases are"] * 12


def job_body(
    job: LanguageJob, now: float, time: Callable[[float], str] = whole_timestamp
) -> dict[str, object]:
    """The keys that all jobs have; `time` writes a time."""
    return {
        "jobId": job.id,
        "lastUpdatedDateTime": time(job.last_update(now)),
        "createdDateTime": time(job.created),
        "expirationDateTime": time(job.created + job.keeps),
        "status": job.status(now),
    }


def errors_of(job: LanguageJob, now: float) -> list[dict[str, object]]:
    if job.error is None or job.status(now) not in {"failed", "partiallyCompleted"}:
        return []
    code, message = job.error
    return [{"code": code, "message": message}]


def analysis_body(job: Analysis, now: float, *, skip: int, top: int | None) -> dict[str, object]:
    """An analysis. Each task that is done has the results of `top` documents."""
    total = len(job.tasks)
    done = job.done(now)
    failed = max(0, job.failed_tasks - (total - done))
    body = job_body(job, now) | {"errors": errors_of(job, now)}
    if job.display_name is not None:
        body["displayName"] = job.display_name
    last = None if top is None else skip + top
    documents = range(job.documents)[skip:last]
    return body | {
        "tasks": {
            "completed": done - failed,
            "failed": failed,
            "inProgress": 0 if job.status(now) in _ENDED else total - done,  # also while it waits
            "total": total,
            "items": [_task(job, number, documents) for number in range(done - failed)],
        }
    }


def _task(job: Analysis, number: int, documents: range) -> dict[str, object]:
    """A task that has succeeded; its word for the last update is another than the job's."""
    kind = job.tasks[number]
    name = "conversations" if job.kind == "analyze-conversations" else "documents"
    of_text = {"keyPhrases": _PHRASES}
    found = of_text if name == "documents" else {"summaries": [{"aspect": "issue", "text": "It."}]}
    return {
        "kind": f"{kind.removesuffix('Task')}{'LRO' if name == 'documents' else ''}Results",
        "taskName": str(number),
        "lastUpdateDateTime": timestamp(job.last_update(job.created + job.keeps)),
        "status": "succeeded",
        "results": {
            name: [{"id": str(document), **found, "warnings": []} for document in documents],
            "errors": [],
            "modelVersion": "2022-10-01",
        },
    }


def training_body(job: Training, now: float, *, notice: float) -> dict[str, object]:
    """A training. Azure looks at one of text every `notice` seconds, and says what it saw then."""
    conversational = job.kind == "analyze-conversations"
    seen, updated = now, job.last_update(now)
    if not conversational and not job.stopped:
        seen = job.created + math.floor((now - job.created) / notice) * notice
        state_began = job.last_update(seen) - job.created
        updated = job.created + math.ceil(state_began / notice) * notice
    body = job_body(job, seen) | {"lastUpdatedDateTime": whole_timestamp(updated)}
    result: dict[str, object] = {
        "modelLabel": job.model,
        "trainingConfigVersion": "2023-04-15" if conversational else "2022-05-01",
    }
    if conversational:
        result |= {"trainingMode": "standard", "dataGenerationStatus": _phase(None, None, seen)}
    result["trainingStatus"] = _phase(job.started, job.evaluating or job.finished, seen, job)
    result["evaluationStatus"] = _phase(job.evaluating, job.finished, seen, job)
    if body["status"] == "running" and not conversational and job.finished is not None:
        result["estimatedEndDateTime"] = timestamp(job.finished)
    body = {"result": result} | body
    if body["status"] in _ENDED:
        body["warnings"] = [{"code": "Warning", "message": "Few examples have this label."}]
    errors = errors_of(job, seen)
    return body | ({"errors": errors} if errors else {})


def _phase(
    start: float | None, end: float | None, now: float, job: Training | None = None
) -> dict[str, object]:
    """A phase. If the training fails or is cancelled, it stops where it is."""
    if job is None or start is None or now < start:
        return {"percentComplete": 0, "status": "notStarted"}
    asked = job.cancel_asked if job.stopped else None
    until = now if asked is None else min(now, asked)
    if until < start:
        return {"percentComplete": 0, "status": "notStarted"}
    begun = {"startDateTime": timestamp(start, 7)}
    failed = job.outcome == "failed" and end == job.finished
    if end is not None and until >= end and not failed:
        return {
            "percentComplete": 100,
            **begun,
            "endDateTime": timestamp(end, 7),
            "status": "succeeded",
        }
    length = 1.0 if end is None else max(end - start, 1e-9)
    percent = 0 if end is None else min(99, int((until - start) / length * 100))
    status = job.status(now) if asked is not None or (failed and now >= (end or now)) else "running"
    return {"percentComplete": percent, **begun, "status": status}
