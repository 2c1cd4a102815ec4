"""JSON bodies of Video Translation, 2025-05-20 and 2026-03-01. Pure.

https://learn.microsoft.com/rest/api/aiservices/videotranslation/translation-operations/get-translation
There is no recorded traffic. The fields are those of the specification; the format of times, and
lists without `result`, are those of the how-to guide. A missing value is an absent key.
"""

from exporter.simulator.messages import signed_url, timestamp
from exporter.simulator.play.scenario import Iteration, Translation
from exporter.simulator.play.timeline import last_action_of, status_of

NEWEST_VERSION = "2026-03-01"


def translation_body(
    translation: Translation, now: float, version: str, *, details: bool
) -> dict[str, object]:
    """`Translation`. It has no state of its own; the state is that of its latest iteration."""
    created = [iteration for iteration in translation.iterations if iteration.created <= now]
    succeeded = [iteration for iteration in created if status_of(iteration, now) == "Succeeded"]
    body: dict[str, object] = {
        "id": translation.id,
        "displayName": translation.display_name,
        "description": translation.description,
        "input": dict(translation.input),
        "createdDateTime": _time(translation.created),
    }
    if version == NEWEST_VERSION:
        body["expiresDateTime"] = _time(expires(translation))
        body["properties"] = {"timeToLiveInHours": translation.hours_to_live}
    for name, iterations in (("latestIteration", created), ("latestSucceededIteration", succeeded)):
        if iterations:
            latest = iteration_body(translation, iterations[-1], now, details=details)
            omitted = {"createdDateTime", "lastActionDateTime"} if translation.terse else set()
            # In the published examples, an iteration that has succeeded has no status.
            if translation.terse and name == "latestSucceededIteration":
                omitted.add("status")
            body[name] = {key: value for key, value in latest.items() if key not in omitted}
    body["failureReason"] = translation.failure_reason
    return _without_none(body)


def iteration_body(
    translation: Translation, iteration: Iteration, now: float, *, details: bool
) -> dict[str, object]:
    """`Iteration`; with `details`, its result. Lists have none."""
    status = status_of(iteration, now)
    body: dict[str, object] = {
        "id": iteration.id,
        "description": iteration.description,
        "input": dict(iteration.input),
        "status": status,
        "failureReason": iteration.failure_reason if status == "Failed" else None,
        "createdDateTime": _time(iteration.created),
        "lastActionDateTime": _time(last_action_of(iteration, now)),
    }
    if details and status == "Succeeded":
        body["result"] = _result(f"{translation.id}/{iteration.id}")
    return _without_none(body)


def expires(translation: Translation) -> float:
    return translation.created + 3600 * translation.hours_to_live


def _result(folder: str) -> dict[str, str]:
    return {
        "translatedVideoFileUrl": signed_url(f"{folder}/video.mp4"),
        "sourceLocaleSubtitleWebvttFileUrl": signed_url(f"{folder}/source.vtt"),
        "targetLocaleSubtitleWebvttFileUrl": signed_url(f"{folder}/target.vtt"),
        "metadataJsonWebvttFileUrl": signed_url(f"{folder}/metadata.vtt"),
        "reportFileUrl": signed_url(f"{folder}/report.json"),
    }


def _time(seconds: float) -> str:
    return timestamp(seconds, least=3, most=3)


def _without_none(body: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in body.items() if value is not None}
