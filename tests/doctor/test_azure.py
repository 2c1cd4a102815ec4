"""`check --live` of what Azure says: keys, tokens, lists, operations; nothing secret is shown."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from aiohttp import web

from exporter.doctor import resource_check
from exporter.doctor.findings import Finding, worst
from exporter.doctor.kinds import KINDS, Severity
from exporter.simulator.faults.faults import Fault, Faults, Kind
from exporter.simulator.play.building import seeded_uuid
from exporter.simulator.play.language import Training
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import DEFAULT_KEY, Simulator
from tests.support.doctor import (
    LISTED,
    ONE,
    Found,
    answering,
    examined,
    is_worst,
    refusing,
    simulator,
)
from tests.support.local import START, clock, served
from tests.support.secure import (
    CLIENT,
    SECRET,
    TENANT,
    Authority,
    Gate,
    Login,
    application,
    served_tls,
)

BATCH = "727bf148-f327-47a0-9481-abae6362f11e"
WRONG = "PlantedKey-that-is-wrong"

pytestmark = pytest.mark.jumping  # so that a step's time is the same on a busy machine


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


# Keys


async def test_a_wrong_key() -> None:
    """It is not shown; nothing more is asked with it."""
    azure = simulator()
    more = {"avatar": {"operations": ["abc"]}, **LISTED}
    async with served(azure.app()) as endpoint:
        findings = await examined({"endpoint": endpoint, "auth": {"key": WRONG}, **more})
    said = "the key in the configuration is not accepted: HTTP 401: Access denied"
    is_worst(findings, Found("key-refused", "key", said, "Copy a key of this resource"))
    assert findings[-1].what == "skipped: avatar"
    assert azure.requests == {"GET /": 1, "GET /videotranslation/translations": 1}


@pytest.mark.parametrize("wrong", ["first", "second"])
async def test_one_of_two_keys_is_wrong(tmp_path: Path, wrong: str) -> None:
    """Its file is named; the other reads all that is to be read."""
    keys = {"key_file": tmp_path / "first", "secondary_key_file": tmp_path / "second"}
    for path in keys.values():
        path.write_text(WRONG if path.name == wrong else DEFAULT_KEY)
    auth = {name: str(path) for name, path in keys.items()}
    azure = simulator()
    async with served(azure.app()) as endpoint:
        findings = await examined({"endpoint": endpoint, "auth": auth, **LISTED})
    said = f"/{wrong} is not accepted: HTTP 401"
    is_worst(findings, Found("one-key-refused", "key", said, "Replace this key with the current"))
    assert [each.what for each in findings if each.kind == "fine" and each.subject == "key"]
    assert findings[-1].what == "is Running"
    assert max(azure.requests.values()) == 2


async def test_both_keys_are_wrong(tmp_path: Path) -> None:
    """Each is said, and that there is none."""
    for name in ("first", "second"):
        (tmp_path / name).write_text(f"{WRONG}-{name}")
    auth = {
        "key_file": str(tmp_path / "first"),
        "secondary_key_file": str(tmp_path / "second"),
    }
    async with served(simulator().app()) as endpoint:
        findings = await examined({"endpoint": endpoint, "auth": auth, **ONE})
    assert [each.kind for each in findings if each.subject == "key"] == ["key-refused"] * 2
    assert worst(findings) is Severity.ERROR


async def test_what_repeats_a_secret() -> None:
    """A key, a signature, colours and line ends from a server do not come through."""
    key = "e" + "cho-of-the-key-0123456789"
    link = "https://store.example/manuals/plan.pdf?sv=1&sig=SECRETsignature"
    message = f"\x1b[31mno {key}\r\n{link} \u202e subscription-key=abcdef"

    def respond(request: web.Request) -> web.Response:
        carried = "Ocp-Apim-Subscription-Key" in request.headers
        error = {"code": "401", "message": message if carried else ""}
        return web.json_response({"error": error}, status=401)

    async with answering(respond) as endpoint:
        findings = await examined({"endpoint": endpoint, "auth": {"key": key}, **ONE})
    [it] = [each for each in findings if each.kind == "key-refused"]
    assert it.what.endswith(
        "HTTP 401: [31mno <secret> https://store.example/<cut> subscription-key=<cut>"
    )


# Tokens


def claims(**said: str) -> str:
    body = base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
    return f"e30.{body}.c2lnbmF0dXJl"


class Named(Login):
    """Gives a token that says for whom it is."""

    token = claims(appid=CLIENT, oid="0b1d", tid=TENANT, aud="https://cognitiveservices.azure.com")

    async def handle(self, request: web.Request) -> web.StreamResponse:
        given = await super().handle(request)
        if self.refuses is not None:
            return given
        token = {"access_token": self.token, "expires_in": 3600}
        return web.json_response({"token_type": "Bearer", "resource": "ours", **token})


def refused_login(code: str) -> web.Response:
    said = {"error": "invalid_client", "error_description": f"{code}: the secret is {SECRET}"}
    return web.json_response(said, status=401)


async def with_token(tmp_path: Path, ours: Authority, login: Login, gate: Gate) -> list[Finding]:
    async with (
        served_tls(login.application(), ours.server()) as authority,
        served_tls(gate.before(simulator().app()), ours.server()) as endpoint,
    ):
        auth = application(tmp_path, authority)
        tls = {"ca_file": ours.ca_file}
        return await examined({"endpoint": endpoint, "auth": auth, "tls": tls, **ONE})


async def test_a_token(tmp_path: Path, ours: Authority) -> None:
    """For whom it is is said, not the token; it is asked for once."""
    login = Named()
    findings = await with_token(tmp_path, ours, login, Gate({f"Bearer {Named.token}"}))
    assert {each.severity for each in findings} == {Severity.OK}
    [said] = [each.what for each in findings if each.subject == "token"]
    assert said == (
        f"a token for client id {CLIENT}, object id 0b1d, tenant {TENANT}, "
        "audience https://cognitiveservices.azure.com"
    )
    assert sum("grant_type" in each for _, each in login.requests) == 1


@pytest.mark.parametrize(
    ("login", "gate", "found"),
    [
        (
            Named(refuses=refused_login("AADSTS7000215")),
            Gate(set()),
            Found("token-none", "token", "AADSTS7000215, the client secret is wrong", "auth.entra"),
        ),
        (
            Named(refuses=refused_login("AADSTS7000222")),
            Gate(set()),
            Found("token-none", "token", "the client secret has expired", "Correct auth.entra"),
        ),
        (
            Named(refuses=web.Response(text="<html>", status=200, content_type="text/html")),
            Gate(set()),
            Found("token-none", "token", "no token: ", "let this machine reach the login"),
        ),
        (
            Named(),
            Gate(set(), refusal=401),
            Found("token-refused", "token", "HTTP 401: Access denied", "own domain and tenant"),
        ),
        (
            Named(),
            Gate(set(), refusal=403),
            Found("role-missing", "token", "HTTP 403: Access denied", "Cognitive Services User"),
        ),
    ],
)
async def test_tokens_that_fail(
    tmp_path: Path, ours: Authority, login: Login, gate: Gate, found: Found
) -> None:
    """No token, one that is not accepted, one without the role."""
    is_worst(await with_token(tmp_path, ours, login, gate), found)


async def test_a_login_that_is_not_there(tmp_path: Path, ours: Authority) -> None:
    """Azure is not asked without a token."""
    azure = simulator()
    with refusing() as address:
        auth = application(tmp_path, f"https://{address}")
        async with served_tls(azure.app(), ours.server()) as endpoint:
            tls = {"ca_file": ours.ca_file}
            findings = await examined({"endpoint": endpoint, "auth": auth, "tls": tls, **ONE})
    said = "no token: the login cannot be reached"
    is_worst(findings, Found("token-none", "token", said, "reach the login"))
    assert findings[-1].what == "skipped: video_translation"
    assert azure.requests == {"GET /": 1}


async def test_a_role_that_is_missing_by_its_word(tmp_path: Path, ours: Authority) -> None:
    """Azure's gateway says 401 as well, with a word for it."""

    async def respond(_: web.Request) -> web.Response:
        error = {"code": "PermissionDenied", "message": "Principal does not have access"}
        return web.json_response({"error": error}, status=401)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", respond)
    async with (
        served_tls(Named().application(), ours.server()) as authority,
        served_tls(app, ours.server()) as endpoint,
    ):
        auth = application(tmp_path, authority)
        tls = {"ca_file": ours.ca_file}
        findings = await examined({"endpoint": endpoint, "auth": auth, "tls": tls, **ONE})
    is_worst(findings, Found("role-missing", "token", "PermissionDenied", "Speech User is enough"))


# Answers of Azure, and of what stands in its place

OPERATION, LIST = "/videotranslation/operations/", "/videotranslation/translations$"


def fault(kind: Kind, path: str, **more: object) -> Fault:
    return Fault.model_validate({"kind": kind, "path": path, **more})


FAULTS: dict[str, tuple[Fault, Found]] = {
    "403 of an operation": (
        fault(Kind.FORBIDDEN, OPERATION),
        Found("forbidden", "key", "Virtual Network/Firewall rules", "in the resource's fire"),
    ),
    "403 of a list": (
        fault(Kind.FORBIDDEN, LIST),
        Found("forbidden", "key", "HTTP 403", "the free tier has no Document Translation"),
    ),
    "404 of an operation": (
        fault(Kind.GONE, OPERATION),
        Found("not-found", "one", "HTTP 404", "Check the id, and whether it is of another"),
    ),
    "404 of a list": (
        fault(Kind.GONE, LIST),
        Found("list-not-found", "list", "HTTP 404", "the resource has this API"),
    ),
    "429 with Retry-After": (
        fault(Kind.THROTTLED, LIST, retry_after="17"),
        Found("throttled", "list", "Retry-After is 17 s", "Wait as long as Azure says"),
    ),
    "429 without": (
        fault(Kind.THROTTLED, OPERATION, seconds=3),
        Found("throttled", "one", "Retry-After is 3 s; request id ", "raise interval"),
    ),
    "500": (
        fault(Kind.ERROR, OPERATION),
        Found("azure-trouble", "one", "HTTP 500 InternalServerError", "the request id"),
    ),
    "503 without a body": (
        fault(Kind.ERROR, OPERATION, status=503, body=False),
        Found("azure-trouble", "one", "HTTP 503", "Try again later"),
    ),
    "a page": (
        fault(Kind.HTML, LIST),
        Found("not-azure", "list", "text/html instead of JSON", "log in to the network"),
    ),
    "a redirect": (
        fault(Kind.REDIRECT, OPERATION, location="https://login.example/portal"),
        Found("not-azure", "one", "HTTP 302", "Correct the endpoint"),
    ),
    "a body that is cut": (
        fault(Kind.TRUNCATED, OPERATION),
        Found("no-answer", "one", "Not enough data", "poll.timeout"),
    ),
    "a reset": (
        fault(Kind.RESET, OPERATION),
        Found("no-answer", "one", "the connection failed", "proxies and firewalls on the way"),
    ),
    "a body that comes too slowly": (
        fault(Kind.SLOW, OPERATION, pause=0.2),
        Found("no-answer", "one", "no complete response within 1 s", "longer poll.timeout"),
    ),
    "a state that nobody knows": (
        fault(Kind.UNKNOWN_STATE, OPERATION, state="Paused"),
        Found("unknown-state", "one", "Azure's state is 'Paused'", "Upgrade the exporter"),
    ),
}


@pytest.mark.parametrize("problem", FAULTS)
async def test_answers(problem: str) -> None:
    """What it means; each thing is asked once, but by aiohttp, whose connection is reset."""
    planted, found = FAULTS[problem]
    azure = simulator(Faults(planted))
    async with served(azure.app()) as endpoint:
        findings = await examined({"endpoint": endpoint, "poll": {"timeout": "1s"}, **LISTED})
    is_worst(findings, found)
    assert set(azure.requests.values()) <= ({1, 2} if problem == "a reset" else {1})


UNSUPPORTED = {
    "code": "BadRequest",
    "message": "Unsupported api-version '2025-05-20'. Supported are '2031-01-01'.",
    "target": "api-version",
    "innererror": {"code": "UnsupportedApiVersionValue", "message": ""},
}


# As a user of a free resource got it; without an outer `error`.
FREE_TIER = {
    "code": "InvalidRequest",
    "message": "Only Standard subscriptions for the region of the called service are valid.",
    "innerError": {"code": "InvalidSubscription", "message": "Only Standard subscriptions."},
}


@pytest.mark.parametrize(
    ("status", "body", "found"),
    [
        (
            400,
            {"error": UNSUPPORTED},
            Found("version-refused", "one", "Supported are '2031-01-01'", "Set api_version"),
        ),
        (
            400,
            FREE_TIER,
            Found("free-tier", "one", "Only", "Use a resource of a paid tier"),
        ),
        (
            400,
            {"error": {"code": "InvalidArgument", "message": "no such kind"}},
            Found("rejected", "one", "InvalidArgument: no such kind", "Follow the message"),
        ),
        (200, [1, 2], Found("unreadable", "one", "unexpected body", "the endpoint is Azure's")),
        (200, {"id": "one"}, Found("unreadable", "one", "status", "report this")),
        (405, {}, Found("rejected", "one", "HTTP 405", "another kind of resource")),
    ],
)
async def test_bodies(status: int, body: object, found: Found) -> None:
    """Requests that are rejected, and answers that promise something else."""
    async with answering(lambda _: web.json_response(body, status=status)) as endpoint:
        is_worst(await examined({"endpoint": endpoint, **ONE}), found)


@pytest.mark.parametrize(
    ("listed", "kind", "words"),
    [
        ({"value": [{"id": "a" * 5}, 7]}, "items-unreadable", "cannot be read: 1"),
        ({"value": 7}, "unreadable", "unexpected body"),
    ],
)
async def test_lists(listed: Mapping[str, object], kind: str, words: str) -> None:
    """Items that are none are counted; a list that is none is said."""
    resource = {"video_translation": {"discover": True}}
    async with answering(lambda _: web.json_response(listed)) as endpoint:
        findings = await examined({"endpoint": endpoint, **resource})
    is_worst(findings, Found(kind, "list", words, "report"))


async def test_a_list_below_a_list() -> None:
    """The projects of both kinds are read, and the trainings of the first."""
    job = Training(id=seeded_uuid("t"), created=START - 60)
    azure = Simulator(Scenario(trainings=(job,)), clock=clock)
    async with served(azure.app()) as endpoint:
        findings = await examined({"endpoint": endpoint, "language": {"discover": True}})
    [found] = [each for each in findings if each.subject == "list"]
    assert (found.kind, found.what) == ("fine", "its first page has 1 operation")
    root = "GET /language/authoring/analyze-text/projects"
    assert [path for path in azure.requests if path != "GET /"] == [
        root, f"{root}/Claims/train/jobs", root.replace("analyze-text", "analyze-conversations"),
    ]  # fmt: skip


async def test_documents_that_are_not_there() -> None:
    """The batch is fine; the document's id is said."""
    document = "273622bd-835c-4946-9798-fd8f19f6bbf2"
    zeros = dict.fromkeys(
        ("total", "failed", "success", "inProgress", "notYetStarted", "cancelled"), 0
    )

    def respond(request: web.Request) -> web.Response:
        if document in request.path:
            return web.Response(status=404)
        return web.json_response({"id": BATCH, "status": "Running", "summary": zeros})

    batch = {"id": BATCH, "documents": [document]}
    async with answering(respond) as endpoint:
        findings = await examined(
            {"endpoint": endpoint, "document_translation": {"batches": [batch]}}
        )
    found = Found("document-unreadable", BATCH, f"documents that cannot be read: {document}", "id")
    is_worst(findings, found)


async def test_one_api_is_refused() -> None:
    """The others are read all the same."""
    azure = simulator(Faults(fault(Kind.FORBIDDEN, "/avatar/")))
    more = {"avatar": {"operations": ["abc"], "discover": True}, "qna_maker": {}}
    async with served(azure.app()) as endpoint:
        findings = await examined({"endpoint": endpoint, **more, **ONE})
    by_api = {
        api: [each.kind for each in findings if each.api == api]
        for api in ("video_translation", "avatar", "qna_maker")
    }
    assert by_api == {
        "video_translation": ["fine"],
        "avatar": ["forbidden", "not-tried"],
        "qna_maker": ["nothing-to-read"],
    }


async def test_few_requests_where_the_api_allows_few() -> None:
    """Two requests a minute are not exceeded, and not waited for."""
    azure = simulator()
    ids = [f"job-{number}" for number in range(5)]
    async with served(azure.app()) as endpoint:
        section = {"operations": ids, "requests_per_minute": 2}
        findings = await examined({"endpoint": endpoint, "avatar": section})
    [left] = [each for each in findings if each.kind == "limit"]
    assert left.what == "the API allows 2 requests a minute; not checked: 3 operations"
    assert sum(azure.requests.values()) == 3


async def test_what_a_list_shows_is_not_asked_for() -> None:
    """Configured batches that stand in a list cost nothing more."""
    ids = [f"00000000-0000-0000-0000-{number:012}" for number in range(30)]
    zeros = dict.fromkeys(
        ("total", "failed", "success", "inProgress", "notYetStarted", "cancelled"), 0
    )
    asked: list[str] = []

    def respond(request: web.Request) -> web.Response:
        asked.append(request.path)
        value = [{"id": id_, "status": "Succeeded", "summary": zeros} for id_ in ids]
        return web.json_response({"value": value, "@nextLink": f"{request.url}&skip=30"})

    async with answering(respond) as endpoint:
        findings = await examined({"endpoint": endpoint, "document_translation": {"batches": ids}})
    assert asked == ["/", "/translator/document/batches"]
    assert [each.what for each in findings[-30:]] == ["is Succeeded"] * 30


async def test_each_list_of_an_api_is_read() -> None:
    """One page of each, the fourth as well; of a job that no list shows, its own answer."""
    asked: list[str] = []

    def respond(request: web.Request) -> web.Response:
        asked.append(request.path)
        url = f"{request.url.origin()}{request.path}/{BATCH}"
        return web.json_response({"values": [{"self": url, "status": "Running"}]})

    section = {"discover": True, "operations": [f"evaluations/{BATCH}"]}
    async with answering(respond) as endpoint:
        findings = await examined({"endpoint": endpoint, "custom_speech": section})
    lists = [f"/speechtotext/{name}" for name in ("datasets", "models", "endpoints", "evaluations")]
    assert asked == ["/", *lists]
    assert [finding.what for finding in findings[-2:]] == [
        "its first page has 4 operations",
        "is Running",
    ]


async def test_time_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found until then is said."""
    monkeypatch.setattr(resource_check, "RESOURCE_SECONDS", 0.5)
    slow = {
        "poll": {"requests_per_second": 0.5},
        "video_translation": {"operations": ["one", "b2b"]},
    }
    async with served(simulator().app()) as endpoint:
        findings = await examined({"endpoint": endpoint, **slow})
    assert [each.kind for each in findings[-2:]] == ["fine", "no-time"]
    assert "within 0.5 s" in findings[-1].what


def test_every_kind_says_what_to_do() -> None:
    """In one sentence or two clauses of it, that ends."""
    for name, kind in KINDS.items():
        assert kind.means
        if kind.severity is not Severity.OK:
            assert kind.remedy.endswith("."), name
            assert kind.remedy.count(". ") == 0, name
