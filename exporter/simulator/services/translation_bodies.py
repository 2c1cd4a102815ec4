"""JSON bodies of Document Translation, as in recorded traffic of the Azure SDKs. Pure.

A missing value is an absent key, never null.
"""

from exporter.simulator.messages import timestamp
from exporter.simulator.play.scenario import Failure
from exporter.simulator.play.timeline import BatchView, DocumentView

CHARACTERS_PER_IMAGE = 180


def batch_body(view: BatchView, *, images: bool) -> dict[str, object]:
    """`TranslationStatus`; with `images` as of 2026-03-01."""
    body: dict[str, object] = {
        "id": view.id,
        "createdDateTimeUtc": timestamp(view.created),
        "lastActionDateTimeUtc": timestamp(view.last_action),
        "status": view.status,
    }
    if view.failure is not None:
        body["error"] = _error(view.failure, "Operation")
    return body | {"summary": _summary(view, images=images)}


def document_body(view: DocumentView, *, images: bool) -> dict[str, object]:
    """`DocumentStatus`; only a document that has succeeded has a path."""
    document = view.document
    body: dict[str, object] = {}
    if view.status == "Succeeded":
        body["path"] = document.target
    body["sourcePath"] = document.source
    if document.created is not None:
        body["createdDateTimeUtc"] = timestamp(document.created)
    body |= {
        "lastActionDateTimeUtc": timestamp(view.last_action),
        "status": view.status,
        "to": document.language,
    }
    if view.status == "Failed" and document.failure is not None:
        body["error"] = _error(document.failure, "Document")
    body |= {
        # 0 and 1 are integers.
        "progress": int(view.progress) if view.progress in {0, 1} else view.progress,
        "id": document.id,
        "characterCharged": view.charged,
    }
    if images:
        body |= {
            "totalImageScansSucceeded": view.images,
            "totalImageScansFailed": 0,
            "imageCharged": view.images,
            "imageCharacterDetected": view.images * CHARACTERS_PER_IMAGE,
        }
        if document.deployment is not None:
            body["deploymentName"] = document.deployment
    return body


def _summary(view: BatchView, *, images: bool) -> dict[str, int]:
    counts = view.counts
    summary = {
        "total": counts.total(),
        "failed": counts["Failed"],
        "success": counts["Succeeded"],
        "inProgress": counts["Running"] + counts["Cancelling"],
        "notYetStarted": counts["NotStarted"],
        "cancelled": counts["Cancelled"],
        "totalCharacterCharged": sum(document.charged for document in view.documents),
    }
    if images:
        scanned = sum(document.images for document in view.documents)
        summary |= {
            "totalImageScansSucceeded": scanned,
            "totalImageScansFailed": 0,
            "totalImageCharged": scanned,
        }
    return summary


def _error(failure: Failure, target: str) -> dict[str, object]:
    return {
        "code": failure.code,
        "message": failure.message,
        "target": target,
        "innerError": {"code": failure.inner_code, "message": failure.message},
    }
