"""`check --live` on the way to a resource: name, TCP, proxy, TLS, clock, and the configuration."""

import asyncio
import socket
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from exporter.doctor import connection_check
from exporter.doctor.connection_check import STEP_SECONDS
from exporter.doctor.kinds import Severity
from exporter.simulator.server import DEFAULT_KEY
from tests.support.doctor import (
    LISTED,
    ONE,
    Found,
    answering,
    black_hole,
    examined,
    is_worst,
    refusing,
    sending,
    simulator,
    tls_server,
)
from tests.support.local import served
from tests.support.secure import Authority, Proxy, served_tls


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


jumping = pytest.mark.jumping  # so that a step's time is the same on a busy machine


# Nothing wrong


@jumping
async def test_a_healthy_resource(tmp_path: Path, ours: Authority) -> None:
    """All is ok, each step is said, each thing is asked once with each key, and `/` without."""
    azure = simulator()
    keys = {"key_file": tmp_path / "first", "secondary_key_file": tmp_path / "second"}
    for path in keys.values():
        path.write_text(DEFAULT_KEY)
    auth = {name: str(path) for name, path in keys.items()}
    async with served_tls(azure.app(), ours.server()) as endpoint:
        tls = {"ca_file": ours.ca_file}
        findings = await examined({"endpoint": endpoint, "auth": auth, "tls": tls, **LISTED})
    assert {each.severity for each in findings} == {Severity.OK}
    steps = ["name", "tcp", "tls", "http", "clock", "key", "key", "list", "one"]
    assert [each.subject for each in findings] == steps
    assert findings[2].what.startswith("TLSv1.3, the certificate of trustme v")
    assert findings[2].what.endswith(" is valid until 3000-01-01")
    assert findings[-1].what == "is Running"
    assert azure.requests == {
        "GET /": 1,
        "GET /videotranslation/translations": 2,
        "GET /videotranslation/operations/one": 1,
    }


@jumping
async def test_what_says_only_who_asks_gets_no_key() -> None:
    """The steps before the key carry nothing secret."""
    seen: list[tuple[str, bool]] = []

    def respond(request: web.Request) -> web.Response:
        seen.append((request.path, DEFAULT_KEY in str(request.headers)))
        return web.json_response({"id": "one", "status": "Running"})

    async with answering(respond) as endpoint:
        await examined({"endpoint": endpoint, **ONE})
    assert seen == [("/", False), ("/videotranslation/operations/one", True)]


@jumping
async def test_black_holes_beside_a_healthy_resource() -> None:
    """All are tried at the same time, and reported in the order of the configuration."""
    with black_hole() as silent:
        async with served(simulator().app()) as endpoint:
            holes = [{"endpoint": f"https://{silent}", **ONE} for _ in range(9)]
            loop = asyncio.get_running_loop()
            begun = loop.time()
            findings = await examined(*holes, {"endpoint": endpoint, **ONE})
            took = loop.time() - begun
    names = dict.fromkeys(each.resource for each in findings)
    assert list(names) == [f"r{number}" for number in range(10)]
    assert STEP_SECONDS <= took < 2 * STEP_SECONDS
    healthy = {each.kind for each in findings if each.resource == "r9"}
    assert healthy == {"plain-key", "fine"}


# Name and TCP


@jumping
async def test_a_host_that_does_not_resolve() -> None:
    """Nothing after it is tried, and that is said."""
    findings = await examined({"endpoint": "https://contoso.invalid", **ONE})
    said = "contoso.invalid cannot be resolved: "
    is_worst(findings, Found("name-unknown", "name", said, "Correct the host, or the DNS"))
    assert findings[-1].what == "skipped: tcp, tls, http, key, video_translation"


async def test_a_resolver_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not waited for, neither then nor at the end."""
    monkeypatch.setattr(connection_check, "STEP_SECONDS", 0.5)

    def slow(*_: object, **__: object) -> list[object]:
        time.sleep(4)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    begun = time.monotonic()
    findings = await examined({"endpoint": "https://contoso.invalid", **ONE})
    assert time.monotonic() - begun < 3
    is_worst(findings, Found("name-unknown", "name", "no answer within 0.5 s", "the DNS of this"))


@jumping
async def test_a_port_that_refuses() -> None:
    """Address and port are said."""
    with refusing() as address:
        findings = await examined({"endpoint": f"https://{address}", **ONE})
    port = address.rpartition(":")[2]
    said = f"127.0.0.1 refuses connections to port {port}"
    is_worst(findings, Found("refused", "tcp", said, "Correct host and port"))


@jumping
async def test_a_black_hole() -> None:
    """It costs the time of a step, and no more."""
    loop = asyncio.get_running_loop()
    with black_hole() as address:
        begun = loop.time()
        findings = await examined({"endpoint": f"https://{address}", **ONE})
        took = loop.time() - begun
    said = "does not answer within 5 s"
    is_worst(findings, Found("unreachable", "tcp", said, "Let this machine reach the host"))
    assert STEP_SECONDS <= took < 2 * STEP_SECONDS
    assert findings[-1].what == "skipped: tls, http, key, video_translation"


# TLS


def old(authority: Authority) -> ssl.SSLContext:
    context = authority.server()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1 is deprecated"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1_1 is deprecated"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def without_its_intermediate(authority: Authority) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    issued = authority.ca.create_child_ca().issue_cert("127.0.0.1")
    with issued.private_key_pem.tempfile() as key, issued.cert_chain_pems[0].tempfile() as cert:
        context.load_cert_chain(cert, key)
    return context


def self_signed(authority: Authority) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca = type(authority.ca)()
    with ca.private_key_pem.tempfile() as key, ca.cert_pem.tempfile() as cert:
        context.load_cert_chain(cert, key)
    return context


def of_a_stranger(authority: Authority) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    type(authority.ca)().issue_cert("127.0.0.1").configure_cert(context)
    return context


def too_early(authority: Authority) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    begin = datetime(2900, 1, 2, tzinfo=UTC)
    authority.ca.issue_cert("127.0.0.1", not_before=begin).configure_cert(context)
    return context


def demanding(authority: Authority) -> ssl.SSLContext:
    context = authority.server()
    context.verify_mode = ssl.CERT_REQUIRED
    authority.ca.configure_trust(context)
    return context


def demanding_by_tls_1_2(authority: Authority) -> ssl.SSLContext:
    context = demanding(authority)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


CERTIFICATES: dict[str, tuple[Callable[[Authority], ssl.SSLContext], Found]] = {
    "expired": (
        lambda ours: ours.server(until=datetime(2020, 1, 1, tzinfo=UTC)),
        Found("tls-expired", "tls", "expired on 2020-01-01, issued by trustme", "Renew"),
    ),
    "not valid yet": (
        too_early,
        Found("tls-early", "tls", "is valid only from 2900-01-02 00:00 UTC, issued by", "clock"),
    ),
    "ends soon": (
        lambda ours: ours.server(until=datetime.now(UTC) + timedelta(days=12, hours=1)),
        Found("tls-ending", "tls", "which is in 12 days", "Renew the server's"),
    ),
    "another name": (
        lambda ours: ours.server("speech.example"),
        Found("tls-name", "tls", "is for speech.example, not for 127.0.0.1", "tls.server_name"),
    ),
    "self-signed": (
        self_signed,
        Found("tls-self-signed", "tls", "self-signed certificate", "tls.ca_file"),
    ),
    "an unknown authority": (
        of_a_stranger,
        Found("tls-authority", "tls", "unable to get local issuer", "tls.ca_file"),
    ),
    "an intermediate is missing": (
        without_its_intermediate,
        Found("tls-authority", "tls", "unable to get local issuer", "send its whole chain"),
    ),
}


@pytest.mark.parametrize("problem", CERTIFICATES)
@jumping
async def test_certificates(ours: Authority, problem: str) -> None:
    """What is wrong with it, who issued it and until when; no key goes there, unless it is good."""
    context, found = CERTIFICATES[problem]
    azure = simulator()
    async with served_tls(azure.app(), context(ours)) as endpoint:
        tls = {"ca_file": ours.ca_file}
        findings = await examined({"endpoint": endpoint, "tls": tls, **ONE})
    is_worst(findings, found)
    assert sum(azure.requests.values()) == (2 if problem == "ends soon" else 0)


REFUSALS: dict[str, tuple[Callable[[Authority], ssl.SSLContext], Found]] = {
    "an old protocol": (
        old,
        Found("tls-protocol", "tls", "only versions before TLS 1.2", "Enable TLS 1.2 or newer"),
    ),
    "a client certificate, TLS 1.3": (
        demanding,
        Found("tls-client", "http", "certificate required", "tls.cert_file"),
    ),
    "a client certificate, TLS 1.2": (
        demanding_by_tls_1_2,
        Found("tls-client", "tls", "it may require a client certificate", "tls.cert_file"),
    ),
}


@pytest.mark.parametrize("problem", REFUSALS)
@jumping
async def test_a_server_that_refuses_tls(ours: Authority, problem: str) -> None:
    """What it says of protocols and of the client's certificate."""
    context, found = REFUSALS[problem]
    with tls_server(context(ours)) as address:
        tls = {"ca_file": ours.ca_file}
        is_worst(await examined({"endpoint": f"https://{address}", "tls": tls, **ONE}), found)


@jumping
async def test_a_client_certificate_that_is_accepted(ours: Authority) -> None:
    """It is shown, and all is well."""
    async with served_tls(simulator().app(), demanding(ours)) as endpoint:
        tls = {"ca_file": ours.ca_file, **ours.client("client", "exporter.example")}
        findings = await examined({"endpoint": endpoint, "tls": tls, **ONE})
    assert {each.kind for each in findings} == {"plain-key", "fine"}


@jumping
async def test_a_server_without_tls() -> None:
    """An http server behind an https endpoint."""
    async with served(simulator().app()) as endpoint:
        findings = await examined({"endpoint": endpoint.replace("http:", "https:"), **ONE})
    is_worst(findings, Found("tls-none", "tls", "does not speak TLS", "Correct the port"))


@pytest.mark.parametrize(
    ("scheme", "words", "found"),
    [
        ("https", None, Found("silent", "tls", "TLS: no answer within 5 s", "firewall")),
        ("https", b"", Found("tls-failed", "tls", "closed the connection during TLS", "proxy")),
        ("http", None, Found("silent", "http", "a request: no answer within", "firewall")),
        ("http", b"", Found("silent", "http", "closed the connection", "Check which server")),
        (
            "http",
            b"SSH-2.0-OpenSSH\r\n\r\n",
            Found("silent", "http", "the response is not HTTP", "C"),
        ),
        (
            "http",
            b"x" * 300_000,
            Found("silent", "http", "headers of the response are too long", "Check"),
        ),
    ],
)
@jumping
async def test_a_server_that_is_none(scheme: str, words: bytes | None, found: Found) -> None:
    """What connects but does not speak."""
    async with sending(words) as address:
        is_worst(await examined({"endpoint": f"{scheme}://{address}", **ONE}), found)


@jumping
async def test_a_proxy_that_adds_long_headers() -> None:
    """They are read here as by the exporter itself."""

    def padded(_request: web.Request) -> web.Response:
        return web.json_response({"status": "Running"}, headers={"X-Proxy": "x" * 30_000})

    async with answering(padded) as endpoint:
        findings = await examined({"endpoint": endpoint, **ONE})
    assert not [finding for finding in findings if finding.severity is Severity.ERROR]
    assert "http" in {finding.subject for finding in findings}


# Proxies


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (
            "407 Proxy Authentication Required",
            Found("proxy-login", "proxy", "HTTP 407", "use the proxy without a user"),
        ),
        (
            "403 Forbidden",
            Found("proxy-refused", "proxy", "HTTP 403 to CONNECT 127.0.0.1:", "Allow CONNECT"),
        ),
        (
            "502 Bad Gateway",
            Found("proxy-refused", "proxy", "HTTP 502 to CONNECT", "Allow CONNECT"),
        ),
    ],
)
@jumping
async def test_a_proxy_that_refuses(ours: Authority, answer: str, found: Found) -> None:
    """Its status is said, and nothing came to Azure."""
    azure = simulator()
    async with (
        served_tls(azure.app(), ours.server()) as endpoint,
        Proxy(answer).running() as proxy,
    ):
        tls = {"ca_file": ours.ca_file}
        findings = await examined({"endpoint": endpoint, "tls": tls, "proxy": proxy, **ONE})
    is_worst(findings, found)
    assert not azure.requests


@pytest.mark.parametrize(
    ("scheme", "words", "found"),
    [
        ("http", b"", Found("proxy-broken", "proxy", "closed the connection on CONNECT", "names")),
        ("http", None, Found("proxy-broken", "proxy", "no answer within 5 s", "names an HTTP")),
        ("http", b"220 mail\r\n\r\n", Found("proxy-broken", "proxy", "is not an HTTP proxy", "")),
        ("https", b"HTTP/1.1 400 no\r\n\r\n", Found("proxy-broken", "proxy", "TLS to the", "sche")),
    ],
)
@jumping
async def test_a_proxy_that_is_none(scheme: str, words: bytes | None, found: Found) -> None:
    """It dies, is silent, or speaks something else."""
    async with sending(words) as address:
        way = {"endpoint": "https://contoso.invalid", "proxy": f"{scheme}://{address}"}
        is_worst(await examined({**way, **ONE}), found)


@jumping
async def test_a_proxy_that_is_not_there() -> None:
    """The fault is the proxy's, not the endpoint's."""
    with refusing() as address:
        way = {"endpoint": "https://contoso.invalid", "proxy": f"http://{address}"}
        findings = await examined({**way, **ONE})
    found = Found("proxy-unreachable", "tcp", "proxy: 127.0.0.1 refuses", "Correct proxy")
    is_worst(findings, found)
    way["proxy"] = "http://proxy.invalid:3128"
    said = "proxy: proxy.invalid cannot be resolved"
    findings = await examined({**way, **ONE})
    is_worst(findings, Found("proxy-unreachable", "name", said, "let this machine reach it"))


@jumping
async def test_a_proxy_that_works(ours: Authority) -> None:
    """It is asked for the endpoint, for TLS as for the rest."""
    proxy = Proxy()
    async with served_tls(simulator().app(), ours.server()) as endpoint, proxy.running() as url:
        tls = {"ca_file": ours.ca_file}
        findings = await examined({"endpoint": endpoint, "tls": tls, "proxy": url, **ONE})
        refused = await examined({"endpoint": endpoint, "proxy": url, **ONE})
    assert {each.kind for each in findings} == {"plain-key", "fine"}
    assert set(proxy.requests) == {f"CONNECT {endpoint.removeprefix('https://')}"}
    is_worst(refused, Found("tls-authority", "tls", "issued by trustme", "tls.ca_file"))


@jumping
async def test_a_proxy_behind_tls(ours: Authority) -> None:
    """It is trusted as the endpoint is: by tls.ca_file."""
    proxy = Proxy()
    server = await asyncio.start_server(proxy._serve, "127.0.0.1", 0, ssl=ours.server())
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, served_tls(simulator().app(), ours.server()) as endpoint:
        tls = {"ca_file": ours.ca_file}
        findings = await examined({"endpoint": endpoint, "tls": tls, "proxy": url, **ONE})
        unknown = await examined({"endpoint": endpoint, "proxy": url, **ONE})
    assert {each.kind for each in findings} == {"plain-key", "fine"}
    said = "the certificate of the proxy is rejected: unable to get local issuer"
    is_worst(unknown, Found("proxy-broken", "proxy", said, "names an HTTP proxy"))


# The clock


@pytest.mark.parametrize(
    ("ahead", "found"),
    [
        (40, Found("clock", "clock", "s behind Azure's", "Enable time synchronisation")),
        (-40, Found("clock", "clock", "s ahead of Azure's", "Enable time synchronisation")),
        (3600, Found("clock-wrong", "clock", "3600 s behind Azure's", "Correct this machine's")),
        (-3600, Found("clock-wrong", "clock", "s ahead of Azure's", "tokens and certificates")),
        (20, Found("plain-key", "key", "", "")),
    ],
)
@jumping
async def test_the_clock(ahead: float, found: Found) -> None:
    """It is compared with the answer's date; more than 30 seconds matter."""
    async with served(simulator(ahead=ahead).app()) as endpoint:
        is_worst(await examined({"endpoint": endpoint, **ONE}), found)


@jumping
async def test_an_answer_without_a_date() -> None:
    """The clock is not judged, and that is said."""
    async with sending(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as address:
        findings = await examined({"endpoint": f"http://{address}", "video_translation": {}})
    assert [each.kind for each in findings if each.subject == "clock"] == ["clock-unknown"]


# The configuration


@pytest.mark.parametrize(
    ("resource", "found"),
    [
        (
            {"endpoint": "https://eastus.api.cognitive.microsoft.com", "document_translation": {}},
            Found(
                "regional", "endpoint", "eastus.api.cognitive.microsoft.com is shared", "own dom"
            ),
        ),
        (
            {"endpoint": "https://api.cognitive.microsofttranslator.com"},
            Found("regional", "endpoint", "needs the resource's own domain", "https://NAME."),
        ),
        (
            {"endpoint": "http://contoso.invalid", "allow_http": True},
            Found("plain-http", "endpoint", "is sent unencrypted", "Write https"),
        ),
        (
            {"endpoint": "https://contoso.invalid"},
            Found("foreign-domain", "endpoint", "not in one of Azure's domains", "may be sent to"),
        ),
        (
            {"endpoint": "https://contoso.cognitiveservices.azure.com"},
            Found("plain-key", "key", "is in the configuration", "Put the key into a file"),
        ),
        (
            {"avatar": {"operations": ["abc", "def", "ghi"], "requests_per_minute": 2}},
            Found(
                "over-budget",
                "budget",
                "3 operations need 6 requests a minute; the API allows 2",
                "Raise interval",
            ),
        ),
        (
            {"qna_maker": {"operations": ["a", "b"]}, "poll": {"requests_per_second": 0.01}},
            Found(
                "over-budget", "budget", "need 0.06667 requests a second; the budget is 0.01", "R"
            ),
        ),
    ],
)
@jumping
async def test_the_configuration_alone(
    monkeypatch: pytest.MonkeyPatch, resource: dict[str, object], found: Found
) -> None:
    """What can be said without asking anybody is said, whatever else comes."""

    def nowhere(*_: object, **__: object) -> None:
        raise OSError(0, "no network")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    base: dict[str, object] = {"endpoint": "https://contoso.cognitiveservices.azure.com"}
    if not resource.keys() & {"avatar", "qna_maker"}:
        base["document_translation"] = {}
    findings = await examined(base | resource)
    [it] = [each for each in findings if each.kind == found.kind]
    assert it.subject == found.subject
    assert found.words in it.what
    assert found.remedy in it.remedy
