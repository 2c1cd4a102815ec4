"""Avatar batch syntheses, listed, looked at, started and deleted; request limits."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from exporter.simulator.messages import timestamp
from exporter.simulator.play.building import operation, synthesis
from exporter.simulator.play.scenario import Pace, Scenario
from tests.support.local import START
from tests.support.simulator import KEY, V1, Answer, Local, local_azure

ROOT = "/avatar/batchsyntheses"
VERSION = "?api-version=2024-08-01"

SCENARIO = Scenario(
    avatar=(operation("speaker", created=START),),
    syntheses=(
        synthesis("good", created=START + 0.5, starts_after=5, takes=10.125, characters=250),
        synthesis("partly", created=START - 2, takes=10, outputs=3, failed_outputs=1,
                  custom_voice=True, hours_to_live=1),
        synthesis("failed", created=START - 3, takes=10, outcome="Failed", outputs=2,
                  error=("InvalidInput", "No such voice.")),
        synthesis("mute", created=START - 4, takes=10, outcome="Failed"),
        synthesis("running", created=START - 5, takes=None),
        synthesis("later", created=START + 50),
    ),
    pace=Pace(queue=3, synthesis=20),
)  # fmt: skip


@pytest_asyncio.fixture
async def azure() -> AsyncIterator[Local]:
    async with local_azure(SCENARIO) as local:
        yield local


async def put(azure: Local, name: str, operation: str | None = None, **body: Any) -> Answer:
    headers = {"Ocp-Apim-Subscription-Key": KEY}
    if operation is not None:
        headers["Operation-Id"] = operation
    return await azure.ask(f"{ROOT}/{name}{VERSION}", "PUT", headers=headers, json=body)


async def test_the_life_of_a_synthesis(azure: Local) -> None:
    """The last action loses its Z with success, and only success is charged for."""
    url = f"{ROOT}/good{VERSION}"
    azure.clock.at(1)
    waiting = (await azure.ask(url)).json
    assert waiting == {
        "id": "good",
        "status": "NotStarted",
        "createdDateTime": "2027-01-15T08:00:00.5000000Z",
        "lastActionDateTime": "2027-01-15T08:00:00.5000000Z",
        "inputKind": "PlainText",
        "customVoices": {},
        "properties": {"timeToLiveInHours": 744},
        "synthesisConfig": {"voice": "en-US-AvaMultilingualNeural"},
        "avatarConfig": {"talkingAvatarCharacter": "lisa"},
    }
    azure.clock.at(6)
    running = (await azure.ask(url)).json
    assert running == waiting | {
        "status": "Running",
        "lastActionDateTime": "2027-01-15T08:00:05.5000000Z",
    }
    azure.clock.at(20)
    done = (await azure.ask(url)).json
    assert (done["status"], done["lastActionDateTime"]) == (
        "Succeeded",
        "2027-01-15T08:00:10.625000",
    )
    assert done["properties"] == {
        "timeToLiveInHours": 744,
        "sizeInBytes": 2_800_000,
        "durationInMilliseconds": 20_000,
        "succeededCount": 1,
        "failedCount": 0,
        "billingDetails": {"neuralCharacters": 250, "talkingAvatarDurationSeconds": 20},
    }
    assert set(done["outputs"]) == {"result", "summary"}
    assert all("&sig=" in address for address in done["outputs"].values())


def test_a_last_action_has_six_or_seven_digits() -> None:
    """As in the published examples."""
    assert timestamp(START + 0.363789, least=6, zone="") == "2027-01-15T08:00:00.363789"
    assert timestamp(START + 0.1575987, least=6, zone="") == "2027-01-15T08:00:00.1575987"


async def test_syntheses_that_failed_in_part_or_whole(azure: Local) -> None:
    """A part is Succeeded with a count; the whole may say why or not."""
    azure.clock.at(20)
    partly = (await azure.ask(f"{ROOT}/partly{VERSION}")).json
    assert partly["status"] == "Succeeded"
    assert [partly["properties"][f"{word}Count"] for word in ("succeeded", "failed")] == [2, 1]
    assert set(partly["properties"]["billingDetails"]) == {
        "customNeuralCharacters",
        "talkingAvatarDurationSeconds",
    }
    failed = (await azure.ask(f"{ROOT}/failed{VERSION}")).json
    assert (failed["status"], "outputs" in failed) == ("Failed", False)
    assert failed["properties"] == {
        "timeToLiveInHours": 744,
        "succeededCount": 0,
        "failedCount": 2,
        "error": {"code": "InvalidInput", "message": "No such voice."},
    }
    mute = (await azure.ask(f"{ROOT}/mute{VERSION}")).json
    assert (mute["status"], "error" in mute["properties"]) == ("Failed", False)


async def test_syntheses_are_listed_in_pages(azure: Local) -> None:
    """The newest first; the link has a slash before its query and leads back here."""
    azure.clock.at(1)
    seen: list[str] = []
    path = f"{ROOT}{VERSION}&maxpagesize=2"
    while True:
        body = (await azure.ask(path)).json
        seen += [one["id"] for one in body["value"]]
        if "nextLink" not in body:
            assert set(body) == {"value"}
            break
        path = body["nextLink"]
        where = f"{azure.origin}{ROOT}/?maxpagesize=2&skip={len(seen)}&api-version=2024-08-01"
        assert path == where
    assert seen == ["good", "partly", "failed", "mute", "running"]
    assert len((await azure.ask(f"{ROOT}{VERSION}&skip=3&top=1")).json["value"]) == 2, "no top"
    assert (await azure.ask(f"{ROOT}{VERSION}&maxpagesize=0")).status == 400


async def test_a_page_has_at_most_a_hundred() -> None:
    """Which is also the default."""
    many = [synthesis(f"job-{number:03d}", created=START + number) for number in range(130)]
    async with local_azure(Scenario(syntheses=tuple(many))) as azure:
        azure.clock.at(200)
        for query in ("", "&maxpagesize=500"):
            first = (await azure.ask(ROOT + VERSION + query)).json
            assert len(first["value"]) == 100
            second = (await azure.ask(first["nextLink"])).json
            assert (len(second["value"]), "nextLink" in second) == (30, False)


async def test_what_has_gone_is_not_found(azure: Local) -> None:
    """Unknown, of the future, too old, or deleted: 404 in the service's form, and not listed."""
    assert (await azure.ask(f"{ROOT}/later{VERSION}")).status == 404
    azure.clock.at(1)
    for _ in range(2):
        deleted = await azure.ask(f"{ROOT}/good{VERSION}", "DELETE")
        assert (deleted.status, deleted.text) == (204, "")
    azure.clock.at(8 + 3600)
    for name in ("nothing", "good", "partly"):
        answer = await azure.ask(f"{ROOT}/{name}{VERSION}")
        assert (answer.status, answer.json["error"]["code"]) == (404, "NotFound")
        assert answer.headers["x-ms-error-code"] == "NotFound"
    ids = [one["id"] for one in (await azure.ask(ROOT + VERSION)).json["value"]]
    assert ids == ["later", "failed", "mute", "running"]


JOB: dict[str, Any] = {
    "inputKind": "PlainText",
    "synthesisConfig": {"voice": "de-DE-KatjaNeural"},
    "avatarConfig": {"talkingAvatarCharacter": "max", "customized": False},
    "inputs": [{"content": "Hello, all."}, {"content": "Goodbye, all."}],
}


@pytest.mark.parametrize("given", [None, "My-Operation"])
async def test_a_synthesis_is_started_and_runs_to_its_end(azure: Local, given: str | None) -> None:
    """201; its operation is named by the caller or by the service."""
    made = await put(azure, "mine", given, **JOB, description="A test.")
    name = made.headers["Operation-Id"]
    assert (made.status, made.json["status"]) == (201, "NotStarted")
    assert name == given or (given is None and re.fullmatch(r"[0-9a-f-]{36}", name))
    where = made.headers["Operation-Location"]
    assert where == f"{azure.origin}/avatar/operations/{name}{VERSION}"
    assert "inputs" not in made.json
    assert (made.json["description"], made.json["avatarConfig"]["customized"]) == ("A test.", False)
    for moment, status in ((1, "NotStarted"), (3, "Running"), (23, "Succeeded")):
        azure.clock.at(moment)
        assert (await azure.ask(where)).json == {"id": name, "status": status}
        done = (await azure.ask(f"{ROOT}/mine{VERSION}")).json
        assert done["status"] == status
    assert done["properties"]["succeededCount"] == 2
    assert done["properties"]["billingDetails"]["neuralCharacters"] == 24
    assert done["synthesisConfig"] == {"voice": "de-DE-KatjaNeural"}


async def test_asking_twice(azure: Local) -> None:
    """The same operation and request again is the same; anything else is refused."""
    first = await put(azure, "mine", "Op-1", **JOB)
    again = await put(azure, "mine", "Op-1", **JOB)
    assert (again.status, again.json) == (201, first.json)
    for name, operation_id, body, target in (
        ("mine", "Op-1", JOB | {"inputKind": "SSML"}, "Operation-Id"),
        ("other", "Op-1", JOB, "Operation-Id"),
        ("other", "speaker", JOB, "Operation-Id"),
        ("mine", "Op-2", JOB, "id"),
    ):
        refused = await put(azure, name, operation_id, **body)
        assert (refused.status, refused.json["error"]["target"]) == (400, target)


@pytest.mark.parametrize(
    ("name", "change", "target"),
    [
        ("x", {}, "id"), ("mine", {"inputKind": None}, "inputKind"),
        ("mine", {"avatarConfig": {}}, "avatarConfig"), ("mine", {"inputs": []}, "inputs"),
        ("mine", {"inputs": 7}, "inputs"), ("mine", {"inputs": ["Hello"]}, "inputs"),
        ("mine", {"inputs": [{"content": ""}]}, "inputs"),
        ("mine", {"avatarConfig": 7}, "avatarConfig"),
        ("mine", {"properties": {"timeToLiveInHours": 0}}, "timeToLiveInHours"),
    ],
)  # fmt: skip
async def test_a_wrong_request_is_refused(
    azure: Local, name: str, change: dict[str, Any], target: str
) -> None:
    """400, and nothing starts."""
    answer = await put(azure, name, **JOB | change)
    assert (answer.status, answer.json["error"]["code"]) == (400, "BadArgument")
    assert answer.json["error"]["target"] == target
    assert (await azure.ask(f"{ROOT}/{name}{VERSION}")).status == 404


async def test_two_requests_a_minute() -> None:
    """The published limit; then 429 of the gateway with Retry-After, for all of avatar alone."""
    async with local_azure(SCENARIO, limits={"avatar": (2, 60.0)}) as azure:
        seen = []
        for moment in (0, 10.5, 11, 59.9, 60, 61, 70.5):
            azure.clock.at(moment)
            path = ROOT if moment < 60 else "/avatar/operations/speaker"
            answer = await azure.ask(path + VERSION)
            seen.append((answer.status, answer.headers.get("Retry-After")))
        assert seen == [
            (200, None), (200, None), (429, "49"), (429, "1"), (200, None), (429, "10"),
            (200, None),
        ]  # fmt: skip
        azure.clock.at(71)
        throttled = await azure.ask(ROOT + VERSION)
        assert throttled.json["error"]["code"] == "429"
        assert "49 seconds" in throttled.json["error"]["message"]
        assert throttled.headers["apim-request-id"]
        assert (await azure.ask(V1)).status == 200
        wrong = await azure.ask(ROOT + VERSION, headers={})
        assert wrong.status == 401, "the key comes first"
        assert sum(azure.simulator.requests.values()) == 10


async def test_what_has_no_key_uses_nothing_up_and_clocks_may_go_back() -> None:
    """A limit counts what was let through, in the last so many seconds of this clock."""
    async with local_azure(SCENARIO, limits={"avatar": (1, 60.0)}) as azure:
        for _ in range(3):
            assert (await azure.ask(ROOT + VERSION, headers={})).status == 401
        assert (await azure.ask(ROOT + VERSION)).status == 200
        assert (await azure.ask(ROOT + VERSION)).status == 429
        azure.clock.at(-100)
        assert (await azure.ask(ROOT + VERSION)).status == 200


@pytest.mark.parametrize("limit", [(0, 60.0), (1, 0.0), (1, float("nan"))])
async def test_a_limit_that_makes_no_sense_is_refused(limit: tuple[int, float]) -> None:
    with pytest.raises(ValueError, match="limit of avatar"):
        async with local_azure(limits={"avatar": limit}):
            pass
