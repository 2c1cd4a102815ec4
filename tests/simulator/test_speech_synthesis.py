"""Batch text to speech: the simulator's answers have the shapes of Azure's pages."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio

from exporter.simulator.play.building import synthesis
from exporter.simulator.play.scenario import Pace, Scenario
from tests.support.answer_schema import (
    BOOLEAN,
    COUNT,
    SPEECH_STATUS,
    TEXT,
    Schema,
    check,
    closed,
    matching,
    moment,
)
from tests.support.local import START
from tests.support.simulator import Local, local_azure

ROOT = "/texttospeech/batchsyntheses"
VERSION = "?api-version=2024-04-01"
JOB: Mapping[str, Any] = {
    "inputKind": "SSML",
    "inputs": [{"content": "<speak>Hello.</speak>"}, {"content": "<speak>Bye.</speak>"}],
    "properties": {"timeToLiveInHours": 1},
}

# https://learn.microsoft.com/azure/ai-services/speech-service/batch-synthesis
OPTIONS = {
    "timeToLiveInHours": {"type": "integer", "minimum": 1, "maximum": 744},
    "outputFormat": TEXT,
    "concatenateResult": BOOLEAN,
    "decompressOutputFiles": BOOLEAN,
    "wordBoundaryEnabled": BOOLEAN,
    "sentenceBoundaryEnabled": BOOLEAN,
}
NUMBERS = {
    **dict.fromkeys(
        ("sizeInBytes", "durationInMilliseconds", "succeededAudioCount", "failedAudioCount"), COUNT
    ),
    "billingDetails": {
        "type": "object",
        "propertyNames": {"pattern": "Characters$"},
        "additionalProperties": COUNT,
    },
}
ERROR = {"error": closed({"code": TEXT, "message": TEXT})}
OUTPUTS = {"outputs": closed({"result": matching(r"https://.*\?.*sig=.*")})}


def job(properties: Schema, last_action: Schema, **more: object) -> Schema:
    """A synthesis; the properties differ between its states."""
    return closed(
        {
            "id": matching(r"[a-zA-Z0-9][a-zA-Z0-9._-]{1,62}[a-zA-Z0-9]"),
            "status": SPEECH_STATUS,
            "createdDateTime": moment("7"),
            "lastActionDateTime": last_action,
            "inputKind": {"enum": ["PlainText", "SSML"]},
            "customVoices": {"type": "object"},
            "synthesisConfig": closed({"voice": TEXT}),
            "properties": properties,
            **more,
        },
        description=TEXT,
    )


NEW = job(closed(OPTIONS), moment("7"))
ENDED = {
    "Succeeded": job(closed(OPTIONS | NUMBERS), moment("7", zone=""), **OUTPUTS),
    "Failed": job(closed(OPTIONS, **ERROR), moment("7", zone="")),
}
PAGE = closed(
    {"value": {"items": {"anyOf": [NEW, *ENDED.values()]}}},
    nextLink=matching(rf"http://127.0.0.1:[0-9]+{ROOT}\?maxpagesize=2&skip=[0-9]+&api-.*"),
)

SCENARIO = Scenario(
    speech_syntheses=(
        synthesis("good", created=START - 1, takes=10, outputs=3, failed_outputs=1),
        synthesis("custom", created=START - 2, takes=10, custom_voice=True, hours_to_live=1),
        synthesis("failed", created=START - 3, takes=10, outcome="Failed",
                  error=("BadArgument", "No SSML.")),
        synthesis("mute", created=START - 4, takes=10, outcome="Failed"),
        synthesis("running", created=START - 5, takes=None),
    ),
    pace=Pace(queue=3, synthesis=20),
)  # fmt: skip


@pytest_asyncio.fixture
async def azure() -> AsyncIterator[Local]:
    async with local_azure(SCENARIO) as local:
        yield local


@pytest.mark.parametrize("name", ["good", "custom", "failed", "mute"])
async def test_the_life_of_a_synthesis(azure: Local, name: str) -> None:
    """Numbers appear at the end alone, where the last action has no zone."""
    waiting = await azure.ask(f"{ROOT}/{name}{VERSION}")
    check(waiting.json, NEW)
    azure.clock.at(20)
    ended = await azure.ask(f"{ROOT}/{name}{VERSION}")
    check(ended.json, ENDED[ended.json["status"]])


async def test_syntheses_are_listed_in_pages(azure: Local) -> None:
    """Every page has the shape of Azure's, and its link leads to the next one."""
    azure.clock.at(20)
    seen: list[str] = []
    path = f"{ROOT}{VERSION}&maxpagesize=2"
    while path:
        page = (await azure.ask(path)).json
        check(page, PAGE)
        seen += [one["id"] for one in page["value"]]
        path = page.get("nextLink")
    assert seen == ["good", "custom", "failed", "mute", "running"]


async def test_a_synthesis_is_started_runs_and_vanishes(azure: Local) -> None:
    """201 with the operation; after its time to live, or a DELETE, a GET answers 204."""
    made = await azure.ask(f"{ROOT}/mine{VERSION}", "PUT", json=JOB)
    assert made.status == 201
    check(made.json, NEW)
    where = made.headers["Operation-Location"]
    assert where.startswith(f"{azure.origin}/texttospeech/operations/")
    for seconds, status in ((1, "NotStarted"), (3, "Running"), (23, "Succeeded")):
        azure.clock.at(seconds)
        operation = (await azure.ask(where)).json
        check(operation, closed({"id": TEXT, "status": SPEECH_STATUS}))
        done = (await azure.ask(f"{ROOT}/mine{VERSION}")).json
        assert (operation["status"], done["status"]) == (status, status)
    assert done["properties"]["succeededAudioCount"] == 2
    azure.clock.at(23 + 3599)
    assert (await azure.ask(f"{ROOT}/mine{VERSION}")).status == 200
    azure.clock.at(23 + 3600)
    assert (await azure.ask(f"{ROOT}/good{VERSION}", "DELETE")).status == 204
    for name in ("mine", "good"):
        gone = await azure.ask(f"{ROOT}/{name}{VERSION}")
        assert (gone.status, gone.text) == (204, "")
    ids = {one["id"] for one in (await azure.ask(ROOT + VERSION)).json["value"]}
    assert ids == {"failed", "mute", "running"}


@pytest.mark.parametrize(
    ("path", "body", "target"),
    [
        (f"{ROOT}/mine?api-version=2024-08-01", JOB, "api-version"),
        (f"{ROOT}/x{VERSION}", JOB, "id"),
        (f"{ROOT}/good{VERSION}", JOB, "id"),
        (f"{ROOT}/mine{VERSION}", {**JOB, "inputs": []}, "inputs"),
        (f"{ROOT}/mine{VERSION}", {**JOB, "inputKind": ""}, "inputKind"),
    ],
)
async def test_a_wrong_request_is_refused(
    azure: Local, path: str, body: Mapping[str, Any], target: str
) -> None:
    """400 in the form of Azure Core, with the place of the mistake."""
    refused = await azure.ask(path, "PUT", json=body)
    assert (refused.status, refused.json["error"]["target"]) == (400, target)
    inner = closed({"code": TEXT, "message": TEXT})
    error = closed(
        {"code": {"const": "BadArgument"}, "message": TEXT, "target": TEXT, "innererror": inner}
    )
    check(refused.json, closed({"error": error}))
    assert refused.headers["x-ms-error-code"] == "BadArgument"
