"""Faults on request, as a real client sees them."""

import asyncio
import contextlib
import json
from itertools import pairwise
from typing import Any

import aiohttp
import pytest

from exporter.simulator.faults.faults import Fault, Faults, Kind, faults_from_json
from exporter.simulator.play.building import (
    batch,
    iteration,
    operation,
    seeded_uuid,
    synthesis,
    translation,
)
from exporter.simulator.play.scenario import Scenario
from tests.support.local import START
from tests.support.simulator import DATED, KEY, V1, V2024, V2026, Local, local_azure

NAME = seeded_uuid("broken")
OTHER = seeded_uuid("well")
SCENARIO = Scenario(
    batches=(batch(id=NAME, created=START, takes=60), batch(id=OTHER, created=START, takes=60)),
    avatar=(operation("speaker", created=START),),
    syntheses=tuple(synthesis(f"job-{number}", created=START) for number in range(5)),
    translations=(translation("film", iteration(created=START), created=START),),
)
URL = f"{V1}/{NAME}"
AVATAR = "/avatar/operations/speaker?api-version=2024-08-01"
JOBS = "/avatar/batchsyntheses?api-version=2024-08-01"
FILMS = "/videotranslation/translations?api-version=2025-05-20"


@pytest.mark.parametrize(
    ("fault", "status", "code", "retry_after"),
    [
        (Fault(kind=Kind.THROTTLED), 429, "429", None),
        (Fault(kind=Kind.THROTTLED, retry_after="120"), 429, "429", "120"),
        (Fault(kind=Kind.THROTTLED, retry_after="00:00:30"), 429, "429", "00:00:30"),
        (Fault(kind=Kind.UNAUTHORISED), 401, "401", None),
        (Fault(kind=Kind.FORBIDDEN), 403, "403", None),
        (Fault(kind=Kind.ERROR), 500, "InternalServerError", None),
        (Fault(kind=Kind.ERROR, status=503, retry_after="7"), 503, "ServiceUnavailable", "7"),
    ],
)
async def test_an_error_with_a_body(
    fault: Fault, status: int, code: str, retry_after: str | None
) -> None:
    """Gateway errors have their number for a code, service errors a word."""
    async with local_azure(SCENARIO, faults=Faults(fault)) as azure:
        answer = await azure.ask(URL)
        assert (answer.status, answer.json["error"]["code"]) == (status, code)
        assert answer.headers.get("Retry-After") == retry_after
        assert ("innerError" in answer.json["error"]) == (fault.kind is Kind.ERROR)
        assert answer.headers["apim-request-id"]


async def test_an_error_has_the_shape_of_its_service() -> None:
    """The old one nests innerError; the others innererror and x-ms-error-code for the others."""
    async with local_azure(SCENARIO, faults=Faults(Fault(kind=Kind.ERROR))) as azure:
        for path in (AVATAR, f"{DATED}/{NAME}{V2024}"):
            answer = await azure.ask(path)
            assert answer.json["error"]["innererror"]["code"] == "InternalServerError"
            assert answer.headers["x-ms-error-code"] == "InternalServerError"


async def test_the_gateway_names_the_pause_in_its_message() -> None:
    """`seconds` is what the text says, `policy-id` what the gateway adds."""
    fault = Fault(kind=Kind.THROTTLED, seconds=17)
    async with local_azure(SCENARIO, faults=Faults(fault)) as azure:
        answer = await azure.ask(URL)
        assert "Please retry after 17 second." in answer.json["error"]["message"]
        assert answer.headers["policy-id"] == "ResourceRateLimitBy1s"


@pytest.mark.parametrize(
    ("fault", "status"),
    [(Fault(kind=Kind.GONE), 404), (Fault(kind=Kind.ERROR, status=502, body=False), 502)],
)
async def test_an_error_without_a_body(fault: Fault, status: int) -> None:
    """Content-Length is 0."""
    async with local_azure(SCENARIO, faults=Faults(fault)) as azure:
        answer = await azure.ask(URL)
        assert (answer.status, answer.text, answer.headers["Content-Length"]) == (status, "", "0")


async def test_html_instead_of_json() -> None:
    """200, but not for us."""
    async with local_azure(SCENARIO, faults=Faults(Fault(kind=Kind.HTML))) as azure:
        answer = await azure.ask(URL)
        assert (answer.status, answer.json) == (200, None)
        assert answer.headers["Content-Type"].startswith("text/html")
        assert answer.text.startswith("<!DOCTYPE html>")


async def test_a_redirect_without_end_or_elsewhere() -> None:
    """302 to the same address with its query, or to where the test wants it."""
    async with local_azure(SCENARIO, faults=Faults(Fault(kind=Kind.REDIRECT))) as azure:
        url = f"{DATED}/{NAME}{V2024}"
        answer = await azure.ask(url)
        assert (answer.status, answer.headers["Location"]) == (302, azure.origin + url)
        with pytest.raises(aiohttp.TooManyRedirects):
            await azure.session.get(azure.origin + url)
        azure.simulator.faults.clear()
        azure.simulator.faults.add(Fault(kind=Kind.REDIRECT, location="http://elsewhere/x"))
        assert (await azure.ask(url)).headers["Location"] == "http://elsewhere/x"


async def test_a_state_that_nobody_has_heard_of() -> None:
    """Everything else is as ever; in a list it is in every item."""
    fault = Fault(kind=Kind.UNKNOWN_STATE, state="Hibernating")
    async with local_azure(SCENARIO) as azure:
        good = (await azure.ask(URL)).json
        azure.simulator.faults.add(fault)
        odd = await azure.ask(URL)
        assert odd.json == good | {"status": "Hibernating"}
        assert odd.headers["Retry-After"] == "1"
        assert (await azure.ask(AVATAR)).json == {"id": "speaker", "status": "Hibernating"}
        listed = (await azure.ask(V1)).json["value"]
        assert [one["status"] for one in listed] == ["Hibernating"] * 2
        assert (await azure.ask(f"{V1}/7")).status == 404


async def test_an_unknown_state_of_a_translation_is_that_of_its_iteration() -> None:
    """It has none of its own."""
    fault = Fault(kind=Kind.UNKNOWN_STATE)
    async with local_azure(SCENARIO, faults=Faults(fault)) as azure:
        (film,) = (await azure.ask(FILMS)).json["value"]
        assert film["latestIteration"]["status"] == "Paused"
        assert "status" not in film


async def test_an_unknown_state_is_not_kept_by_the_cache() -> None:
    """When the fault has gone, so has the word."""
    fault = Fault(kind=Kind.UNKNOWN_STATE, count=1)
    async with local_azure(SCENARIO, cache=True, faults=Faults(fault)) as azure:
        seen = [(await azure.ask(URL)).json["status"] for _ in range(10)]
        assert seen == ["Paused", *["NotStarted"] * 9]


async def test_a_stale_answer_on_request() -> None:
    """What was kept of this URL, with its age, even where the cache is off."""
    async with local_azure(SCENARIO, faults=Faults(Fault(kind=Kind.STALE))) as azure:
        first = await azure.ask(URL)
        azure.clock.at(30)
        stale = await azure.ask(URL)
        assert (stale.json, stale.headers["Age"]) == (first.json, "30")
        azure.simulator.faults.clear()
        assert (await azure.ask(URL)).json["status"] == "Running"
        azure.simulator.faults.add(Fault(kind=Kind.STALE))
        azure.clock.at(61)
        assert (await azure.ask(URL)).json["status"] == "Succeeded"


async def test_a_truncated_body() -> None:
    """Content-Length promises more than comes, then the connection is closed."""
    async with local_azure(SCENARIO, faults=Faults(Fault(kind=Kind.TRUNCATED))) as azure:
        with pytest.raises(aiohttp.ClientPayloadError):
            await azure.ask(URL)
        raw = await raw_answer(azure, URL)
        head, _, body = raw.partition(b"\r\n\r\n")
        promised = next(
            int(line.split(b":")[1])
            for line in head.splitlines()
            if line.lower().startswith(b"content-length")
        )
        assert head.startswith(b"HTTP/1.1 200")
        assert 0 < len(body) < promised


async def test_a_reset_connection() -> None:
    """A TCP reset before any byte."""
    async with local_azure(SCENARIO, faults=Faults(Fault(kind=Kind.RESET, count=2))) as azure:
        with pytest.raises(ConnectionResetError):
            await raw_answer(azure, URL)
        with pytest.raises(aiohttp.ClientError):
            await azure.session.post(azure.origin + URL, headers={"Connection": "close"})
        assert (await azure.ask(URL)).status == 200


async def test_a_slow_body() -> None:
    """It trickles by the byte, longer than a timeout, and others are not kept waiting."""
    fault = Fault(kind=Kind.SLOW, path=NAME, pause=0.01)
    async with local_azure(SCENARIO, faults=Faults(fault)) as azure:
        with pytest.raises(TimeoutError):
            await azure.ask(URL, timeout=aiohttp.ClientTimeout(total=0.3))
        assert (await azure.ask(f"{V1}/{OTHER}")).status == 200
        azure.simulator.faults.clear()
        azure.simulator.faults.add(Fault(kind=Kind.SLOW, pause=0))
        assert (await azure.ask(URL)).json["id"] == NAME


async def test_a_slow_body_does_not_keep_the_server_from_stopping() -> None:
    """It would take minutes to its end."""
    async with asyncio.timeout(5):
        async with local_azure(SCENARIO, faults=Faults(Fault(kind=Kind.SLOW, pause=60))) as azure:
            headers = {"Ocp-Apim-Subscription-Key": KEY}
            async with azure.session.get(azure.origin + URL, headers=headers) as response:
                assert response.status == 200


LISTS = [
    (V1, "@nextLink"), (DATED + V2024, "@nextLink"), (DATED + V2026, "nextLink"),
    (f"{DATED}/{NAME}/documents{V2024}", "@nextLink"), (FILMS, "nextLink"), (JOBS, "nextLink"),
    (FILMS.replace("?", "/film/iterations?"), "nextLink"), (f"{JOBS}&maxpagesize=2", "nextLink"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "key"), LISTS)
async def test_links_that_lead_astray(path: str, key: str) -> None:
    """To another host, to the page itself, or on and on; the items are as ever."""
    async with local_azure(SCENARIO) as azure:
        azure.clock.at(10)
        good = (await azure.ask(path)).json
        faults = azure.simulator.faults
        for location, host in ((None, "https://elsewhere.example"), ("http://a:1", "http://a:1")):
            faults.add(Fault(kind=Kind.FOREIGN_LINK, location=location, count=1))
            answer = await azure.ask(path)
            assert answer.json == good | {key: host + path}
            assert answer.headers["apim-request-id"]
        faults.add(Fault(kind=Kind.REPEATED_LINK, count=1))
        assert (await azure.ask(path)).json == good | {key: azure.origin + path}
        faults.add(Fault(kind=Kind.ENDLESS_LINK))
        links = [path]
        for _ in range(10):
            body = (await azure.ask(links[-1])).json
            assert body["value"] == good["value"]
            links.append(body[key])
        assert len(set(links)) == 11
        faults.clear()
        assert (await azure.ask(path)).json == good


@pytest.mark.parametrize(("path", "_"), LISTS)
async def test_one_item_of_a_list_is_broken(path: str, _: str) -> None:
    """It is a number or has no id; the others are well."""
    async with local_azure(SCENARIO) as azure:
        azure.clock.at(10)
        good = (await azure.ask(path)).json["value"]
        middle = len(good) // 2
        azure.simulator.faults.add(Fault(kind=Kind.BROKEN_ITEM, count=1))
        assert (await azure.ask(path)).json["value"] == [
            *good[:middle], middle, *good[middle + 1 :],
        ]  # fmt: skip
        azure.simulator.faults.add(Fault(kind=Kind.BROKEN_ITEM, without="id"))
        items = (await azure.ask(path)).json["value"]
        assert [one.get("id") for one in items] == [
            None if number == middle else one["id"] for number, one in enumerate(good)
        ]


@pytest.mark.parametrize(
    "kind", [Kind.FOREIGN_LINK, Kind.REPEATED_LINK, Kind.ENDLESS_LINK, Kind.BROKEN_ITEM]
)
async def test_list_faults_leave_what_is_no_list(kind: Kind) -> None:
    """A status, an empty list's items, an error, a 204; and nothing of it is kept by the cache."""
    async with local_azure(SCENARIO, cache=True) as azure:
        paths = (URL, AVATAR, f"{V1}/7", FILMS.replace("?", "/none?"), f"{DATED}{V2024}&top=-1")
        for path in paths:
            good = await azure.ask(path)
            azure.simulator.faults.add(Fault(kind=kind, count=1))
            odd = await azure.ask(path)
            assert (odd.status, odd.json) == (good.status, good.json)
        azure.simulator.faults.add(Fault(kind=kind, count=1))
        empty = await azure.ask(f"{V1}?statuses=Failed")
        assert empty.json["value"] == []
        azure.simulator.faults.add(Fault(kind=kind, count=1))
        tags = {(await azure.ask(V1)).headers["ETag"] for _ in range(5)}
        assert len(tags) == 2


@pytest.mark.parametrize("kind", list(Kind))
async def test_faults_leave_no_trace_in_the_log(
    kind: Kind, caplog: pytest.LogCaptureFixture
) -> None:
    """What was asked for is not an error of the simulator; the next answer is good."""
    async with local_azure(SCENARIO, faults=Faults(Fault(kind=kind, count=2, pause=0))) as azure:
        for _ in range(2):
            with contextlib.suppress(aiohttp.ClientError):
                await azure.ask(URL)
        while azure.simulator.faults.as_json():
            with contextlib.suppress(aiohttp.ClientError):
                await azure.ask(URL)
        assert (await azure.ask(URL)).json["status"] == "NotStarted"
    assert not caplog.records


async def raw_answer(azure: Local, path: str) -> bytes:
    """Every byte that comes until the other side closes."""
    port = int(azure.origin.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: x\r\nOcp-Apim-Subscription-Key: {KEY}\r\n\r\n".encode()
        )
        await writer.drain()
        return await reader.read()
    finally:
        writer.close()


async def test_one_among_many() -> None:
    """A fault hits the paths that it names, as often as it says."""
    fault = Fault(kind=Kind.GONE, path=NAME, count=2)
    async with local_azure(SCENARIO, faults=Faults(fault)) as azure:
        seen = [
            ((await azure.ask(URL)).status, (await azure.ask(f"{V1}/{OTHER}")).status)
            for _ in range(3)
        ]
        assert seen == [(404, 200), (404, 200), (200, 200)]


def test_the_first_that_matches_hits() -> None:
    """And when it is used up, the next one does."""
    faults = Faults(Fault(kind=Kind.GONE, path=r"/a/\d+$", count=1))
    faults.add(Fault(kind=Kind.HTML))
    hits = [faults.strike(path) for path in ("/a/7", "/a/7", "/a/b")]
    assert [hit and hit.kind for hit in hits] == [Kind.GONE, Kind.HTML, Kind.HTML]
    faults.clear()
    assert faults.strike("/a/7") is None


def test_chance_is_seeded() -> None:
    """A fault may hit only a part of the answers; the same seed hits the same ones."""

    def hits(seed: int) -> list[bool]:
        faults = Faults(Fault(kind=Kind.GONE, chance=0.3), seed=seed)
        return [faults.strike("/") is not None for _ in range(200)]

    assert hits(1) == hits(1) != hits(2)
    assert 30 < sum(hits(1)) < 90


async def test_faults_from_outside() -> None:
    """PUT replaces, GET shows what is left, DELETE clears; no key needed."""
    async with local_azure(SCENARIO) as azure:
        control = "/_simulator/faults"
        wanted = [{"kind": "gone", "path": NAME, "count": 3}, {"kind": "html", "path": "avatar"}]
        put = await azure.ask(control, "PUT", json=wanted, headers={})
        assert put.status == 200
        assert (await azure.ask(URL)).status == 404
        shown = (await azure.ask(control, headers={})).json
        assert [(one["kind"], one["path"], one["count"]) for one in shown] == [
            ("gone", NAME, 2),
            ("html", "avatar", None),
        ]
        assert faults_from_json(json.dumps(shown).encode())
        await azure.ask(control, "PUT", json=[], headers={})
        assert (await azure.ask(URL)).status == 200
        await azure.ask(control, "PUT", json=wanted, headers={})
        assert (await azure.ask(control, "DELETE", headers={})).json == []
        assert (await azure.ask(URL)).status == 200


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "body: Invalid JSON"),
        (b'{"kind": "gone"}', "body: Input should be a valid"),
        (b'[{"kind": "earthquake"}]', "0.kind: Input should be 'throttled'"),
        (b"[{}]", "0.kind: Field required"),
        (b'[{"kind": "gone", "colour": 1}]', "0.colour: Extra inputs are not permitted"),
        (b'[{"kind": "gone", "path": "("}]', "0.path: Input should be a valid regular expression"),
        (b'[{"kind": "gone", "count": 0}]', "0.count: Input should be greater than or equal to 1"),
        (b'[{"kind": "gone", "chance": 2}]', "0.chance: Input should be less than or equal to 1"),
        (b'[{"kind": "error", "status": 200}]', "0.status: Input should be greater than"),
        (b'[{"kind": "throttled", "retry_after": "1\\r\\nX: y"}]', "0.retry_after: String should"),
        (b'[{"kind": "gone", "count": 0}, {"kind": "x"}]', "; 1.kind"),
    ],
)
async def test_wrong_faults_are_refused(body: bytes, message: str) -> None:
    """400 with everything that is wrong; the faults in force stay."""
    async with local_azure(SCENARIO, faults=Faults(Fault(kind=Kind.GONE))) as azure:
        answer = await azure.ask("/_simulator/faults", "PUT", data=body, headers={})
        assert answer.status == 400
        assert message in answer.json["error"]
        assert (await azure.ask(URL)).status == 404


async def test_requests_are_counted() -> None:
    """By method and path, faults included, the simulator's own routes not."""
    async with local_azure(SCENARIO, faults=Faults(Fault(kind=Kind.GONE, count=1))) as azure:
        for _ in range(3):
            await azure.ask(f"{V1}?$top=1")
        await azure.ask(URL, "DELETE")
        expected: Any = {f"GET {V1}": 3, f"DELETE {URL}": 1}
        assert (await azure.ask("/_simulator/requests", headers={})).json == expected
        assert azure.simulator.requests == expected


async def test_every_answer_has_its_own_id() -> None:
    """Even that of a fault."""
    async with local_azure(SCENARIO, faults=Faults(Fault(kind=Kind.HTML, chance=0.5))) as azure:
        ids = [(await azure.ask(URL)).headers["apim-request-id"] for _ in range(6)]
        assert all(one != other for one, other in pairwise(sorted(ids)))
