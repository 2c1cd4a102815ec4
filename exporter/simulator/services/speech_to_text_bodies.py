"""JSON bodies of speech to text, 2024-11-15 and 2025-10-15. Pure.

https://learn.microsoft.com/azure/ai-services/speech-service/batch-transcription-get
https://learn.microsoft.com/azure/ai-services/speech-service/how-to-custom-speech-evaluate-data
There is no recorded traffic of these versions; the fields are those of the pages and of the
specification's examples, in which the id is only in `self`.
"""

from exporter.simulator.messages import whole_timestamp
from exporter.simulator.play.speech_jobs import TextJob, Transcription
from exporter.simulator.play.timeline import last_action_of, status_of
from exporter.simulator.services.speech import Call

_RATES = ("wordErrorRate1", "wordErrorRate2", "sentenceErrorRate1", "sentenceErrorRate2")
_COUNTS = ("wordCount1", "wordCount2", "sentenceCount1", "sentenceCount2")
_WITH_FILES = {"transcriptions", "datasets", "evaluations"}


def self_url(job: TextJob, call: Call, rest: str = "") -> str:
    """The URL of a job, or of a part of it."""
    root = f"{call.request.origin}/speechtotext/{job.route}/{job.id}{rest}"
    return f"{root}?api-version={call.version}"


def job_body(job: TextJob, call: Call) -> dict[str, object]:
    """A transcription, dataset, model, endpoint or evaluation; a missing value is an absent key."""
    status = status_of(job, call.now)
    properties = _properties(job, finished=status == job.outcome)
    if status == "Failed" and job.error_code is not None:
        properties["error"] = {"code": job.error_code, "message": job.error_message or ""}
    body: dict[str, object] = {
        "self": self_url(job, call),
        "displayName": job.display_name,
        "locale": job.locale,
        "createdDateTime": whole_timestamp(job.created),
        "lastActionDateTime": whole_timestamp(last_action_of(job, call.now)),
        "properties": properties,
        "status": status,
    }
    if job.route in _WITH_FILES:
        body["links"] = {"files": self_url(job, call, "/files")}
    return body


def _properties(job: TextJob, *, finished: bool) -> dict[str, object]:
    """Durations and counts come with the end; rates of an evaluation are -1 before."""
    if isinstance(job, Transcription):
        properties: dict[str, object] = {
            "wordLevelTimestampsEnabled": False,
            "displayFormWordLevelTimestampsEnabled": False,
            "channels": [0, 1],
            "punctuationMode": "DictatedAndAutomatic",
            "profanityFilterMode": "Masked",
            "timeToLiveHours": job.hours_to_live,
        }
        return properties | ({"durationMilliseconds": job.milliseconds} if finished else {})
    succeeded = finished and job.outcome == "Succeeded"
    match job.route:
        case "datasets":
            return {"acceptedLineCount": 200, "rejectedLineCount": 3} if succeeded else {}
        case "evaluations":
            return {
                **dict.fromkeys(_RATES, 0.0289 if succeeded else -1.0),
                **dict.fromkeys(_COUNTS, 173 if succeeded else -1),
            }
        case "models":
            return {"customModelWeightPercent": 30}
    return {"loggingEnabled": False}
