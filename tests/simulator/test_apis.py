"""Each API over HTTP: bodies, headers and refusals as they are on the wire."""

import json
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from exporter.simulator.play.building import (
    EXTRACTION,
    batch,
    operation,
    qna_operation,
    rejected_batch,
    seeded_uuid,
)
from exporter.simulator.play.scenario import Scenario
from tests.support.local import START
from tests.support.simulator import DATED, KEY, V1, V2024, V2026, Local, local_azure

BATCH = seeded_uuid("batch of the tests")
REJECTED = seeded_uuid("rejected")
FAILED = seeded_uuid("failed")
QNA = seeded_uuid("qna")
UNKNOWN = "00000000-1111-2222-3333-444444444444"
VIDEO = "/videotranslation/operations/"
AVATAR = "/avatar/operations/"
QNA_PATH = "/qnamaker/v5.0-preview.2/operations/"
VIDEO_VERSION = "?api-version=2025-05-20"
AVATAR_VERSION = "?api-version=2024-08-01"

SCENARIO = Scenario(
    batches=(
        batch(
            id=BATCH, created=START, documents=3, failed_before_start=1, listed_after=2,
            starts_after=5, takes=60,
        ),
        batch(id=FAILED, created=START, documents=2, failed=2, takes=60),
        rejected_batch(id=REJECTED, created=START, takes=1),
    ),
    video_translation=(
        operation("Video-One", created=START, starts_after=10, takes=20, outcome="Canceled"),
    ),
    avatar=(operation("avatar.one", created=START, starts_after=10, takes=20, outcome="Failed"),),
    qna_maker=(
        qna_operation(id=QNA, created=START, starts_after=10, takes=20),
        qna_operation(id="bad", created=START, outcome="Failed", failure=EXTRACTION),
        qna_operation(id="mute", created=START, outcome="Failed", utc_offset_minutes=-480),
    ),
)  # fmt: skip


@pytest_asyncio.fixture
async def azure() -> AsyncIterator[Local]:
    async with local_azure(SCENARIO) as local:
        yield local


@pytest.mark.parametrize(
    ("path", "end"),
    [
        (f"{VIDEO}Video-One{VIDEO_VERSION}", "Canceled"),
        (f"{VIDEO}Video-One?api-version=2026-03-01", "Canceled"),
        (f"{AVATAR}avatar.one{AVATAR_VERSION}", "Failed"),
    ],
)
async def test_video_and_avatar_say_id_and_status_alone(azure: Local, path: str, end: str) -> None:
    """No time, no error, no cache, no Retry-After, no ETag."""
    for moment, status in ((0, "NotStarted"), (10, "Running"), (20, end)):
        azure.clock.at(moment)
        answer = await azure.ask(path)
        name = re.findall(r"operations/([^?]+)", path)[0]
        assert answer.json == {"id": name, "status": status}
        assert not {"Retry-After", "ETag", "Age"} & set(answer.headers)


async def test_qna_maker_speaks_of_time_with_an_offset(azure: Local) -> None:
    """`Retry-After: 00:00:30` and no location until it has succeeded."""
    azure.clock.at(12)
    running = await azure.ask(QNA_PATH + QNA)
    assert running.headers["Retry-After"] == "00:00:30"
    assert running.json == {
        "operationState": "Running",
        "createdTimestamp": "2027-01-15T13:30:00+05:30",
        "lastActionTimestamp": "2027-01-15T13:30:10+05:30",
        "userId": running.json["userId"],
        "operationId": QNA,
    }
    azure.clock.at(20)
    done = await azure.ask(QNA_PATH + QNA)
    assert "Retry-After" not in done.headers
    assert done.json["operationState"] == "Succeeded"
    assert done.json["lastActionTimestamp"] == "2027-01-15T13:30:20+05:30"
    assert re.fullmatch(r"/knowledgebases/[0-9a-f-]{36}", done.json["resourceLocation"])


async def test_qna_maker_fails_with_and_without_a_reason(azure: Local) -> None:
    """Both were seen; the offset may be negative."""
    azure.clock.at(100)
    told = (await azure.ask(f"{QNA_PATH}bad")).json
    assert told["operationState"] == "Failed"
    assert told["errorResponse"]["error"]["code"] == "ExtractionFailure"
    assert told["errorResponse"]["error"]["innerError"] == {"code": "UnsupportedContent"}
    mute = (await azure.ask(f"{QNA_PATH}mute")).json
    assert mute["operationState"] == "Failed"
    assert mute["createdTimestamp"] == "2027-01-15T00:00:00-08:00"
    assert not {"errorResponse", "resourceLocation"} & set(mute)


@pytest.mark.parametrize("version", ["v4.0", "v5.0-preview.1", "v5.0-preview.2"])
async def test_qna_maker_has_one_body_for_all_versions(azure: Local, version: str) -> None:
    """The official client asks for v5.0-preview.1."""
    answer = await azure.ask(f"/qnamaker/{version}/operations/{QNA}")
    assert answer.json["operationId"] == QNA


EVERY_BATCH = [f"{V1}/{{}}", f"{DATED}/{{}}{V2024}", f"{DATED}/{{}}{V2026}"]


@pytest.mark.parametrize("path", EVERY_BATCH)
async def test_the_life_of_a_batch(azure: Local, path: str) -> None:
    """The total is 0 until the container has been listed; charged is what succeeded."""
    url = path.format(BATCH)

    async def look(moment: float) -> tuple[str, list[int]]:
        azure.clock.at(moment)
        body = (await azure.ask(url)).json
        assert body["id"] == BATCH
        assert body["createdDateTimeUtc"] == "2027-01-15T08:00:00.0000Z"
        assert "error" not in body
        names = ("total", "failed", "success", "inProgress", "notYetStarted", "cancelled")
        return body["status"], [body["summary"][name] for name in names]

    assert await look(1) == ("NotStarted", [0, 0, 0, 0, 0, 0])
    assert await look(3) == ("Running", [3, 1, 0, 0, 2, 0])
    assert await look(30) == ("Running", [3, 1, 0, 2, 0, 0])
    assert await look(60) == ("Succeeded", [3, 1, 2, 0, 0, 0])
    body = (await azure.ask(url)).json
    assert body["lastActionDateTimeUtc"] == "2027-01-15T08:01:00.0000Z"
    documents = SCENARIO.batches[0].documents
    assert body["summary"]["totalCharacterCharged"] == sum(d.characters for d in documents[1:])
    assert ("totalImageCharged" in body["summary"]) == ("2026" in path)


@pytest.mark.parametrize("path", EVERY_BATCH)
async def test_a_batch_that_failed_says_why(azure: Local, path: str) -> None:
    """All documents failed: Failed. Nothing could be read: ValidationFailed, all counts 0."""
    azure.clock.at(60)
    failed = (await azure.ask(path.format(FAILED))).json
    assert (failed["status"], failed["summary"]["failed"]) == ("Failed", 2)
    assert failed["error"]["innerError"]["code"] == "NoTranslatableText"
    rejected = (await azure.ask(path.format(REJECTED.upper()))).json
    assert rejected["status"] == "ValidationFailed"
    assert set(rejected["summary"].values()) == {0}
    assert rejected["error"]["code"] == "InvalidRequest"
    assert rejected["error"]["target"] == "Operation"
    assert rejected["error"]["innerError"]["code"] == "InvalidDocumentAccessLevel"


async def test_the_life_of_a_document(azure: Local) -> None:
    """Progress is an integer at both ends; there is a path only after success."""
    document = SCENARIO.batches[0].documents[1]
    url = f"{DATED}/{BATCH}/documents/{document.id}{V2024}"
    azure.clock.at(3)
    waiting = (await azure.ask(url)).json
    assert (waiting["status"], waiting["progress"]) == ("NotStarted", 0)
    assert isinstance(waiting["progress"], int)
    azure.clock.at(25)
    running = (await azure.ask(url)).json
    assert running["status"] == "Running"
    assert 0 < running["progress"] < 1
    assert (running["characterCharged"], "path" in running) == (0, False)
    azure.clock.at(60)
    done = (await azure.ask(url)).json
    assert done == {
        "path": document.target,
        "sourcePath": document.source,
        "createdDateTimeUtc": "2027-01-15T08:00:02.0000Z",
        "lastActionDateTimeUtc": done["lastActionDateTimeUtc"],
        "status": "Succeeded",
        "to": "de",
        "progress": 1,
        "id": document.id,
        "characterCharged": document.characters,
    }
    assert isinstance(done["progress"], int)
    assert ".blob.core.windows.net:443/" in done["sourcePath"]
    images = (await azure.ask(url.replace("2024-05-01", "2026-03-01"))).json
    assert images["imageCharged"] == document.images


async def test_a_document_that_failed_before_it_started(azure: Local) -> None:
    """Neither created nor path, although the specification wants them."""
    azure.clock.at(60)
    document = SCENARIO.batches[0].documents[0]
    body = (await azure.ask(f"{V1}/{BATCH}/documents/{document.id}")).json
    assert not {"path", "createdDateTimeUtc"} & set(body)
    assert (body["status"], body["progress"], body["characterCharged"]) == ("Failed", 0, 0)
    assert body["error"]["target"] == "Document"
    assert body["error"]["innerError"]["code"] == "TargetFileAlreadyExists"


PATHS = {
    "video": f"{VIDEO}{{}}{VIDEO_VERSION}",
    "avatar": f"{AVATAR}{{}}{AVATAR_VERSION}",
    "qna": f"{QNA_PATH}{{}}",
    "v1.0": f"{V1}/{{}}",
    "2024-05-01": f"{DATED}/{{}}{V2024}",
    "2026-03-01": f"{DATED}/{{}}{V2026}",
}


@pytest.mark.parametrize(
    ("api", "code", "header"),
    [
        ("video", "NotFound", True),
        ("avatar", "NotFound", True),
        ("qna", "OperationNotFound", False),
        ("v1.0", "ResourceNotFound", False),
        ("2024-05-01", "ResourceNotFound", True),
        ("2026-03-01", "ResourceNotFound", True),
    ],
)
async def test_an_unknown_id(azure: Local, api: str, code: str, *, header: bool) -> None:
    """404 in the words of each service, with x-ms-error-code where its page says so."""
    answer = await azure.ask(PATHS[api].format(UNKNOWN))
    assert (answer.status, answer.json["error"]["code"]) == (404, code)
    assert answer.headers.get("x-ms-error-code") == (code if header else None)
    inner = {"v1.0": "innerError", "2024-05-01": "innererror", "2026-03-01": "innererror"}
    if api in inner:
        assert answer.json["error"][inner[api]]["code"] == "ResourceNotFound"


@pytest.mark.parametrize("path", [f"{V1}/7", f"{DATED}/x-y{V2024}", f"{V1}/{BATCH}/documents/7"])
async def test_an_id_that_is_no_uuid(azure: Local, path: str) -> None:
    """404 without a body, as in recorded traffic."""
    answer = await azure.ask(path)
    assert (answer.status, answer.text, answer.headers["Content-Length"]) == (404, "", "0")


async def test_an_operation_of_the_future_does_not_exist(azure: Local) -> None:
    """Nor is it listed."""
    azure.clock.at(-1)
    for api, name in (("video", "Video-One"), ("qna", QNA), ("v1.0", BATCH)):
        assert (await azure.ask(PATHS[api].format(name))).status == 404
    assert (await azure.ask(V1)).json == {"value": []}
    unlisted = SCENARIO.batches[0].documents[0].id
    azure.clock.at(1)
    answer = await azure.ask(f"{V1}/{BATCH}/documents/{unlisted}")
    assert (answer.status, answer.json["error"]["target"]) == (404, "Document")


@pytest.mark.parametrize(
    "path",
    [
        f"{VIDEO}Video-One", f"{AVATAR}avatar.one", f"{DATED}/{BATCH}", DATED,
        "/videotranslation/translations", "/avatar/batchsyntheses",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("query", "inner"),
    [
        ("", "MissingApiVersionParameter"),
        ("?api-version=", "MissingApiVersionParameter"),
        ("?api-version=1999-01-01", "UnsupportedApiVersionValue"),
    ],
)
async def test_a_wrong_api_version(azure: Local, path: str, query: str, inner: str) -> None:
    """400 and what is wrong."""
    answer = await azure.ask(path + query)
    assert answer.status == 400
    assert answer.json["error"]["innererror"]["code"] == inner
    assert answer.headers["x-ms-error-code"] == answer.json["error"]["code"]


@pytest.mark.parametrize("headers", [{}, {"Ocp-Apim-Subscription-Key": "wrong"}])
@pytest.mark.parametrize("path", [*PATHS.values(), V1, "/nowhere"])
async def test_the_key_is_checked_first(azure: Local, path: str, headers: dict[str, str]) -> None:
    """The gateway's own 401: its code is the number as a string."""
    answer = await azure.ask(path.format(BATCH), headers=headers)
    assert answer.status == 401
    assert set(answer.json["error"]) == {"code", "message"}
    assert answer.json["error"]["code"] == "401"
    assert answer.headers["Content-Type"] == "application/json"
    assert KEY not in answer.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"), ("POST", "/videotranslation/translations"), ("POST", f"{AVATAR}avatar.one"),
        ("PUT", V1), ("DELETE", QNA_PATH + QNA), ("GET", "/translator/document/formats"),
        ("DELETE", f"{V1}/{BATCH}/documents"), ("PUT", "/avatar/batchsyntheses"),
        ("GET", "/video-translation/translations"), ("GET", "/videotranslation/iterations"),
    ],
)  # fmt: skip
async def test_what_is_not_spoken(azure: Local, method: str, path: str) -> None:
    """The gateway's 404, with a body."""
    answer = await azure.ask(path, method)
    assert (answer.status, answer.json["error"]["code"]) == (404, "404")


@pytest.mark.parametrize("path", [f"{V1}/{BATCH}", V1, f"{V1}/{BATCH}/documents"])
async def test_headers_of_document_translation(azure: Local, path: str) -> None:
    """As in recorded traffic, on unfinished and finished work alike."""
    for moment in (1, 1000):
        azure.clock.at(moment)
        first, second = await azure.ask(path), await azure.ask(path)
        for answer in (first, second):
            assert answer.headers["Retry-After"] == "1"
            assert answer.headers["Cache-Control"] == "public, max-age=1"
            assert re.fullmatch(r'"[0-9A-F]{64}"', answer.headers["ETag"])
            assert answer.headers["apim-request-id"] == answer.headers["X-RequestId"]
            assert answer.headers["x-ms-region"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000;")
            assert answer.headers["Transfer-Encoding"] == "chunked"
            assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        assert first.headers["ETag"] == second.headers["ETag"]
        assert first.headers["apim-request-id"] != second.headers["apim-request-id"]


async def test_if_none_match_is_not_known(azure: Local) -> None:
    """No 304: nothing says that the service would."""
    path = f"{V1}/{BATCH}"
    tag = (await azure.ask(path)).headers["ETag"]
    headers = {"Ocp-Apim-Subscription-Key": KEY, "If-None-Match": tag}
    assert (await azure.ask(path, headers=headers)).status == 200


async def test_the_date_is_that_of_the_clock(azure: Local) -> None:
    """So a client that compares its times with `Date` sees one world."""
    answer = await azure.ask(V1)
    assert answer.headers["Date"] == "Fri, 15 Jan 2027 08:00:00 GMT"


async def test_bodies_are_compact_json(azure: Local) -> None:
    """As services write it, and readable as JSON by anything."""
    answer = await azure.ask(f"{VIDEO}Video-One{VIDEO_VERSION}")
    assert answer.text == '{"id":"Video-One","status":"NotStarted"}'
    assert json.loads(answer.text) == answer.json
