"""Starting, listing and cancelling batches; the cache that goes backward."""

import re
from typing import Any

import pytest

from exporter.simulator.play.building import batch, seeded_uuid
from exporter.simulator.play.scenario import Pace, Scenario
from tests.support.local import START
from tests.support.simulator import DATED, V1, V2024, V2026, Local, local_azure

PACE = Pace(listing=2, document=8, cancelling=4)
MANY = Scenario(
    batches=tuple(
        batch(id=seeded_uuid(number), created=START - 500 + number, documents=3, takes=60)
        for number in range(7)
    ),
    pace=PACE,
)


def request_for(*languages: str, storage: str = "Folder", **source: Any) -> dict[str, Any]:
    address = "https://contoso.blob.core.windows.net/manuals?sv=secret"
    to = "https://contoso.blob.core.windows.net/to-{}?sig=secret"
    targets = [{"targetUrl": to.format(one), "language": one} for one in languages]
    one = {"source": {"sourceUrl": address} | source, "targets": targets, "storageType": storage}
    return {"inputs": [one]}


FAMILIES = [(V1, ""), (DATED, V2024), (DATED, V2026)]


@pytest.mark.parametrize(("root", "version"), FAMILIES)
async def test_a_batch_is_started_and_runs_to_its_end(root: str, version: str) -> None:
    """202 with Operation-Location; then documents = sources times languages progress by time."""
    async with local_azure(Scenario(pace=PACE)) as azure:
        body = request_for("de", "fr", filter={"prefix": "2027/", "suffix": ".txt"})
        started = await azure.ask(root + version, "POST", json=body)
        where = started.headers["Operation-Location"]
        name = where.split("/batches/")[1].split("?api-version")[0]
        assert started.status == 202
        assert where == f"{azure.origin}{root}/{name}{version}"
        assert started.json == ({"id": name, "status": "NotStarted"} if version else None)
        assert "Retry-After" not in started.headers
        if not version:
            assert (started.text, started.headers["Content-Length"]) == ("", "0")
        assert (await azure.ask(where)).json["summary"]["total"] == 0
        azure.clock.at(2)
        total = (await azure.ask(where)).json["summary"]["total"]
        assert total in {4, 6, 8, 10}
        azure.clock.at(100)
        done = (await azure.ask(where)).json
        assert (done["status"], done["summary"]["success"]) == ("Succeeded", total)
        assert done["summary"]["totalCharacterCharged"] > 0
        documents = (await azure.ask(f"{root}/{name}/documents{version}")).json["value"]
        assert {one["to"] for one in documents} == {"de", "fr"}
        pattern = r"https://contoso\.blob\.core\.windows\.net:443/manuals/2027/[a-z0-9-]+\.txt"
        assert all(re.fullmatch(pattern, one["sourcePath"]) for one in documents)
        assert "secret" not in str(documents)


async def test_a_single_file_is_one_document() -> None:
    """Its addresses are the ones that were given; the model's name comes with 2026-03-01."""
    async with local_azure(Scenario(pace=PACE)) as azure:
        body = request_for("de", storage="File")
        body["inputs"][0]["targets"][0]["deploymentName"] = "our-model"
        started = await azure.ask(DATED + V2026, "POST", json=body)
        azure.clock.at(100)
        url = f"{DATED}/{started.json['id']}/documents{V2026}"
        (document,) = (await azure.ask(url)).json["value"]
        assert document["path"] == "https://contoso.blob.core.windows.net:443/to-de"
        assert document["deploymentName"] == "our-model"


TARGET = b'{"targetUrl": "https://a/b", "language": "de"}'
SOURCE = b'{"inputs": [{"source": {"sourceUrl": "%%s"}, "targets": [%s]}]}' % TARGET
WRONG = [
    b"",
    b"{",
    b"[" * 100_000,
    b"[]",
    b"\xff",
    b"{}",
    b'{"inputs": []}',
    b'{"inputs": [7]}',
    b'{"inputs": [{"targets": []}]}',
    b'{"inputs": [{"source": {}, "targets": [{"targetUrl": "https://a/b", "language": "de"}]}]}',
    b'{"inputs": [{"source": {"sourceUrl": "https://a/b"}, "targets": []}]}',
    b'{"inputs": [{"source": {"sourceUrl": "https://a/b"}, "targets": [{"language": "de"}]}]}',
    SOURCE % b"a/b",
    SOURCE % b"https://[a/b",
    SOURCE % b"https://a:99999/b",
]


@pytest.mark.parametrize("body", WRONG, ids=map(str, range(len(WRONG))))
@pytest.mark.parametrize(("root", "version"), FAMILIES)
async def test_a_wrong_request_is_refused(root: str, version: str, body: bytes) -> None:
    """400 in the service's form, and nothing starts."""
    async with local_azure() as azure:
        answer = await azure.ask(root + version, "POST", data=body)
        assert (answer.status, answer.json["error"]["code"]) == (400, "InvalidRequest")
        inner = "innererror" if version else "innerError"
        assert answer.json["error"][inner]["code"] == "InvalidRequestBody"
        assert (await azure.ask(root + version)).json == {"value": []}


@pytest.mark.parametrize(("root", "version"), FAMILIES)
async def test_cancelling(root: str, version: str) -> None:
    """Cancelling at once, Cancelled later; asking again is refused."""
    async with local_azure(Scenario(pace=PACE)) as azure:
        started = await azure.ask(root + version, "POST", json=request_for("de"))
        where = started.headers["Operation-Location"]
        asked = await azure.ask(where, "DELETE")
        assert (asked.status, asked.json["status"]) == (200, "Cancelling")
        assert (await azure.ask(where, "DELETE")).status == 400
        azure.clock.at(30)
        body = (await azure.ask(where)).json
        assert body["status"] == "Cancelled"
        assert body["summary"]["cancelled"] == body["summary"]["total"] > 0
        refused = await azure.ask(where, "DELETE")
        assert (refused.status, refused.json["error"]["code"]) == (400, "InvalidRequest")
        assert (await azure.ask(where)).json == body


async def everything(azure: Local, path: str, key: str) -> list[dict[str, Any]]:
    """All items, following the links."""
    seen: list[dict[str, Any]] = []
    while True:
        body = (await azure.ask(path)).json
        seen += body["value"]
        if key not in body:
            assert set(body) == {"value"}
            return seen
        path = body[key]


@pytest.mark.parametrize(
    ("path", "key", "link"),
    [
        (f"{V1}?$maxpagesize=3", "@nextLink", "?$skip=3&$top=4&$maxpagesize=3"),
        (f"{DATED}{V2024}&maxpagesize=3", "@nextLink",
         "?skip=3&top=4&maxpagesize=3&api-version=2024-05-01"),
        (f"{DATED}{V2026}&maxpagesize=3", "nextLink",
         "?skip=3&top=4&maxpagesize=3&api-version=2026-03-01"),
        (f"{DATED}{V2024}&maxpagesize=3&orderby=createdDateTimeUtc%20asc", "@nextLink",
         "?skip=3&top=4&maxpagesize=3&orderBy=createdDateTimeUtc asc&api-version=2024-05-01"),
    ],
)  # fmt: skip
async def test_batches_are_listed_in_pages(path: str, key: str, link: str) -> None:
    """The link is absolute, its top is what is left, and the last page has none."""
    async with local_azure(MANY) as azure:
        first = (await azure.ask(path)).json
        assert first[key] == azure.origin + path.partition("?")[0] + link
        ids = [one["id"] for one in await everything(azure, path, key)]
        wanted = [one.id for one in MANY.batches]
        assert ids == (wanted if "asc" in path else wanted[::-1])


@pytest.mark.parametrize(
    ("path", "key"),
    [
        (f"{V1}/{{}}/documents?$top=2&$maxpagesize=1", "@nextLink"),
        (f"{DATED}/{{}}/documents{V2026}&skip=1&maxpagesize=1", "nextLink"),
    ],
)
async def test_documents_are_listed_in_pages(path: str, key: str) -> None:
    """With the same parameters as batches."""
    async with local_azure(MANY) as azure:
        name = MANY.batches[0].id
        documents = await everything(azure, path.format(name), key)
        assert len({one["id"] for one in documents}) == 2
        assert all(one["status"] == "Succeeded" for one in documents)


async def test_lists_are_filtered() -> None:
    """And a filter that makes no sense is refused."""
    async with local_azure(MANY) as azure:
        first = MANY.batches[0].id
        assert len((await azure.ask(f"{V1}?ids={first}")).json["value"]) == 1
        assert (await azure.ask(f"{V1}?statuses=Running,Failed")).json == {"value": []}
        refused = await azure.ask(f"{DATED}{V2024}&statuses=Paused")
        assert (refused.status, refused.headers["x-ms-error-code"]) == (400, "InvalidRequest")


ONE = Scenario(batches=(batch(id=seeded_uuid("one"), created=START, takes=60, listed_after=2),))
URL = f"{DATED}/{seeded_uuid('one')}{V2024}"


async def polled(seed: int) -> list[tuple[str, str | None, str, str]]:
    """What a client sees that polls every five seconds."""
    async with local_azure(ONE, cache=True, seed=seed) as azure:
        seen = []
        for moment in range(1, 130, 5):
            azure.clock.at(moment)
            answer = await azure.ask(URL)
            headers = answer.headers
            seen.append(
                (answer.json["status"], headers.get("Age"), headers["ETag"], headers["X-RequestId"])
            )
            assert headers["apim-request-id"]
            assert ("Content-Length" in headers) == ("Age" in headers)
        return seen


async def test_the_cache_goes_backward() -> None:
    """A fresh Running is followed by an older NotStarted with its age, ETag and X-RequestId."""
    seen = await polled(seed=0)
    states = [status for status, *_ in seen]
    assert states[0] == "NotStarted"
    fresh = next(
        i for i, (status, age, *_) in enumerate(seen) if (status, age) == ("Running", None)
    )
    stale = [one for one in seen[fresh:12] if one[1] is not None]
    assert stale
    for status, age, etag, request_id in stale:
        assert (status, etag, request_id) == (seen[0][0], seen[0][2], seen[0][3])
        assert 0 < int(str(age)) < 60
    assert states[-1] == "Succeeded"


async def test_the_cache_is_seeded() -> None:
    """The same seed makes the same run, another one another."""
    assert await polled(seed=3) == await polled(seed=3)
    assert await polled(seed=3) != await polled(seed=4)


async def test_each_url_has_its_own_cache() -> None:
    """Lists are cached too; a switched-off cache leaves every answer fresh."""
    async with local_azure(ONE, cache=True) as azure:
        for url in (URL, DATED + V2024):
            ages = [(await azure.ask(url)).headers.get("Age") for _ in range(20)]
            assert ages[0] is None
            assert set(ages) == {None, "0"}
    async with local_azure(ONE, cache=False) as azure:
        assert not any(["Age" in (await azure.ask(URL)).headers for _ in range(20)])
