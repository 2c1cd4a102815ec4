"""JSON bodies of Avatar batch syntheses, 2024-08-01. Pure.

https://learn.microsoft.com/rest/api/aiservices/speechapi/batch-syntheses/get
There is no recorded traffic. The fields are those of the specification and of its examples, in
which only the last action of a new job ends with `Z`. No example shows a Failed job.
"""

from exporter.simulator.messages import signed_url, timestamp
from exporter.simulator.play.scenario import Synthesis
from exporter.simulator.play.timeline import last_action_of, status_of

_BYTES_PER_MILLISECOND = 140


def synthesis_body(synthesis: Synthesis, now: float) -> dict[str, object]:
    """`BatchSynthesis`; a missing value is an absent key."""
    status = status_of(synthesis, now)
    finished = status in {"Succeeded", "Failed"}
    last_action = last_action_of(synthesis, now)
    body: dict[str, object] = {
        "id": synthesis.id,
        "status": status,
        "createdDateTime": timestamp(synthesis.created, least=7),
        "lastActionDateTime": (
            timestamp(last_action, least=6, zone="") if finished else timestamp(last_action, 7)
        ),
        "inputKind": synthesis.input_kind,
        "customVoices": {},
        "properties": _properties(synthesis, status),
        "synthesisConfig": {"voice": synthesis.voice},
        "avatarConfig": dict(synthesis.avatar),
    }
    if synthesis.description is not None:
        body["description"] = synthesis.description
    if status == "Succeeded":
        body["outputs"] = {
            "result": signed_url(f"batchsynthesis-output/{synthesis.id}/0001.mp4"),
            "summary": signed_url(f"batchsynthesis-output/{synthesis.id}/summary.json"),
        }
    return body


def _properties(synthesis: Synthesis, status: str | None) -> dict[str, object]:
    properties: dict[str, object] = {"timeToLiveInHours": synthesis.hours_to_live}
    if status == "Succeeded":
        properties |= {
            "sizeInBytes": synthesis.milliseconds * _BYTES_PER_MILLISECOND,
            "durationInMilliseconds": synthesis.milliseconds,
            "succeededCount": synthesis.outputs - synthesis.failed_outputs,
            "failedCount": synthesis.failed_outputs,
            "billingDetails": _billing(synthesis),
        }
    elif status == "Failed":
        properties |= {"succeededCount": 0, "failedCount": synthesis.outputs}
        if synthesis.error_code is not None:
            properties["error"] = {
                "code": synthesis.error_code,
                "message": synthesis.error_message or "",
            }
    return properties


def _billing(synthesis: Synthesis) -> dict[str, int]:
    """Characters by kind of voice; kinds that were not used are absent."""
    details = {
        "neuralCharacters": synthesis.neural_characters,
        "customNeuralCharacters": synthesis.custom_neural_characters,
        "aoaiCharacters": synthesis.aoai_characters,
    }
    used = {name: number for name, number in details.items() if number}
    return used | {"talkingAvatarDurationSeconds": synthesis.milliseconds // 1000}
