"""Video Translation: translations and iterations, listed, looked at, started and deleted."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from exporter.simulator.play.building import iteration, translation
from exporter.simulator.play.scenario import Pace, Scenario
from tests.support.local import START
from tests.support.simulator import KEY, Answer, Local, local_azure

ROOT = "/videotranslation/translations"
V2025 = "?api-version=2025-05-20"
V2026 = "?api-version=2026-03-01"

SCENARIO = Scenario(
    translations=(
        translation(
            "Twice",
            iteration("First", created=START, takes=10, outcome="Failed", failure_reason="No."),
            iteration("Second", created=START + 20, starts_after=5.5, takes=40, edits=True),
            created=START - 5,
        ),
        translation("Empty", created=START - 4, languages=("fr-FR", "pl-PL")),
        translation(
            "Terse", iteration(created=START, takes=10), created=START - 3, hours_to_live=48,
            terse=True,
        ),
        translation("Unread", created=START - 2, failure_reason="The video cannot be read."),
        translation(
            "Stopped",
            iteration("Gone", created=START - 1, takes=10, outcome="Canceled"),
            created=START - 1,
        ),
        translation("Later", created=START + 50),
    ),
    pace=Pace(queue=3, iteration=30),
)  # fmt: skip


@pytest_asyncio.fixture
async def azure() -> AsyncIterator[Local]:
    async with local_azure(SCENARIO) as local:
        yield local


async def put(azure: Local, path: str, operation: str | None, **body: Any) -> Answer:
    headers = {"Ocp-Apim-Subscription-Key": KEY}
    if operation is not None:
        headers["Operation-Id"] = operation
    return await azure.ask(path, "PUT", headers=headers, json=body)


async def listed(azure: Local, path: str = ROOT + V2025) -> dict[str, Any]:
    """All items by id, following the links."""
    seen: dict[str, Any] = {}
    while True:
        body = (await azure.ask(path)).json
        for one in body["value"]:
            assert one["id"] not in seen
            seen[one["id"]] = one
        if "nextLink" not in body:
            assert set(body) == {"value"}
            return seen
        path = body["nextLink"]


async def test_the_life_of_a_translation(azure: Local) -> None:
    """Its state is that of the iteration which was created last."""
    for moment, latest, status, succeeded in (
        (0, "First", "NotStarted", None), (5, "First", "Running", None),
        (15, "First", "Failed", None), (20, "Second", "NotStarted", None),
        (30, "Second", "Running", None), (60, "Second", "Succeeded", "Second"),
    ):  # fmt: skip
        azure.clock.at(moment)
        for one in ((await azure.ask(f"{ROOT}/Twice{V2025}")).json, (await listed(azure))["Twice"]):
            assert (one["latestIteration"]["id"], one["latestIteration"]["status"]) == (
                latest, status,
            )  # fmt: skip
            assert ("failureReason" in one["latestIteration"]) == (status == "Failed")
            assert one.get("latestSucceededIteration", {}).get("id") == succeeded
            assert not {"status", "lastActionDateTime", "failureReason"} & set(one)


async def test_the_body_of_a_translation(azure: Local) -> None:
    """A missing value is an absent key; 2026-03-01 tells how long it lives."""
    old = (await azure.ask(f"{ROOT}/Empty{V2025}")).json
    assert old == {
        "id": "Empty",
        "displayName": "Empty.mp4",
        "description": "Translate video from fr-FR to pl-PL.",
        "input": {
            "sourceLocale": "fr-FR",
            "targetLocale": "pl-PL",
            "voiceKind": "PlatformVoice",
            "videoFileUrl": old["input"]["videoFileUrl"],
        },
        "createdDateTime": "2027-01-15T07:59:56.000Z",
    }
    assert "&sig=" in old["input"]["videoFileUrl"]
    assert (await azure.ask(f"{ROOT}/Empty{V2026}")).json == old | {
        "expiresDateTime": "2027-02-15T07:59:56.000Z",
        "properties": {"timeToLiveInHours": 744},
    }
    unread = (await azure.ask(f"{ROOT}/Unread{V2025}")).json
    assert unread["failureReason"] == "The video cannot be read."


async def test_the_body_of_an_iteration(azure: Local) -> None:
    """Signed addresses only on success, and never in a list."""
    url = f"{ROOT}/Twice/iterations/Second{V2025}"
    azure.clock.at(30)
    running = (await azure.ask(url)).json
    assert running == {
        "id": "Second",
        "description": "Corrected subtitles.",
        "input": running["input"],
        "status": "Running",
        "createdDateTime": "2027-01-15T08:00:20.000Z",
        "lastActionDateTime": "2027-01-15T08:00:25.500Z",
    }
    assert running["input"]["webvttFile"]["kind"] == "MetadataJson"
    azure.clock.at(60)
    done = (await azure.ask(url)).json
    assert len(done["result"]) == 5
    assert all("&sig=" in address for address in done["result"].values())
    assert done["lastActionDateTime"] == "2027-01-15T08:01:00.000Z"
    whole = (await azure.ask(f"{ROOT}/Twice{V2025}")).json
    assert whole["latestSucceededIteration"]["result"] == done["result"]
    for each in (await listed(azure), await listed(azure, f"{ROOT}/Twice/iterations{V2025}")):
        assert "result" not in str(each)
    failed = (await azure.ask(f"{ROOT}/Twice/iterations/First{V2025}")).json
    assert (failed["status"], failed["failureReason"]) == ("Failed", "No.")
    stopped = (await azure.ask(f"{ROOT}/Stopped/iterations/Gone{V2025}")).json
    assert stopped["status"] == "Canceled"


async def test_a_terse_translation_tells_no_time_of_its_iterations(azure: Local) -> None:
    """As in the published examples; the iteration itself does."""
    azure.clock.at(10)
    one = (await azure.ask(f"{ROOT}/Terse{V2026}")).json
    assert one["latestIteration"]["status"] == "Succeeded"
    assert "status" not in one["latestSucceededIteration"]
    assert "DateTime" not in str(one["latestIteration"])
    (alone,) = (await listed(azure, f"{ROOT}/Terse/iterations{V2026}")).values()
    assert alone["lastActionDateTime"] == "2027-01-15T08:00:10.000Z"


@pytest.mark.parametrize("version", [V2025, V2026])
async def test_what_does_not_exist_is_204(azure: Local, version: str) -> None:
    """With an empty body; an operation is 404."""
    for method, path in (
        ("GET", "/Nothing"), ("GET", "/Nothing/iterations"), ("GET", "/Nothing/iterations/One"),
        ("GET", "/Twice/iterations/Second"), ("GET", "/Later"), ("GET", "/"), ("DELETE", "/Later"),
    ):  # fmt: skip
        answer = await azure.ask(ROOT + path + version, method)
        assert (answer.status, answer.text) == (204, "")
        assert "ETag" not in answer.headers
    assert set(await listed(azure)) == {"Twice", "Empty", "Terse", "Unread", "Stopped"}


async def test_translations_are_listed_in_pages(azure: Local) -> None:
    """The newest first; links are absolute and lead back here."""
    first = (await azure.ask(f"{ROOT}{V2026}&maxpagesize=2&skip=1")).json
    assert [one["id"] for one in first["value"]] == ["Unread", "Terse"]
    assert first["nextLink"] == (
        f"{azure.origin}{ROOT}?skip=3&maxpagesize=2&api-version=2026-03-01"
    )
    for query, ids in (
        ("&maxpagesize=2", ["Stopped", "Unread", "Terse", "Empty", "Twice"]),
        ("&maxpagesize=2&top=3", ["Stopped", "Unread", "Terse"]),
        ("&maxpagesize=1&top=2&skip=4", ["Twice"]),
        ("&top=0", []), ("&skip=7", []), ("&maxpagesize=5", ["Stopped", "Unread", "Terse",
                                                             "Empty", "Twice"]),
    ):  # fmt: skip
        assert list(await listed(azure, ROOT + V2025 + query)) == ids
    azure.clock.at(30)
    path = f"{ROOT}/Twice/iterations{V2025}&maxpagesize=1"
    assert list(await listed(azure, path)) == ["Second", "First"]


@pytest.mark.parametrize("query", ["top=-1", "skip=x", "maxpagesize=0", "maxpagesize=1.5"])
async def test_a_wrong_page_is_refused(azure: Local, query: str) -> None:
    """400 with the name of the parameter."""
    answer = await azure.ask(f"{ROOT}{V2025}&{query}")
    assert (answer.status, answer.headers["x-ms-error-code"]) == (400, "BadArgument")
    assert answer.json["error"]["target"] == query.partition("=")[0]


INPUT = {"sourceLocale": "en-US", "targetLocale": "de-DE", "voiceKind": "PlatformVoice"}


@pytest.mark.parametrize("version", [V2025, V2026])
async def test_work_is_started_and_runs_to_its_end(azure: Local, version: str) -> None:
    """201, then operation, iteration and translation agree."""
    url = f"{ROOT}/My-Video"
    made = await put(azure, url + version, "Create-1", input=INPUT, displayName="My video")
    where = f"{azure.origin}/videotranslation/operations/Create-1{version}"
    assert (made.status, made.headers["Operation-Location"]) == (201, where)
    assert made.headers["Operation-Id"] == "Create-1"
    assert made.json == (await azure.ask(url + version)).json
    assert (made.json["displayName"], made.json["input"]) == ("My video", INPUT)
    assert "latestIteration" not in made.json
    azure.clock.at(5)
    assert (await azure.ask(where)).json == {"id": "Create-1", "status": "Succeeded"}
    work = f"{url}/iterations/Draft{version}"
    begun = await put(azure, work, "Iterate-1", input={"speakerCount": 1})
    assert (begun.status, begun.json["status"]) == (201, "NotStarted")
    for moment, status in ((5, "NotStarted"), (8, "Running"), (38, "Succeeded")):
        azure.clock.at(moment)
        operation = await azure.ask(begun.headers["Operation-Location"])
        whole = (await azure.ask(url + version)).json
        assert operation.json == {"id": "Iterate-1", "status": status}
        assert (await azure.ask(work)).json["status"] == status
        assert whole["latestIteration"]["status"] == status
    assert (await listed(azure, ROOT + version))["My-Video"]["latestSucceededIteration"]


async def test_the_first_iteration_may_come_by_itself(azure: Local) -> None:
    """`autoCreateFirstIteration` of 2026-03-01, and its time to live."""
    given: dict[str, Any] = {"input": INPUT | {"autoCreateFirstIteration": True}}
    given |= {"properties": {"timeToLiveInHours": 1}, "firstIterationInput": {"speakerCount": 7}}
    made = await put(azure, f"{ROOT}/Short{V2026}", "Create-2", **given)
    assert made.json["latestIteration"]["id"] == "Initial"
    assert made.json["latestIteration"]["input"] == {"speakerCount": 7}
    assert made.json["expiresDateTime"] == "2027-01-15T09:00:00.000Z"
    azure.clock.at(3599)
    assert (await azure.ask(f"{ROOT}/Short{V2026}")).status == 200
    azure.clock.at(3600)
    assert (await azure.ask(f"{ROOT}/Short{V2026}")).status == 204
    assert "Short" not in await listed(azure)


async def test_asking_twice(azure: Local) -> None:
    """The same once more is 200; something else under a used name is refused."""
    url, work = f"{ROOT}/Same{V2025}", f"{ROOT}/Same/iterations/One{V2025}"
    for status in (201, 200):
        assert (await put(azure, url, "Op-1", input=INPUT)).status == status
        assert (await put(azure, work, "Op-2", input={"speakerCount": 1})).status == status
    vtt = {"webvttFile": {"url": "https://a/b.vtt", "kind": "MetadataJson"}}
    for path, operation, given, target in (
        (url, "Op-1", INPUT | {"targetLocale": "fr-FR"}, "Operation-Id"),
        (url, "Op-3", INPUT, "translationId"),
        (work, "Op-4", vtt, "iterationId"),
        (work, "Op-1", vtt, "Operation-Id"),
        (work.replace("One", "Two"), "Op-5", {"speakerCount": 1}, "input.webvttFile"),
    ):
        refused = await put(azure, path, operation, input=given)
        assert (refused.status, refused.json["error"]["target"]) == (400, target)
    again = await put(azure, work.replace("One", "Two"), "Op-5", input=vtt)
    assert (again.status, again.json["input"]) == (201, vtt)


@pytest.mark.parametrize(
    ("path", "operation", "body", "target"),
    [
        ("Good-Name", None, {"input": INPUT}, "Operation-Id"),
        ("Good-Name", "x", {"input": INPUT}, "Operation-Id"),
        ("no", "Op-1", {"input": INPUT}, "translationId"),
        ("Good-Name", "Op-1", {}, "input"),
        ("Good-Name", "Op-1", {"input": 7}, "input"),
        ("Good-Name", "Op-1", {"input": {"targetLocale": "de-DE"}}, "input.voiceKind"),
        ("Good-Name", "Op-1", {"input": INPUT, "properties": {"timeToLiveInHours": 745}},
         "timeToLiveInHours"),
        ("Twice/iterations/-", "Op-1", {"input": {"speakerCount": 1}}, "iterationId"),
    ],
)  # fmt: skip
async def test_a_wrong_request_is_refused(
    azure: Local, path: str, operation: str | None, body: dict[str, Any], target: str
) -> None:
    """400, and nothing starts."""
    before = await listed(azure)
    answer = await put(azure, f"{ROOT}/{path}{V2025}", operation, **body)
    assert (answer.status, answer.json["error"]["code"]) == (400, "BadArgument")
    assert answer.json["error"]["target"] == target
    assert await listed(azure) == before


async def test_an_iteration_of_nothing_and_a_body_that_is_no_json(azure: Local) -> None:
    """404 in the service's form; 400."""
    answer = await put(azure, f"{ROOT}/Nothing/iterations/One{V2025}", "Op-1", input={"a": 1})
    assert (answer.status, answer.json["error"]["code"]) == (404, "NotFound")
    headers = {"Ocp-Apim-Subscription-Key": KEY, "Operation-Id": "Op-1"}
    broken = await azure.ask(f"{ROOT}/Name{V2025}", "PUT", headers=headers, data=b"[" * 100_000)
    assert (broken.status, broken.json["error"]["target"]) == (400, "body")


async def test_deleting_takes_all_with_it(azure: Local) -> None:
    """204, then everything of it is gone, its operations too; its name is free again."""
    url = f"{ROOT}/Mine{V2025}"
    neighbour = f"{ROOT}/Mine-too{V2025}"
    await put(azure, url, "Op-1", input=INPUT)
    await put(azure, neighbour, "Op-2", input=INPUT)
    deleted = await azure.ask(url, "DELETE")
    assert (deleted.status, deleted.text) == (204, "")
    assert (await azure.ask(url)).status == 204
    assert (await azure.ask(url, "DELETE")).status == 204
    operations = f"/videotranslation/operations/Op-{{}}{V2025}"
    assert (await azure.ask(operations.format(1))).status == 404
    assert (await azure.ask(operations.format(2))).status == 200
    assert "Mine" not in await listed(azure)
    assert (await put(azure, url, "Op-1", input=INPUT)).status == 201


async def test_headers_are_those_of_the_gateway(azure: Local) -> None:
    """Neither Retry-After nor ETag is declared; nothing is cached."""
    answer = await azure.ask(ROOT + V2025)
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["apim-request-id"])
    assert not {"ETag", "Retry-After", "Cache-Control", "Age"} & set(answer.headers)
