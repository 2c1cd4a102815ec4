"""Speech to text: the simulator's answers have the shapes of Azure's pages."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from exporter.simulator.faults.faults import Fault, Kind
from exporter.simulator.play.scenario import Pace, Scenario
from exporter.simulator.play.speech_building import custom_job, transcription
from exporter.simulator.play.speech_jobs import CustomJob
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

ROOT = "/speechtotext/transcriptions"
VERSION = "?api-version=2025-10-15"
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
HOST = "http://127.0.0.1:[0-9]+"
SELF = f"{HOST}{ROOT}/{UUID}"
QUERY = r"\?api-version=20(24-11|25-10)-15"

# https://learn.microsoft.com/azure/ai-services/speech-service/batch-transcription-get
OPTIONS = {
    "wordLevelTimestampsEnabled": BOOLEAN,
    "displayFormWordLevelTimestampsEnabled": BOOLEAN,
    "channels": {"type": "array", "items": COUNT},
    "punctuationMode": TEXT,
    "profanityFilterMode": TEXT,
    "timeToLiveHours": {"type": "integer", "minimum": 6, "maximum": 744},
}
DURATION = {"durationMilliseconds": COUNT}
ERROR = closed({"code": TEXT, "message": TEXT})


def job(properties: Schema) -> Schema:
    """A transcription, of which only the properties differ between its states."""
    return closed(
        {
            "self": matching(SELF + QUERY),
            "displayName": TEXT,
            "locale": matching("[a-z]{2}-[A-Z]{2}"),
            "createdDateTime": moment("0"),
            "lastActionDateTime": moment("0"),
            "links": closed({"files": matching(f"{SELF}/files{QUERY}")}),
            "properties": properties,
            "status": SPEECH_STATUS,
        }
    )


UNFINISHED = job(closed(OPTIONS))
ENDED = {
    "Succeeded": job(closed(OPTIONS | DURATION)),
    "Failed": job(closed(OPTIONS | DURATION, error=ERROR)),
}
PAGE = closed(
    {"values": {"type": "array", "items": {"anyOf": [UNFINISHED, *ENDED.values()]}}},
    **{"@nextLink": matching(rf"http://127.0.0.1:[0-9]+{ROOT}\?skip=[0-9]+&top=2&.*")},
)
REFUSED = closed({"code": TEXT, "message": TEXT}, innerError=ERROR)

GOOD, BAD, MUTE, SLOW = (
    transcription(created=START - 40.5, takes=50, audio=12.25, hours_to_live=6),
    transcription(created=START - 30, takes=40, outcome="Failed", error=("InvalidUri", "No.")),
    transcription(created=START - 20, takes=30, outcome="Failed", display_name="Mute calls"),
    transcription(created=START - 10, takes=None),
)
DATASET, MODEL, ENDPOINT, EVALUATION = (
    custom_job("datasets", created=START, takes=10),
    custom_job("models", created=START, takes=10, outcome="Failed", error=("InvalidData", "No.")),
    custom_job("endpoints", created=START, takes=10),
    custom_job("evaluations", created=START, takes=10),
)
SCENARIO = Scenario(
    transcriptions=(SLOW, MUTE, BAD, GOOD),
    custom_speech=(DATASET, MODEL, ENDPOINT, EVALUATION),
    pace=Pace(queue=3, transcription=60, custom_speech=60),
)
SUBMITTED: Mapping[str, Any] = {
    "displayName": "New calls",
    "locale": "de-DE",
    "contentUrls": ["https://blobs.example/a.wav", "https://blobs.example/b.wav"],
    "properties": {"timeToLiveHours": 6},
}


@pytest_asyncio.fixture
async def azure() -> AsyncIterator[Local]:
    async with local_azure(SCENARIO) as local:
        yield local


def ids(page: Mapping[str, Any]) -> list[str]:
    """The only place of the id is the URL of each transcription."""
    return [one["self"].partition("?")[0].rpartition("/")[2] for one in page["values"]]


@pytest.mark.parametrize("number", range(3))
async def test_the_life_of_a_transcription(azure: Local, number: int) -> None:
    """The duration and a reason appear with the end; times are whole seconds."""
    where = f"{ROOT}/{(GOOD, BAD, MUTE)[number].id}{VERSION}"
    check((await azure.ask(where)).json, UNFINISHED)
    azure.clock.at(20)
    ended = (await azure.ask(where)).json
    check(ended, ENDED[ended["status"]])
    assert ended["lastActionDateTime"] in {"2027-01-15T08:00:09Z", "2027-01-15T08:00:10Z"}
    assert ("error" in ended["properties"]) == (number == 1)


async def test_transcriptions_are_listed_in_pages(azure: Local) -> None:
    """Links carry the filter on; nothing says which order the list has."""
    azure.clock.at(20)
    filter_ = quote("createdDateTime ge 2027-01-15T07:59:19Z and status ne 'Running'")
    path, seen = f"{ROOT}{VERSION}&top=2&filter={filter_}", []
    while path:
        page = (await azure.ask(path)).json
        check(page, PAGE)
        seen += ids(page)
        path = page.get("@nextLink")
    assert seen == [GOOD.id, BAD.id, MUTE.id]


@pytest.mark.parametrize(
    ("filter_", "found"),
    [
        ("createdDateTime gt 2027-01-15T07:59:30Z", [MUTE, SLOW]),
        ("createdDateTime le 2027-01-15T07:59:30Z", [GOOD, BAD]),
        ("lastActionDateTime lt 2027-01-15T08:00:00Z", [SLOW]),
        ("status eq 'Failed'", [BAD, MUTE]),
        ("displayName eq 'Mute calls' and locale eq 'en-US'", [MUTE]),
    ],
)
async def test_filters(azure: Local, filter_: str, found: list[Any]) -> None:
    """Times and texts, joined by `and`."""
    azure.clock.at(20)
    page = (await azure.ask(f"{ROOT}{VERSION}&filter={quote(filter_)}")).json
    assert ids(page) == [each.id for each in found]


async def test_a_transcription_is_submitted_runs_and_vanishes(azure: Local) -> None:
    """201 with its URL in Location; after its time to live nothing knows it."""
    made = await azure.ask(f"{ROOT}:submit{VERSION}", "POST", json=SUBMITTED)
    assert made.status == 201
    check(made.json, UNFINISHED)
    where = made.headers["Location"]
    assert where == made.json["self"]
    for seconds, status in ((1, "NotStarted"), (3, "Running"), (63, "Succeeded")):
        azure.clock.at(seconds)
        assert (await azure.ask(where)).json["status"] == status
    azure.clock.at(63 + 6 * 3600 - 1)
    assert (await azure.ask(where)).status == 200
    azure.clock.at(63 + 6 * 3600)
    gone = await azure.ask(where)
    check(gone.json, REFUSED)
    assert (gone.status, gone.json["code"]) == (404, "NotFound")
    assert ids((await azure.ask(ROOT + VERSION)).json) == [BAD.id, MUTE.id, SLOW.id]


async def test_only_what_has_finished_is_deleted(azure: Local) -> None:
    """204, also for what nobody knows."""
    azure.clock.at(20)
    refused = await azure.ask(f"{ROOT}/{SLOW.id}{VERSION}", "DELETE")
    check(refused.json, REFUSED)
    assert (refused.status, refused.json["innerError"]["code"]) == (400, "DeleteNotAllowed")
    for _ in range(2):
        assert (await azure.ask(f"{ROOT}/{GOOD.id}{VERSION}", "DELETE")).status == 204
    assert ids((await azure.ask(ROOT + VERSION)).json) == [BAD.id, MUTE.id, SLOW.id]


@pytest.mark.parametrize(
    ("query", "change", "inner"),
    [
        ("", {}, "MissingApiVersionParameter"),
        ("?api-version=v3.2", {}, "UnsupportedApiVersionValue"),
        (VERSION, {"properties": {"timeToLiveHours": 5}}, "InvalidTimeToLive"),
        (VERSION, {"contentUrls": [7]}, "InvalidRecordingsUri"),
        (VERSION, {"contentUrls": None}, "InvalidRecordingsUri"),
        (VERSION, {"locale": ""}, "InvalidArgument"),
    ],
)
async def test_a_wrong_request_is_refused(
    azure: Local, query: str, change: Mapping[str, Any], inner: str
) -> None:
    """400, and the error stands bare, without an object around it."""
    refused = await azure.ask(f"{ROOT}:submit{query}", "POST", json={**SUBMITTED, **change})
    body = {key: value for key, value in refused.json.items() if key != "target"}
    check(body, REFUSED)
    assert (refused.status, body["innerError"]["code"]) == (400, inner)


@pytest.mark.parametrize(
    "query",
    [
        "&filter=color%20eq%20'red'",
        "&filter=createdDateTime%20ge%20'x'",
        "&filter=status%20gt%20'A'",
        "&filter=createdDateTime%20ge%202027-13-01T00:00:00Z",
        "&filter=x",
        "&top=x",
    ],
)
async def test_a_wrong_list_is_refused(azure: Local, query: str) -> None:
    """400 with a bare error, not a list of everything."""
    refused = await azure.ask(ROOT + VERSION + query)
    assert refused.status == 400
    check(refused.json, REFUSED)


async def test_faults_of_a_list_of_values(azure: Local) -> None:
    """Faults find the items and the link of these lists as well."""
    path = f"{ROOT}{VERSION}&top=2"
    azure.simulator.faults.add(Fault(kind=Kind.UNKNOWN_STATE, state="Odd", count=1))
    assert {one["status"] for one in (await azure.ask(path)).json["values"]} == {"Odd"}
    azure.simulator.faults.add(Fault(kind=Kind.BROKEN_ITEM, without="self", count=1))
    assert sum("self" not in one for one in (await azure.ask(path)).json["values"]) == 1
    azure.simulator.faults.add(Fault(kind=Kind.FOREIGN_LINK))
    page = (await azure.ask(path)).json
    assert page["@nextLink"].startswith("https://elsewhere.example/")
    assert "nextLink" not in page


RATE = {"type": "number", "minimum": -1, "maximum": 1}
NUMBER = {"type": "integer", "minimum": -1}
PROPERTIES: Mapping[str, Schema] = {
    "datasets": closed({}, acceptedLineCount=COUNT, rejectedLineCount=COUNT),
    "models": closed({"customModelWeightPercent": COUNT}, error=ERROR),
    "endpoints": closed({"loggingEnabled": BOOLEAN}),
    "evaluations": closed(
        {
            "wordErrorRate1": RATE,
            "wordErrorRate2": RATE,
            "sentenceErrorRate1": RATE,
            "sentenceErrorRate2": RATE,
            "wordCount1": NUMBER,
            "wordCount2": NUMBER,
            "sentenceCount1": NUMBER,
            "sentenceCount2": NUMBER,
        }
    ),
}


def custom(route: str) -> Schema:
    """A job of custom speech, as in https://learn.microsoft.com/rest/api/speechtotext/datasets/get."""
    url = f"{HOST}/speechtotext/{route}/{UUID}"
    return closed(
        {
            "self": matching(url + QUERY),
            "displayName": TEXT,
            "locale": TEXT,
            "createdDateTime": moment("0"),
            "lastActionDateTime": moment("0"),
            "properties": PROPERTIES[route],
            "status": SPEECH_STATUS,
        },
        links=closed({"files": matching(f"{url}/files{QUERY}")}),
    )


@pytest.mark.parametrize("wanted", [DATASET, MODEL, ENDPOINT, EVALUATION])
async def test_the_life_of_custom_speech(azure: Local, wanted: CustomJob) -> None:
    """Each kind has a list of its own; -1 stands for a number that is not known yet."""
    root = f"/speechtotext/{wanted.route}"
    for seconds in (1, 20, 30 * 86400):
        azure.clock.at(seconds)
        one = (await azure.ask(f"{root}/{wanted.id}{VERSION}")).json
        check(one, custom(wanted.route))
        assert one["status"] == ("NotStarted" if seconds == 1 else wanted.outcome)
        if wanted is EVALUATION:
            rates = {one["properties"][name] for name in ("wordErrorRate1", "sentenceErrorRate2")}
            assert (rates == {-1}) == (seconds == 1)
        page = (await azure.ask(root + VERSION)).json
        check(page, closed({"values": {"type": "array", "items": custom(wanted.route)}}))
        assert ids(page) == [wanted.id]
    assert (await azure.ask(f"{root}/{wanted.id}{VERSION}", "DELETE")).status == 204
    assert (await azure.ask(root + VERSION)).json == {"values": []}


@pytest.mark.parametrize("route", PROPERTIES)
async def test_custom_speech_is_created(azure: Local, route: str) -> None:
    """201 with its URL in Location."""
    body = {"displayName": "Ours", "locale": "en-GB"}
    made = await azure.ask(f"/speechtotext/{route}{VERSION}", "POST", json=body)
    assert (made.status, made.headers["Location"]) == (201, made.json["self"])
    check(made.json, custom(route))
    azure.clock.at(63)
    assert (await azure.ask(made.headers["Location"])).json["status"] == "Succeeded"
    refused = await azure.ask(f"/speechtotext/{route}{VERSION}", "POST", json={"locale": "en-GB"})
    assert refused.status == 400
    assert "error" not in refused.json


def test_custom_speech_has_four_kinds() -> None:
    with pytest.raises(ValueError, match="custom speech has no voices"):
        custom_job("voices", created=1)


FILE = {
    "self": matching(f"{SELF}/files/{UUID}{QUERY}"),
    "name": TEXT,
    "kind": matching("Transcription(Report)?"),
    "links": closed({"contentUrl": matching(f"{HOST}/_blobs/{UUID}/.*sig=.*")}),
    "properties": closed({"size": COUNT}),
    "createdDateTime": moment("0"),
}
FILES = closed(
    {"values": {"type": "array", "items": closed(FILE)}},
    **{"@nextLink": matching(rf"{SELF}/files\?skip=[0-9]+&top=2&.*")},
)


async def test_files_and_the_report() -> None:
    """A file for each recording that was transcribed, and the report, which takes its signature."""
    calls = transcription(created=START - 90, takes=100, files=4, failed_files=1)
    async with local_azure(Scenario(transcriptions=(calls,))) as azure:
        path = f"{ROOT}/{calls.id}/files{VERSION}"
        assert (await azure.ask(path)).json == {"values": []}
        azure.clock.at(10)
        first = (await azure.ask(f"{path}&top=2")).json
        second = (await azure.ask(first["@nextLink"])).json
        for page in (first, second):
            check(page, FILES)
        kinds = [one["kind"] for one in (*first["values"], *second["values"])]
        assert kinds == ["Transcription"] * 3 + ["TranscriptionReport"]
        url = second["values"][-1]["links"]["contentUrl"]
        report = await azure.ask(url, headers={})
        assert report.headers["Content-Type"] == "application/octet-stream"
        assert json.loads(report.text)["successfulTranscriptionsCount"] == 3
        assert json.loads(report.text)["failedTranscriptionsCount"] == 1
        with_key = await azure.ask(url)
        unsigned = await azure.ask(url.partition("?")[0], headers={})
        for refused in (with_key, unsigned):
            assert refused.status == 403
            assert "<Code>AuthenticationFailed</Code>" in refused.text
        assert (await azure.ask(url.replace("report", "other"), headers={})).status == 404
