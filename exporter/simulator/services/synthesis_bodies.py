"""JSON bodies of batch syntheses: of Avatar, 2024-08-01, and of text to speech, 2024-04-01. Pure.

https://learn.microsoft.com/rest/api/aiservices/speechapi/batch-syntheses/get (avatar)
https://learn.microsoft.com/azure/ai-services/speech-service/batch-synthesis
There is no recorded traffic. The fields are those of the specifications and of their examples, in
which only the last action of a new job ends with `Z`. No example shows a Failed job.
"""

from exporter.simulator.messages import signed_url, timestamp
from exporter.simulator.play.speech_jobs import Synthesis
from exporter.simulator.play.timeline import last_action_of, status_of

_VIDEO_BYTES_PER_MILLISECOND = 140
_AUDIO_BYTES_PER_MILLISECOND = 48  # riff-24khz-16bit-mono-pcm
_AUDIO_OPTIONS = {
    "outputFormat": "riff-24khz-16bit-mono-pcm",
    "concatenateResult": False,
    "decompressOutputFiles": False,
    "wordBoundaryEnabled": False,
    "sentenceBoundaryEnabled": False,
}


def avatar_body(synthesis: Synthesis, now: float) -> dict[str, object]:
    """`BatchSynthesis` of Avatar; a missing value is an absent key."""
    body = _common(synthesis, now, fewest_digits=6)
    status = body["status"]
    properties: dict[str, object] = {"timeToLiveInHours": synthesis.hours_to_live}
    if status == "Succeeded":
        properties |= {
            "sizeInBytes": synthesis.milliseconds * _VIDEO_BYTES_PER_MILLISECOND,
            "durationInMilliseconds": synthesis.milliseconds,
            "succeededCount": synthesis.outputs - synthesis.failed_outputs,
            "failedCount": synthesis.failed_outputs,
            "billingDetails": _characters(synthesis)
            | {"talkingAvatarDurationSeconds": synthesis.milliseconds // 1000},
        }
        body["outputs"] = {
            "result": signed_url(f"batchsynthesis-output/{synthesis.id}/0001.mp4"),
            "summary": signed_url(f"batchsynthesis-output/{synthesis.id}/summary.json"),
        }
    elif status == "Failed":
        properties |= {"succeededCount": 0, "failedCount": synthesis.outputs} | _error(synthesis)
    return body | {"avatarConfig": dict(synthesis.avatar), "properties": properties}


def speech_body(synthesis: Synthesis, now: float) -> dict[str, object]:
    """`BatchSynthesis` of text to speech; all numbers are absent until it has succeeded."""
    body = _common(synthesis, now, fewest_digits=7)
    status = body["status"]
    properties: dict[str, object] = {"timeToLiveInHours": synthesis.hours_to_live, **_AUDIO_OPTIONS}
    if status == "Succeeded":
        properties |= {
            "sizeInBytes": synthesis.milliseconds * _AUDIO_BYTES_PER_MILLISECOND,
            "durationInMilliseconds": synthesis.milliseconds,
            "succeededAudioCount": synthesis.outputs - synthesis.failed_outputs,
            "failedAudioCount": synthesis.failed_outputs,
            "billingDetails": _characters(synthesis),
        }
        body["outputs"] = {
            "result": signed_url(f"batchsynthesis-output/{synthesis.id}/results.zip")
        }
    elif status == "Failed":
        properties |= _error(synthesis)
    return body | {"properties": properties}


def _common(synthesis: Synthesis, now: float, fewest_digits: int) -> dict[str, object]:
    status = status_of(synthesis, now)
    last_action = last_action_of(synthesis, now)
    body: dict[str, object] = {
        "id": synthesis.id,
        "status": status,
        "createdDateTime": timestamp(synthesis.created, least=7),
        "lastActionDateTime": (
            timestamp(last_action, least=fewest_digits, zone="")
            if status in {"Succeeded", "Failed"}
            else timestamp(last_action, 7)
        ),
        "inputKind": synthesis.input_kind,
        "customVoices": {},
        "synthesisConfig": {"voice": synthesis.voice},
    }
    if synthesis.description is not None:
        body["description"] = synthesis.description
    return body


def _error(synthesis: Synthesis) -> dict[str, object]:
    if synthesis.error_code is None:
        return {}
    return {"error": {"code": synthesis.error_code, "message": synthesis.error_message or ""}}


def _characters(synthesis: Synthesis) -> dict[str, int]:
    """Characters by kind of voice; kinds that were not used are absent."""
    details = {
        "neuralCharacters": synthesis.neural_characters,
        "customNeuralCharacters": synthesis.custom_neural_characters,
        "aoaiCharacters": synthesis.aoai_characters,
    }
    return {name: number for name, number in details.items() if number}
