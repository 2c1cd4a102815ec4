"""JSON bodies of Document Intelligence, 2024-11-30 and 2023-07-31. Pure.

The keys are those of recorded traffic of the Azure SDKs; missing values are absent keys.
https://github.com/Azure/azure-sdk-assets
"""

from collections.abc import Iterator

from exporter.simulator.messages import whole_timestamp
from exporter.simulator.play.document_jobs import (
    BatchAnalysis,
    DocumentJob,
    ModelOperation,
    SingleAnalysis,
)
from exporter.simulator.play.timeline import last_action_of, status_of

_WORDS = {
    "NotStarted": "notStarted",
    "Running": "running",
    "Succeeded": "succeeded",
    "Failed": "failed",
    "Canceled": "canceled",
}


def word_of(job: DocumentJob, now: float) -> str:
    """The status in Azure's word."""
    return _WORDS[str(status_of(job, now))]


def single_body(job: DocumentJob, root: str, version: str, now: float) -> dict[str, object]:
    """The answer to a GET of one job."""
    word = word_of(job, now)
    match job:
        case ModelOperation():
            body = operation_item(job, root, version, now)
            if word == "succeeded":
                body["result"] = model_body(job, version)
        case BatchAnalysis():
            body = batch_item(job, now)
            body["percentCompleted"] = 100 if word in {"succeeded", "failed"} else 0
            if word == "succeeded":
                body["result"] = _documents(job)
                if job.skipped:  # later than the last update, as in recorded traffic
                    body["createdDateTime"] = whole_timestamp(job.created + 1)
        case _:
            body = {"status": word} | _times(job, last_action_of(job, now))
            if word == "succeeded" and isinstance(job, SingleAnalysis):
                body["analyzeResult"] = _result(job, version)
    if word == "failed" and job.error is not None:
        code, message = job.error
        inner = {"code": code, "message": message}
        body["error"] = {
            "code": "InvalidRequest",
            "message": "Invalid request.",
            "innererror": inner,
        }
    return body


def operation_item(job: ModelOperation, root: str, version: str, now: float) -> dict[str, object]:
    """An operation in a list, which has neither result nor error; a failed one says 100 %."""
    word = word_of(job, now)
    things = "documentClassifiers" if "Classifier" in job.kind else "documentModels"
    percent = {"running": job.percent, "succeeded": 100, "failed": 100}.get(word)
    body: dict[str, object] = {
        "operationId": job.id,
        "kind": job.kind,
        "status": word,
        **_times(job, last_action_of(job, now)),
        "resourceLocation": f"{root}/{things}/{job.model}?api-version={version}",
    }
    if percent is not None:
        body["percentCompleted"] = percent
    if version != "2023-07-31":
        body["apiVersion"] = version
    return body


def batch_item(job: BatchAnalysis, now: float) -> dict[str, object]:
    """A batch in a list. The last update stays at the creation for its whole life."""
    return {"resultId": job.id, "status": word_of(job, now), **_times(job, job.created)}


def _times(job: DocumentJob, last_action: float) -> dict[str, object]:
    return {
        "createdDateTime": whole_timestamp(job.created),
        "lastUpdatedDateTime": whole_timestamp(last_action),
    }


def model_body(job: ModelOperation, version: str) -> dict[str, object]:
    """The model or classifier that a succeeded operation made."""
    id_name = "classifierId" if "Classifier" in job.kind else "modelId"
    return {
        id_name: job.model,
        "createdDateTime": whole_timestamp(job.finished or job.created),
        "apiVersion": version,
        "docTypes": {},
    }


def _documents(job: BatchAnalysis) -> dict[str, object]:
    """The documents of a batch; the counts are 0 where any were skipped."""
    counts = (0, 0, 0) if job.skipped else (job.succeeded, job.failed, 0)
    names = ("succeededCount", "failedCount", "skippedCount")
    return dict(zip(names, counts, strict=True)) | {"details": list(_details(job))}


def _details(job: BatchAnalysis) -> Iterator[dict[str, object]]:
    source, target = "https://contoso.blob.core.windows.net", "results"
    words = [
        *["succeeded"] * job.succeeded,
        *["failed"] * job.failed,
        *["skipped"] * job.skipped,
    ]
    for number, word in enumerate(words):
        document: dict[str, object] = {
            "status": word,
            "sourceUrl": f"{source}/forms/{number}.pdf",
        }
        if word == "succeeded":
            document["resultUrl"] = f"{source}/{target}/{number}.pdf.ocr.json"
        else:
            code = {"failed": "InvalidArgument", "skipped": "OutputExists"}[word]
            document["error"] = {"code": code, "message": f"The document {word}."}
        yield document


def _result(job: SingleAnalysis, version: str) -> dict[str, object]:
    return {
        "apiVersion": version,
        "modelId": job.model,
        "stringIndexType": "textElements",
        "content": "",
        "pages": [{"pageNumber": 1, "unit": "inch", "words": [], "lines": [], "spans": []}],
        "styles": [],
        "documents": [],
    }
