"""JSON bodies of Content Understanding, 2025-11-01, as in recorded traffic of the SDKs. Pure."""

from functools import lru_cache

from exporter.simulator.messages import whole_timestamp
from exporter.simulator.play.content_understanding import ContentAnalysis
from exporter.simulator.play.timeline import status_of

_WORDS_OF_MEGABYTE = 9000
"""A word with its place takes some 110 bytes."""


def operation_body(analysis: ContentAnalysis, now: float) -> dict[str, object]:
    """An analysis or the making of an analyzer: without progress, and without a time of its end.

    The status comes before the result, which may have megabytes; the usage comes after it.
    """
    status = status_of(analysis, now)
    body: dict[str, object] = {"id": analysis.id, "status": status}
    if status == "Failed" and analysis.error is not None:
        code, inner_code, message = analysis.error
        inner = {"code": inner_code, "message": message}
        body["error"] = {"code": code, "message": "Invalid request.", "innererror": inner}
    if analysis.makes_analyzer:
        return body | {"result": analyzer_body(analysis, now)}
    succeeded = status == "Succeeded"
    body["result"] = {
        "analyzerId": analysis.analyzer,
        "apiVersion": "2025-11-01",
        "createdAt": whole_timestamp(analysis.created),
        "warnings": [_warning(code) for code in analysis.warnings] if succeeded else [],
        "contents": [_content(analysis.megabytes)] if succeeded else [],
    }
    return body | ({"usage": dict(analysis.usage)} if succeeded and analysis.usage else {})


def analyzer_body(analysis: ContentAnalysis, now: float) -> dict[str, object]:
    """An analyzer; its own status has other words than its operation, in lower case."""
    words = {"Running": "creating", "Succeeded": "ready"}
    return {
        "analyzerId": analysis.analyzer,
        "description": "Reads what the team needs.",
        "createdAt": whole_timestamp(analysis.created),
        "lastModifiedAt": whole_timestamp(analysis.created),
        "baseAnalyzerId": "prebuilt-document",
        "warnings": [],
        "status": words.get(str(status_of(analysis, now)), "failed"),
        "processingLocation": "geography",
        "models": {"completion": "gpt-4.1", "embedding": "text-embedding-3-large"},
    }


def _warning(code: str) -> dict[str, object]:
    message = "The input exceeded the maximum that can be processed; a part was analyzed."
    return {"code": code, "message": message, "target": "inputs/0"}


@lru_cache(maxsize=8)
def _content(megabytes: float) -> dict[str, object]:
    words = [
        {
            "content": f"word{number:06d}",
            "span": {"offset": 11 * number, "length": 10},
            "confidence": 0.987,
            "source": "D(1,1.0,2.0,1.5,2.0,1.5,2.2,1.0,2.2)",
        }
        for number in range(round(megabytes * _WORDS_OF_MEGABYTE))
    ]
    page = {"pageNumber": 1, "unit": "inch", "words": words}
    content: dict[str, object] = {"kind": "document", "mimeType": "application/pdf"}
    return content | {"markdown": "# Invoice", "pages": [page], "startPageNumber": 1}
