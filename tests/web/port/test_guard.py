"""The exporter's own port, secured: real TLS, real passwords, clients that are slow or rude."""

import asyncio
import base64
import gzip
import re
import resource
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import bcrypt
import pytest
import trustme
from aiohttp import web

from exporter.exposition.pages import Pages
from exporter.settings.yaml_file import ConfigError
from exporter.telemetry import logs
from exporter.telemetry.exporter_metrics import REFUSALS
from exporter.telemetry.metrics import Telemetry
from exporter.web.port import guard as guard_module
from exporter.web.port import users as users_module
from exporter.web.port.guard import Guard, Protection
from exporter.web.port.names import PortNames
from exporter.web.port.progress import PortLimits
from exporter.web.port.users import BusyError, Users, credentials, matches
from exporter.web.port.web_config import WebConfig, load_web
from exporter.web.server import MetricsRoutes, listening
from exporter.web.status.rendering import page
from tests.support.processor import own_time

CA = trustme.CA()
STRANGER = trustme.CA()
SERVER = CA.issue_cert("localhost", "127.0.0.1")
PASSWORD = "correct horse"  # noqa: S105  nobody's
# The salt is fixed: cases are named after texts with this.
HASH = bcrypt.hashpw(PASSWORD.encode(), b"$2b$04$Ve55dNY/U1M1a8Yhu.zgle").decode()
TLS = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n"
MUTUAL = TLS + "  client_ca_file: ca.pem\n  client_auth_type: RequireAndVerifyClientCert\n"
USERS = f"basic_auth_users:\n  alice: {HASH}\n"
Auth = dict[str, str]


def basic(user: str, password: str) -> Auth:
    said = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {said}"}


ALICE = basic("alice", PASSWORD)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A certificate, its key, and who signs clients' certificates."""
    written(tmp_path, SERVER)
    CA.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return tmp_path


def written(folder: Path, leaf: trustme.LeafCert) -> None:
    leaf.private_key_pem.write_to_path(str(folder / "server.key"))
    leaf.cert_chain_pems[0].write_to_path(str(folder / "server.pem"))


@dataclass
class Port:
    """A guarded port: `/metrics` answers when it is `free`."""

    address: str
    guard: Guard
    telemetry: Telemetry
    free: asyncio.Event

    @property
    def host(self) -> tuple[str, int]:
        host, _, port = self.address.rpartition(":")
        return host, int(port)

    def refused(self) -> dict[str, float]:
        """Refusals so far, by reason."""
        counts = {
            reason: self.telemetry.registry.collectors.get_sample_value(
                "azure_ai_exporter_web_refused_total", {"reason": reason}
            )
            for reason in REFUSALS
        }
        return {reason: count for reason, count in counts.items() if count}

    def successful(self) -> float | None:
        name = "azure_ai_exporter_web_config_last_reload_successful"
        return self.telemetry.registry.collectors.get_sample_value(name)


@asynccontextmanager
async def guarded(
    folder: Path,
    text: str = "",
    *,
    open_health: bool = False,
    limits: PortLimits | None = None,
    prefix: str = "",
) -> AsyncIterator[Port]:
    """A port with this web configuration, watched."""
    path = folder / "web.yaml"
    path.write_text(text)
    config = load_web(path) if text else WebConfig()
    protection = Protection(path if text else None, config, open_health, limits or PortLimits())
    free = asyncio.Event()
    free.set()

    async def metrics(_request: web.Request) -> web.Response:
        await free.wait()
        return web.Response(text="metrics\n")

    async def body(request: web.Request) -> web.Response:
        return web.Response(text=f"{len(await request.read())}\n")

    async def big(_request: web.Request) -> web.Response:
        return web.Response(body=bytes(32_000_000))

    async def broken(_request: web.Request) -> web.Response:
        raise ValueError("broken")

    async def status(request: web.Request) -> web.Response:
        return await page(request, "message.html", title="A page", text="of ours")

    routes = {
        "/": status,
        "/metrics": metrics,
        "/probe": metrics,
        "/api/v1/operations": metrics,
        "/sd": metrics,
        "/big": big,
        "/broken": broken,
        "/-/healthy": metrics,
        "/-/ready": metrics,
    }
    names = PortNames(route_prefix=prefix)
    application = web.Application()
    names.mounted(application, [web.get(route, handler) for route, handler in routes.items()])
    application.router.add_post("/body", body)
    telemetry = Telemetry()
    guard = Guard(protection, telemetry, names)
    watching = asyncio.create_task(guard.watch())
    try:
        async with listening(guard.protect(application), "127.0.0.1", 0, guard) as address:
            yield Port(address, guard, telemetry, free)
    finally:
        watching.cancel()


def client_context(
    leaf: trustme.LeafCert | None = None, ca: trustme.CA = CA, newest: str = "TLSv1_3"
) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # without the system's own authorities
    ca.configure_trust(context)
    context.maximum_version = ssl.TLSVersion[newest]
    if leaf:
        leaf.configure_cert(context)
    return context


async def get(
    port: Port,
    path: str = "/metrics",
    context: ssl.SSLContext | None = None,
    auth: Auth | None = None,
) -> tuple[int, str]:
    """Status and body, over a connection of its own."""
    url = f"{'https' if context else 'http'}://{port.address}{path}"
    async with (
        aiohttp.ClientSession() as session,
        session.get(url, ssl=context or True, headers=auth) as answer,
    ):
        return answer.status, await answer.text()


async def eventually(port: Port, met: str, seconds: float = 30) -> None:
    """A refusal of this kind, soon."""
    async with asyncio.timeout(seconds):
        while met not in port.refused():
            await asyncio.sleep(0.02)


async def empty(port: Port) -> None:
    """No connection is left, soon."""
    async with asyncio.timeout(30):
        while len(port.guard.connections):
            await asyncio.sleep(0.02)


async def under_way(port: Port, path: str, count: int) -> None:
    """So many requests are being answered, soon."""
    async with asyncio.timeout(30):
        while port.guard._requests[path] < count:
            await asyncio.sleep(0.02)


# TLS

CLIENT = CA.issue_cert("prometheus.example", "spiffe@example.org", "2001:db8::1")
EXPIRED = CA.issue_cert("prometheus.example", not_after=datetime.now(UTC) - timedelta(days=1))


@pytest.mark.parametrize(
    ("text", "leaf", "welcome"),
    [
        pytest.param(TLS, None, True, id="nobody is asked"),
        pytest.param(TLS, STRANGER.issue_cert("x"), True, id="nobody asks the stranger"),
        pytest.param(MUTUAL, CLIENT, True, id="the right one"),
        pytest.param(MUTUAL, None, False, id="none"),
        pytest.param(MUTUAL, STRANGER.issue_cert("prometheus.example"), False, id="wrong CA"),
        pytest.param(MUTUAL, EXPIRED, False, id="expired"),
        pytest.param(MUTUAL.replace("RequireAnd", "").replace("Cert\n", "CertIfGiven\n"), None,
                     True, id="if given: none"),
        pytest.param(MUTUAL.replace("RequireAnd", "").replace("Cert\n", "CertIfGiven\n"), CLIENT,
                     True, id="if given: the right one"),
        pytest.param(MUTUAL.replace("RequireAnd", "").replace("Cert\n", "CertIfGiven\n"),
                     STRANGER.issue_cert("x"), False, id="if given: wrong CA"),
        pytest.param(MUTUAL + "  client_allowed_sans: [a, prometheus.example]\n", CLIENT, True,
                     id="its DNS name"),
        pytest.param(MUTUAL + "  client_allowed_sans: [spiffe@example.org]\n", CLIENT, True,
                     id="its e-mail address"),
        pytest.param(MUTUAL + '  client_allowed_sans: ["2001:DB8:0::1"]\n', CLIENT, True,
                     id="its address"),
        pytest.param(MUTUAL + "  client_allowed_sans: [grafana.example]\n", CLIENT, False,
                     id="another name"),
        pytest.param(MUTUAL + "  client_allowed_sans: [PROMETHEUS.example]\n", CLIENT, False,
                     id="nearly its name"),
        pytest.param(MUTUAL + "  client_allowed_sans: [prometheus.example]\n",
                     STRANGER.issue_cert("prometheus.example"), False, id="name and wrong CA"),
        pytest.param(MUTUAL + "  client_allowed_sans: [prometheus.example]\n", EXPIRED, False,
                     id="name and expired"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("newest", ["TLSv1_2", "TLSv1_3"])
async def test_certificates_of_clients(
    folder: Path, text: str, leaf: trustme.LeafCert | None, welcome: bool, newest: str
) -> None:
    """Who is not welcome reads nothing, and is counted."""
    async with guarded(folder, text) as port:
        context = client_context(leaf, newest=newest)
        if welcome:
            assert await get(port, context=context) == (200, "metrics\n")
            assert port.refused() == {}
        else:
            with pytest.raises((aiohttp.ClientError, ConnectionError, ssl.SSLError)):
                await get(port, context=context)
            await eventually(port, "tls")
            assert port.refused().keys() == {"tls"}
        await empty(port)


async def test_who_signed_may_be_between(folder: Path) -> None:
    """As in Go, an intermediate CA alone is enough to trust its own clients, and only those."""
    between = CA.create_child_ca()
    between.cert_pem.write_to_path(str(folder / "ca.pem"))
    async with guarded(folder, MUTUAL) as port:
        context = client_context(between.issue_cert("x"))
        assert await get(port, context=context) == (200, "metrics\n")
        with pytest.raises((aiohttp.ClientError, ConnectionError)):
            await get(port, context=client_context(CLIENT))


@pytest.mark.parametrize(
    ("versions", "client", "spoken"),
    [
        ("min_version: TLS12", "TLSv1_2", True),
        ("min_version: TLS13", "TLSv1_2", False),
        ("min_version: TLS13", "TLSv1_3", True),
        ("max_version: TLS12", "TLSv1_3", False),
    ],
)
async def test_versions_are_enforced(
    folder: Path, versions: str, client: str, spoken: bool
) -> None:
    """A client of one version alone is let in or not."""
    async with guarded(folder, f"{TLS}  {versions}\n") as port:
        context = client_context(newest=client)
        context.minimum_version = ssl.TLSVersion[client]
        if spoken:
            assert await get(port, context=context) == (200, "metrics\n")
        else:
            with pytest.raises(aiohttp.ClientConnectorError):
                await get(port, context=context)


async def test_the_cipher_suite_is_the_one_that_is_named(folder: Path) -> None:
    """A client that speaks TLS 1.2 gets it, whatever it likes best."""
    suite = "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
    async with guarded(folder, f"{TLS}  cipher_suites: [{suite}]\n") as port:
        context = client_context(newest="TLSv1_2")
        _, writer = await asyncio.open_connection(*port.host, ssl=context)
        assert writer.get_extra_info("cipher")[0] == "ECDHE-ECDSA-CHACHA20-POLY1305"
        writer.close()
        await writer.wait_closed()


async def test_plain_http_is_not_spoken_where_tls_is(folder: Path) -> None:
    """The connection ends without an answer."""
    async with guarded(folder, TLS) as port:
        with pytest.raises(aiohttp.ClientError):
            await get(port)
        await eventually(port, "tls")
        await empty(port)


# Users


@pytest.mark.parametrize(
    ("user", "password", "status"),
    [
        ("alice", PASSWORD, 200),
        ("alice", "wrong", 401),
        ("alice", "", 401),
        ("alice", "x" * 500, 401),
        ("alice", PASSWORD + "\0", 401),
        ("Alice", PASSWORD, 401),
        ("bob", PASSWORD, 401),
        ("", PASSWORD, 401),
        ("", "", 401),
    ],
)
async def test_users(folder: Path, user: str, password: str, status: int) -> None:
    """The right password of a known user, and nothing else; twice, so that the memory is asked."""
    async with guarded(folder, USERS) as port:
        for _ in range(2):
            auth = basic(user, password)
            assert (await get(port, auth=auth))[0] == status
        assert port.refused() == ({} if status == 200 else {"users": 2})


async def test_who_says_nothing_is_asked(folder: Path) -> None:
    """401 on every path, also one that is not there; a browser learns how to ask."""
    async with guarded(folder, TLS + USERS) as port:
        context = client_context()
        async with aiohttp.ClientSession(f"https://{port.address}") as session:
            for path in ("/", "/metrics", "/probe", "/nothing", "/-/healthy", "/-/ready"):
                async with session.get(path, ssl=context) as answer:
                    assert answer.status == 401
                    asked = answer.headers["WWW-Authenticate"]
                    assert asked == 'Basic realm="azure-ai-exporter", charset="UTF-8"'
                    assert "metrics" not in await answer.text()
        assert await get(port, context=context, auth=ALICE) == (200, "metrics\n")


async def test_a_browser_is_asked_as_well() -> None:
    """It gets no page instead: with one it would not ask its user."""
    config = WebConfig.model_validate({"basic_auth_users": {"alice": HASH}})
    guard = Guard(Protection(config=config), Telemetry())
    face = MetricsRoutes(Pages(), Telemetry(), lambda: 0)
    async with (
        listening(guard.protect(face.application()), "127.0.0.1", 0, guard) as address,
        aiohttp.ClientSession(f"http://{address}", headers={"Accept": "text/html"}) as session,
    ):
        async with session.get("/") as answer:
            assert answer.status == 401
            assert "WWW-Authenticate" in answer.headers
            assert await answer.text() == "authentication is required\n"
        async with session.get("/nothing", headers=ALICE) as answer:
            assert answer.status == 404
            assert answer.content_type == "text/html"


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("Basic YWxpY2U6cGFzczp3b3Jk", ("alice", b"pass:word")),
        ("basic  YWxpY2U6", ("alice", b"")),
        ("Basic w6Q6w7Y=", ("ä", "ö".encode())),
        ("Basic /zr/", ("\udcff", b"\xff")),
        ("Basic YWxpY2U=", None),
        ("Basic !!!!", None),
        ("Basic ä", None),
        ("Basic", None),
        ("Bearer YWxpY2U6cGFzcw==", None),
        ("", None),
    ],
)
def test_credentials(header: str, found: tuple[str, bytes] | None) -> None:
    """What RFC 7617 says; anything else is nobody, and no exception."""
    assert credentials(header) == found


def costs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The cost of each bcrypt that is run from now on."""
    run: list[int] = []
    checkpw = bcrypt.checkpw

    def counted(password: bytes, hashed: bytes) -> bool:
        run.append(int(hashed.split(b"$")[2]))
        return checkpw(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    return run


def test_a_user_who_is_none_costs_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same work for each: right, wrong and unknown, also where costs differ."""
    run = costs(monkeypatch)
    dear = bcrypt.hashpw(b"x", bcrypt.gensalt(7)).decode()
    for hashed, password, right in [
        (HASH, PASSWORD.encode(), True),
        (HASH, b"wrong", False),
        (dear, b"x", True),
        (dear, b"y", False),
        (None, b"x", False),
        (None, b"", False),
    ]:
        run.clear()
        assert matches(hashed, password, 7) is right
        assert sum(2**cost for cost in run) == 2**7


async def test_one_bcrypt_for_many_scrapes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A right password is checked once, even ten at once; a wrong one always."""
    run = costs(monkeypatch)
    users, hashes = Users(), {"alice": HASH}
    right = [users.authenticate(hashes, ("alice", PASSWORD.encode())) for _ in range(10)]
    assert await asyncio.gather(*right) == [True] * 10
    assert len(run) == 1
    for _ in range(3):
        assert not await users.authenticate(hashes, ("alice", b"wrong"))
        assert not await users.authenticate(hashes, ("bob", PASSWORD.encode()))
    assert len(run) == 7
    assert await users.authenticate(hashes, ("alice", PASSWORD.encode()))
    assert len(run) == 7
    other = bcrypt.hashpw(b"other", bcrypt.gensalt(4)).decode()
    assert not await users.authenticate({"alice": other}, ("alice", PASSWORD.encode())), (
        "a new password"
    )
    assert not await users.authenticate({"bob": HASH}, ("alice", PASSWORD.encode())), (
        "no user any more"
    )
    assert all(PASSWORD.encode() not in mark for mark in users._valid_digests)


async def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """As are the checks that wait; who is remembered needs none."""
    monkeypatch.setattr(users_module, "_MOST_KEPT", 3)
    monkeypatch.setattr(users_module, "_MOST_WAITING", 2)
    users = Users()
    hashes = {f"user{number}": HASH for number in range(5)}
    for user in hashes:
        assert await users.authenticate(hashes, (user, PASSWORD.encode()))
    assert len(users._valid_digests) == 3
    wrong = [users.authenticate(hashes, ("user4", b"wrong")) for _ in range(5)]
    found = await asyncio.gather(*wrong, return_exceptions=True)
    assert sorted(type(each).__name__ for each in found) == ["BusyError"] * 3 + ["bool"] * 2
    assert users._waiting == 0
    assert issubclass(BusyError, Exception)


async def test_the_loop_goes_on_while_a_password_is_checked(folder: Path) -> None:
    """A dear hash is computed beside the event loop; who is remembered does not wait for it."""
    dear = bcrypt.hashpw(b"x", bcrypt.gensalt(4)).decode().replace("$04$", "$13$")
    async with guarded(folder, f"{USERS}  bob: {dear}\n") as port:
        await get(port, auth=ALICE)
        wrong = asyncio.create_task(get(port, auth=basic("bob", "wrong")))
        await asyncio.sleep(0.05)
        with takes(0, 0.2):
            assert await get(port, auth=ALICE) == (200, "metrics\n")
        assert not wrong.done()
        assert (await wrong)[0] == 401


@pytest.mark.parametrize("open_health", [False, True])
@pytest.mark.parametrize("text", ["", USERS, TLS, TLS + USERS, MUTUAL, MUTUAL + USERS])
async def test_health_is_open_only_where_it_is_said(
    folder: Path, text: str, open_health: bool
) -> None:
    """Users are not asked of probes with the flag; a client certificate always is."""
    async with guarded(folder, text, open_health=open_health) as port:
        context = client_context() if "tls" in text else None
        for path in ("/-/healthy", "/-/ready", "/metrics"):
            open_ = "basic" not in text or (open_health and path != "/metrics")
            if "client_ca" in text:
                with pytest.raises((aiohttp.ClientError, ConnectionError)):
                    await get(port, path, context)
                context_with = client_context(CLIENT)
                assert (await get(port, path, context_with))[0] == (200 if open_ else 401)
            else:
                assert (await get(port, path, context))[0] == (200 if open_ else 401)
        if "basic" in text and "client_ca" not in text:
            for path in (
                "//-/healthy",
                "/-/healthy/",
                "/-/healthy/../../metrics",
                "/metrics?-/ready",
            ):
                assert (await get(port, path, context))[0] == 401


async def test_health_is_open_below_a_prefix(folder: Path) -> None:
    """Only probes need no user, whether they name the prefix or not."""
    async with guarded(folder, USERS, open_health=True, prefix="/azure") as port:
        for path, status in {
            "/azure/-/healthy": 200,
            "/azure/-/ready": 200,
            "/azure/metrics": 401,
            "/azure/": 401,
            "/azure": 401,
            "/": 401,
            "/azure/azure/-/healthy": 401,
            "/azure//-/healthy": 401,
            "/-/healthy/azure": 401,
        }.items():
            assert (await get(port, path))[0] == status, path
        assert (await get(port, "/azure/metrics", auth=ALICE))[0] == 200


# Headers


@pytest.mark.parametrize("path", ["/", "/metrics", "/nothing", "/broken", "/-/healthy"])
async def test_headers_of_every_answer(folder: Path, path: str) -> None:
    """Also of errors; a page for people has policies of its own; no version is told."""
    async with (
        guarded(folder) as port,
        aiohttp.ClientSession(f"http://{port.address}") as session,
        session.get(path) as answer,
    ):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        referrer = "same-origin" if path == "/" else "no-referrer"
        assert answer.headers.getall("Referrer-Policy") == [referrer]
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Server"] == "azure-ai-exporter"
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert ("style-src" in policy) == (path == "/")
        assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.parametrize("tls", [False, True])
async def test_headers_of_the_configuration(folder: Path, tls: bool) -> None:
    """They win; an empty one is left out; HSTS means something with TLS alone."""
    text = (
        "http_server_config:\n  headers:\n    X-Frame-Options: sameorigin\n"
        "    Content-Security-Policy: ''\n    Strict-Transport-Security: max-age=60\n"
    )
    async with guarded(folder, (TLS if tls else "") + text) as port:
        url = f"{'https' if tls else 'http'}://{port.address}/"
        async with (
            aiohttp.ClientSession() as session,
            session.get(url, ssl=client_context()) as answer,
        ):
            assert answer.headers["X-Frame-Options"] == "sameorigin"
            assert "Content-Security-Policy" not in answer.headers
            assert answer.headers.get("Strict-Transport-Security") == (
                "max-age=60" if tls else None
            )
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


# While it runs


@pytest.fixture
def _watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard_module, "CHECK_SECONDS", 0.05)


async def until_status(port: Port, status: int, auth: Auth) -> None:
    """This status, soon."""
    async with asyncio.timeout(30):
        while (await get(port, auth=auth))[0] != status:
            await asyncio.sleep(0.05)


@pytest.mark.usefixtures("_watched")
async def test_users_change_at_once(folder: Path) -> None:
    """On a connection that is open already; the old password is forgotten."""
    async with (
        guarded(folder, USERS) as port,
        aiohttp.ClientSession(f"http://{port.address}", headers=ALICE) as session,
    ):
        async with session.get("/metrics") as answer:
            assert answer.status == 200
        new = bcrypt.hashpw(b"new", bcrypt.gensalt(4)).decode()
        (folder / "web.yaml").write_text(f"basic_auth_users:\n  alice: {new}\n")
        await until_status(port, 200, auth=basic("alice", "new"))
        async with session.get("/metrics") as answer:
            assert answer.status == 401
        assert port.successful() == 1


@pytest.mark.usefixtures("_watched")
async def test_certificates_change_while_it_runs(folder: Path) -> None:
    """New connections get the new one; a request on an old connection goes on; CAs can leave."""
    fresh = trustme.CA()
    async with guarded(folder, MUTUAL) as port:
        old = client_context(CLIENT)
        async with aiohttp.ClientSession(f"https://{port.address}") as session:
            async with session.get("/metrics", ssl=old) as answer:
                assert answer.status == 200
            written(folder, fresh.issue_cert("127.0.0.1"))
            fresh.cert_pem.write_to_path(str(folder / "ca.pem"))
            new = client_context(fresh.issue_cert("x"), ca=fresh)
            async with asyncio.timeout(5):
                while True:
                    try:
                        assert (await get(port, context=new))[0] == 200
                        break
                    except aiohttp.ClientError:
                        await asyncio.sleep(0.05)
            mixed = client_context(CLIENT, ca=fresh)
            with pytest.raises((aiohttp.ClientError, ConnectionError)):
                await get(port, context=mixed)
            async with session.get("/metrics", ssl=old) as answer:
                assert answer.status == 200, "the connection from before"


@pytest.mark.usefixtures("_watched")
@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("web.yaml", ""),
        ("web.yaml", "basic_auth_users: {alice: nothing}"),
        ("web.yaml", "tls_server_config:\n"),
        ("web.yaml", None),
        ("server.pem", ""),
        ("server.key", None),
    ],
)
async def test_a_bad_file_changes_nothing(
    folder: Path, file: str, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """Emptied, broken or removed: said once, seen in a metric; the port stays as it was."""
    logs.configure("info", "logfmt")
    text = TLS + USERS
    async with guarded(folder, text) as port:
        before = (folder / file).read_text()
        if content is None:
            (folder / file).unlink()
        else:
            (folder / file).write_text(content)
        async with asyncio.timeout(5):
            while port.successful() != 0:
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.2)
        context = client_context()
        assert await get(port, context=context, auth=ALICE) == (200, "metrics\n")
        assert (await get(port, context=context))[0] == 401
        (folder / file).write_text(before)
        async with asyncio.timeout(5):
            while port.successful() != 1:
                await asyncio.sleep(0.02)


async def test_a_bad_file_at_the_start(folder: Path) -> None:
    """Nothing listens."""
    with pytest.raises(ConfigError, match="basic_auth_user"):
        async with guarded(folder, "basic_auth_user: {}"):
            pass


# Slow, long and many


async def closed(reader: asyncio.StreamReader) -> bytes:
    """What is still answered before the connection ends."""
    try:
        return await asyncio.wait_for(reader.read(), 30)
    except ConnectionError:
        return b""


@contextmanager
def takes(least: float, most: float) -> Iterator[None]:
    """Seconds that something lasts, without those that the machine did something else."""
    begun = own_time()
    yield
    taken = max(own_time() - begun, 0.0)  # waiting may be counted late
    assert least <= taken <= most


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("first", [b"", b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"])
async def test_a_request_by_the_byte_is_cut(folder: Path, tls: bool, first: bytes) -> None:
    """A byte now and then does not keep a connection, neither before nor after a whole request."""
    async with guarded(folder, TLS if tls else "", limits=PortLimits(request=0.6)) as port:
        context = client_context() if tls else None
        reader, writer = await asyncio.open_connection(*port.host, ssl=context)
        writer.write(first)
        if first:
            assert await reader.readuntil(b"metrics\n")
            await asyncio.sleep(1.5)  # idle is not slow
        with takes(0.4, 3):
            ended = asyncio.create_task(closed(reader))
            for byte in b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 1000:
                writer.write(bytes([byte]))
                await asyncio.sleep(0.1)
                if ended.done():
                    break
            assert await ended == b""
        assert port.refused() == {"slow_request": 1}
        writer.close()
        await empty(port)


@pytest.mark.parametrize("tls", [False, True])
async def test_who_says_nothing_is_cut(folder: Path, tls: bool) -> None:
    """Neither a request nor a TLS handshake comes."""
    async with guarded(folder, TLS if tls else "", limits=PortLimits(request=0.6)) as port:
        reader, writer = await asyncio.open_connection(*port.host)
        with takes(0.4, 3):
            assert await closed(reader) == b""
        writer.close()
        await empty(port)


async def test_who_does_not_read_is_cut(folder: Path) -> None:
    """One that asks for much and takes nothing; one that reads gets all of it."""
    async with guarded(folder, limits=PortLimits(take=0.6)) as port:
        reader, writer = await asyncio.open_connection(*port.host)
        writer.write(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
        await eventually(port, "slow_reader")
        await empty(port)
        assert len(await closed(reader)) < 32_000_000
        writer.close()
        assert len((await get(port, "/big"))[1]) == 32_000_000


@pytest.mark.parametrize(
    "head",
    [
        b"GET /metrics?" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 9000 + b"\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\n" + b"X: y\r\n" * 100_000,
        b"".join(b"X-%d: %s\r\n" % (number, b"y" * 8000) for number in range(50)),
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"nonsense\r\n\r\n",
        b"<script>alert(1)</script> / HTTP/1.1\r\n\r\n",
        b"\0" * 100_000,
        b"CONNECT  \r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: x\r\nExpect: \xed\xa0\x80\r\n\r\n",
    ],
    ids=[
        *("line", "header", "headers", "long headers", "TLS", "nonsense", "script", "zeros"),
        *("no target", "no text"),
    ],
)
async def test_a_request_that_is_none(
    folder: Path, head: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    """Refused in a line that repeats nothing, with the headers of any answer, and not logged."""
    async with guarded(folder) as port:
        reader, writer = await asyncio.open_connection(*port.host)
        writer.write(head)
        said = await closed(reader)
        if said:
            assert said.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 "))
            assert said.endswith(b"longer than 8190 bytes\n")
            assert b"Server: azure-ai-exporter" in said
            assert b"X-Content-Type-Options: nosniff" in said
            assert b"script" not in said
        assert port.refused() == {"malformed": 1}
        writer.close()
        await empty(port)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("pieces", [1, 20])
async def test_a_body_is_no_head(folder: Path, pieces: int) -> None:
    """However long it is and in however many pieces it comes, requests behind it are answered."""
    body = b"x" * 200_000
    post = b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n" + body
    get_ = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
    sent = post + get_ + get_
    async with guarded(folder, limits=PortLimits(request=0.6)) as port:
        reader, writer = await asyncio.open_connection(*port.host)
        size = len(sent) // pieces + 1
        for begin in range(0, len(sent), size):
            writer.write(sent[begin : begin + size])
            await asyncio.sleep(0.01)
        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 404 ")
        for _ in range(2):
            assert await reader.readuntil(b"metrics\n")
        await asyncio.sleep(1.5)  # idle is not slow
        writer.write(get_)
        assert await reader.readuntil(b"metrics\n")
        writer.close()
        await empty(port)
        assert port.refused() == {}


def post(body: bytes, path: str = "/body", length: int | None = None, coding: str = "") -> bytes:
    """A request with this body; its length may be another than it says."""
    length = len(body) if length is None else length
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n"
    if coding:
        head += f"Content-Encoding: {coding}\r\n"
    return f"{head}\r\n".encode() + body


def chunked(body: bytes) -> bytes:
    """A request with this body, whose parts say how long they are."""
    length = f"Content-Length: {len(body)}".encode()
    return post(body).replace(length, b"Transfer-Encoding: chunked")


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("path", ["/body", "/nowhere", "/metrics"])
async def test_a_body_that_does_not_come(
    folder: Path, path: str, tls: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Its client is disconnected in the time that a request has, also where nothing reads it."""
    async with guarded(folder, TLS if tls else "", limits=PortLimits(request=0.6)) as port:
        context = client_context() if tls else None
        reader, writer = await asyncio.open_connection(*port.host, ssl=context)
        with takes(0.4, 3):
            writer.write(post(b"a", path, length=400))
            assert b"HTTP/1.1 200" not in await closed(reader)
        writer.close()
        await empty(port)
    assert caplog.records == []


@pytest.mark.parametrize("path", ["/body", "/nowhere"])
async def test_a_body_that_is_abandoned(
    folder: Path, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is left of it, and nothing is logged."""
    async with guarded(folder) as port:
        for _ in range(20):
            _, writer = await asyncio.open_connection(*port.host)
            writer.write(post(b"a", path, length=400))
            await asyncio.sleep(0.01)
            writer.close()
        await empty(port)
        assert port.refused() == {}
    assert caplog.records == []


GZIPPED = gzip.compress(b"a" * 100)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(post(b"no gzip", coding="gzip"), 400, id="no gzip"),
        pytest.param(post(b"no gzip", coding="deflate"), 400, id="no deflate"),
        pytest.param(post(GZIPPED, coding="gzip"), 200, id="gzip"),
        pytest.param(post(gzip.compress(bytes(9_000_000)), coding="gzip"), 413, id="much in gzip"),
        pytest.param(post(bytes(2_000_000)), 413, id="too long"),
        pytest.param(post(b"text", coding="zip"), 200, id="unknown coding"),
        pytest.param(post(b"no gzip", "/nowhere", coding="gzip"), 404, id="nobody reads it"),
        pytest.param(post(b"no gzip", "/metrics", coding="gzip"), 405, id="not wanted"),
        pytest.param(chunked(b"zz\r\n"), 400, id="no length of a part"),
        pytest.param(chunked(b"1\r\nabc\r\n0\r\n\r\n"), 400, id="another length of a part"),
    ],
)
async def test_a_body_that_is_none(
    folder: Path, sent: bytes, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The client is told, and nothing is logged."""
    async with guarded(folder, limits=PortLimits(request=0.6)) as port:
        reader, writer = await asyncio.open_connection(*port.host)
        writer.write(sent)
        said = await closed(reader) if status == 400 else await reader.readline()
        assert re.match(rf"HTTP/1\.[01] {status} ".encode(), said)
        if status == 400:
            assert port.refused() == {"malformed": 1}
            assert b"Server: azure-ai-exporter" in said
        writer.close()
        await empty(port)
    assert caplog.records == []


@pytest.mark.parametrize("prefix", ["", "/azure"])
@pytest.mark.parametrize("path", ["/metrics", "/api/v1/operations", "/sd"])
async def test_scrapes_at_once(folder: Path, path: str, prefix: str) -> None:
    """Further ones are told so at once; probes have a number of their own; then all is well.

    So it is for all that may be long: what many ask for at once would be in memory many times.
    """
    async with guarded(folder, limits=PortLimits(scrapes=3), prefix=prefix) as port:
        port.free.clear()
        scrapes = [asyncio.create_task(get(port, prefix + path)) for _ in range(3)]
        await under_way(port, path, 3)
        said = (503, f"3 requests for {path} are in progress; try again later\n")
        assert await asyncio.wait_for(get(port, prefix + path), 5) == said
        probe = asyncio.create_task(get(port, f"{prefix}/probe"))
        assert (await get(port, f"{prefix}/"))[0] == 200
        port.free.set()
        assert await asyncio.gather(*scrapes, probe) == [(200, "metrics\n")] * 4
        assert await get(port, prefix + path) == (200, "metrics\n")
        assert port.refused() == {"scrapes": 1}


async def test_connections_are_bounded(folder: Path) -> None:
    """The oldest idle one makes room; where all are busy, a further one is refused."""
    async with guarded(folder, limits=PortLimits(connections=2)) as port:
        async with aiohttp.ClientSession(f"http://{port.address}") as session:
            async with session.get("/metrics") as answer:
                assert answer.status == 200
            port.free.clear()
            scrapes = [asyncio.create_task(get(port)) for _ in range(2)]
            await under_way(port, "/metrics", 2)
            assert len(port.guard.connections) == 2
            with pytest.raises(aiohttp.ClientError):
                await get(port)
            port.free.set()
            assert await asyncio.gather(*scrapes) == [(200, "metrics\n")] * 2
            async with session.get("/metrics") as answer:
                assert answer.status == 200, "who was idle connects again"
        assert port.refused().keys() == {"connections"}
        await empty(port)


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_500_that_read_nothing(folder: Path) -> None:
    """Scrapes go on beside them, and nothing of them is left."""
    before = descriptors()
    async with guarded(folder, TLS + USERS, limits=PortLimits(request=1.5)) as port:
        context = client_context()
        await get(port, context=context, auth=ALICE)
        silent = [await asyncio.open_connection(*port.host) for _ in range(500)]
        with takes(0, 0.25):
            assert await get(port, context=context, auth=ALICE) == (200, "metrics\n")
        for _, writer in silent:
            writer.close()
        await empty(port)
    async with asyncio.timeout(30):
        while descriptors() > before + 2:
            await asyncio.sleep(0.02)


def hello() -> bytes:
    """The first message of a TLS handshake."""
    sent = ssl.MemoryBIO()
    client = client_context().wrap_bio(ssl.MemoryBIO(), sent, server_hostname="localhost")
    with suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return sent.read()


def resident() -> float:
    """The memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


@pytest.mark.e2e
@pytest.mark.parametrize("sent", [b"", hello()[:100], hello()], ids=["nothing", "half", "hello"])
async def test_handshakes_that_do_not_finish(folder: Path, sent: bytes) -> None:
    """Clients that say too little, hundreds at a time: their memory is bounded, and others read."""
    async with guarded(folder, TLS) as port, AsyncExitStack() as clients:
        loop, context, opened = asyncio.get_running_loop(), client_context(), list[socket.socket]()
        await get(port, context=context)
        before = resident()
        for number in range(1500):
            client = clients.enter_context(socket.socket())
            client.setblocking(False)
            await loop.sock_connect(client, port.host)
            client.send(sent)
            opened.append(client)
            if number >= 300:
                opened[number - 300].close()
        assert await get(port, context=context) == (200, "metrics\n")
        assert resident() - before < 20
        for client in opened:
            client.close()
        await empty(port)


async def test_records_of_any_size(folder: Path) -> None:
    """Requests in pieces or many at once, and long answers, are the same with TLS."""
    request = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
    async with guarded(folder, TLS) as port:
        reader, writer = await asyncio.open_connection(*port.host, ssl=client_context())
        for byte in request:
            writer.write(bytes([byte]))
            await asyncio.sleep(0)
        writer.write(request * 50)
        writer.write(post(bytes(500_000)))
        for _ in range(51):
            await reader.readuntil(b"metrics\n")
        assert (await reader.readuntil(b"500000\n")).startswith(b"HTTP/1.1 200")
        writer.write(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(32_000_000) == bytes(32_000_000)
        writer.close()
        await writer.wait_closed()  # the exporter says that it closes
        await empty(port)
        assert port.refused() == {}


async def test_it_ends_at_once(folder: Path) -> None:
    """Handshakes, idle clients and slow heads do not hold the end up."""
    async with guarded(folder, TLS) as port:
        handshake = await asyncio.open_connection(*port.host)
        head = await asyncio.open_connection(*port.host, ssl=client_context())
        head[1].write(b"GET / HT")
        await asyncio.sleep(0.1)
        begun = own_time()
    assert own_time() - begun < 1
    for reader, writer in (handshake, head):
        assert await closed(reader) == b""
        writer.close()
    assert not re.search("error", str(port.refused()))
