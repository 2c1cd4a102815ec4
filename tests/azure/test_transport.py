"""TLS and proxies on the way to a resource, with real certificates."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from aiohttp import web
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from exporter.app import reload
from exporter.app.reload import Reloader
from exporter.config.config import load
from exporter.config.plan import Changes, changes, plan
from exporter.config.sources import OneFile
from exporter.settings.yaml_file import ConfigError
from exporter.simulator.play.building import operation
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import DEFAULT_KEY, Simulator
from tests.support.local import START, clock, configured, polling, scraped, value, values
from tests.support.secure import Authority, Gate, Login, Proxy, application, served_tls

jumping = pytest.mark.jumping

VIDEO = operation("one", created=START, takes=None)


@asynccontextmanager
async def azure(
    context: ssl.SSLContext,
    came: list[str] | None = None,
    gate: Gate | None = None,
) -> AsyncIterator[str]:
    """A simulator behind TLS; it notes the names in the certificates of those who come."""

    @web.middleware
    async def note(
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        certificate = request.get_extra_info("peercert")
        if came is not None and certificate:
            came.append(certificate["subjectAltName"][0][1])
        return await handler(request)

    simulator = Simulator(Scenario(video_translation=(VIDEO,)), clock=clock, cache=False)
    app = simulator.app()
    app.middlewares.append(note)
    async with served_tls(gate.before(app) if gate else app, context) as endpoint:
        yield endpoint


def demanding(authority: Authority) -> ssl.SSLContext:
    """For a server that lets nobody in without a certificate of this authority."""
    context = authority.server()
    context.verify_mode = ssl.CERT_REQUIRED
    authority.ca.configure_trust(context)
    return context


def watching(endpoint: str, **more: object) -> dict[str, object]:
    return {"endpoint": endpoint, "video_translation": {"operations": ["one"]}, **more}


async def seen(resource: dict[str, object]) -> tuple[bool, str, str]:
    """Whether the operation is up, the statuses that were counted, and the reason if it is not."""
    async with polling(configured(resource)) as exporter:
        await asyncio.sleep(60)
        samples = scraped(exporter)
        requests = values(samples, "azure_ai_api_requests_total", api="video_translation")
        statuses = {name.rpartition(",")[2] for name, count in requests.items() if count}
        [snapshot] = exporter.store
        up = value(samples, "azure_ai_operation_up") == 1
        return up, "+".join(sorted(statuses)), str(snapshot.failure or "")


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def other(tmp_path: Path) -> Authority:
    (tmp_path / "other").mkdir()
    return Authority(tmp_path / "other")


@jumping
async def test_whom_tls_trusts(ours: Authority, other: Authority) -> None:
    """An authority of one's own, by its file; without it, or with another's, the reason is tls."""
    async with azure(ours.server()) as endpoint:
        up, statuses, _ = await seen(watching(endpoint, tls={"ca_file": ours.ca_file}))
        assert (up, statuses) == (True, "200")
        wrong: list[dict[str, str]] = [{}, {"ca_file": other.ca_file}]
        for tls in wrong:
            up, statuses, reason = await seen(watching(endpoint, tls=tls))
            assert (up, statuses) == (False, "tls")
            assert reason.startswith("TLS failed: ")


@jumping
async def test_a_certificate_that_has_ended(ours: Authority) -> None:
    """It is refused, and the reason says so."""
    ended = ours.server(until=datetime(2020, 1, 1, tzinfo=UTC))
    async with azure(ended) as endpoint:
        up, statuses, reason = await seen(watching(endpoint, tls={"ca_file": ours.ca_file}))
    assert (up, statuses) == (False, "tls")
    assert "certificate has expired" in reason


@jumping
async def test_the_name_in_the_certificate(ours: Authority) -> None:
    """Another name is refused, unless `server_name` says that it is the one."""
    async with azure(ours.server("contoso.cognitiveservices.azure.com")) as endpoint:
        tls = {"ca_file": ours.ca_file}
        assert (await seen(watching(endpoint, tls=tls)))[:2] == (False, "tls")
        tls["server_name"] = "contoso.cognitiveservices.azure.com"
        assert (await seen(watching(endpoint, tls=tls)))[:2] == (True, "200")
        async with Proxy().running() as proxy:
            assert (await seen(watching(endpoint, tls=tls, proxy=proxy)))[:2] == (True, "200")


@jumping
async def test_a_certificate_that_is_demanded(ours: Authority, other: Authority) -> None:
    """Given, it lets in; not given, or another authority's, the operation is down."""
    tls = {"ca_file": ours.ca_file}
    came: list[str] = []
    async with azure(demanding(ours), came) as endpoint:
        given = {**tls, **ours.client("client", "exporter.example")}
        assert (await seen(watching(endpoint, tls=given)))[:2] == (True, "200")
        for wrong in (tls, {**tls, **other.client("client", "other.example")}):
            up, statuses, reason = await seen(watching(endpoint, tls=wrong))
            assert not up
            assert set(statuses.split("+")) <= {"tls", "connection"}
            assert reason
    assert set(came) == {"exporter.example"}


async def test_a_replaced_certificate_is_taken(
    tmp_path: Path,
    ours: Authority,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """New files of certificate and key are used without a word; half a pair changes nothing."""
    monkeypatch.setattr(reload, "WATCH_SECONDS", 0.02)
    tls = {"ca_file": ours.ca_file, **ours.client("client", "old.example")}
    came: list[str] = []
    async with azure(demanding(ours), came) as endpoint:
        path = tmp_path / "config.yaml"
        resource = {"name": "r0", "auth": {"key": DEFAULT_KEY}, **watching(endpoint, tls=tls)}
        path.write_text(yaml.safe_dump({"poll": {"interval": "1s"}, "resources": [resource]}))
        config = load(path)
        async with polling(config) as exporter, asyncio.timeout(10):
            watch = asyncio.create_task(Reloader(OneFile(path), config, exporter).watch())
            while not came:
                await asyncio.sleep(0.02)
            (tmp_path / "client-key.pem").write_text("half of a pair")
            loaded = "azure_ai_exporter_config_last_reload_successful"
            while value(scraped(exporter), loaded) != 0:
                await asyncio.sleep(0.02)
            ours.client("client", "new.example")
            while came[-1] != "new.example":
                await asyncio.sleep(0.02)
            assert value(scraped(exporter), loaded) == 1
            assert value(scraped(exporter), "azure_ai_operation_up") == 1
            watch.cancel()
    assert set(came) == {"old.example", "new.example"}


@jumping
async def test_a_proxy_that_dies_and_comes_back(ours: Authority) -> None:
    """All goes through it, TLS to the end; while it is away that is what is said."""
    proxy = Proxy()
    async with azure(ours.server()) as endpoint:
        address = endpoint.removeprefix("https://")
        async with proxy.running() as url:
            tls = {"ca_file": ours.ca_file}
            config = configured(watching(endpoint, tls=tls, proxy=url))
        async with polling(config) as exporter:
            await asyncio.sleep(60)
            [snapshot] = exporter.store
            assert str(snapshot.failure).startswith("the proxy cannot be reached: ")
            async with proxy.running():
                await asyncio.sleep(400)
                assert value(scraped(exporter), "azure_ai_operation_up") == 1
            await asyncio.sleep(60)
            samples = scraped(exporter)
            assert value(samples, "azure_ai_operation_up") == 0
            failed = values(samples, "azure_ai_api_requests_total", status="connection")
            assert sum(failed.values()) > 0
            async with proxy.running():
                await asyncio.sleep(400)
                assert value(scraped(exporter), "azure_ai_operation_up") == 1
    assert set(proxy.requests) == {f"CONNECT {address}"}


@jumping
@pytest.mark.parametrize("answer", ["407 Proxy Authentication Required", "502 Bad Gateway"])
async def test_a_proxy_that_refuses(ours: Authority, answer: str) -> None:
    """Its status is said."""
    async with azure(ours.server()) as endpoint, Proxy(answer).running() as proxy:
        tls = {"ca_file": ours.ca_file}
        up, statuses, reason = await seen(watching(endpoint, tls=tls, proxy=proxy))
    assert (up, statuses) == (False, "connection")
    assert reason == f"the proxy refused: HTTP {answer[:3]}"


@jumping
async def test_the_login_takes_the_same_way(tmp_path: Path, ours: Authority) -> None:
    """Tokens are asked for through the proxy, trusting the same authority."""
    login, gate, proxy = Login(), Gate({"Bearer token-1"}), Proxy()
    async with (
        azure(ours.server(), gate=gate) as endpoint,
        served_tls(login.application(), ours.server()) as authority,
        proxy.running() as url,
    ):
        auth = application(tmp_path, authority)
        tls = {"ca_file": ours.ca_file}
        resource = watching(endpoint, auth=auth, tls=tls, proxy=url)
        assert (await seen(resource))[:2] == (True, "200")
        hosts = {f"CONNECT {each.removeprefix('https://')}" for each in (endpoint, authority)}
        assert set(proxy.requests) == hosts
    assert gate.refused == 0


@jumping
async def test_the_login_is_behind_a_dead_proxy(tmp_path: Path, ours: Authority) -> None:
    """No token, and nothing is asked of Azure."""
    gate = Gate(set())
    async with azure(ours.server(), gate=gate) as endpoint:
        async with Proxy().running() as url:
            pass
        auth = application(tmp_path, "https://127.0.0.1:1")
        up, statuses, reason = await seen(watching(endpoint, auth=auth, proxy=url))
    assert (up, statuses) == (False, "token")
    assert reason == "no token: the login cannot be reached"
    assert not gate.requests


def test_files_that_stay_the_same_keep_the_connections(ours: Authority) -> None:
    """A reload makes new connections when a file holds something else, and only then."""
    tls = {"ca_file": ours.ca_file, **ours.client("client", "old.example")}
    resource = watching("https://127.0.0.1:1", tls=tls)
    before = plan(configured(resource))
    assert changes(before, plan(configured(resource))) == Changes()
    ours.client("client", "new.example")
    after = plan(configured(resource))
    assert changes(before, after).changed == tuple(before.operations)


def test_a_key_that_does_not_fit(ours: Authority, other: Authority) -> None:
    """Another certificate's key, and one with a password, are said with their place."""
    tls = ours.client("client", "one.example")
    tls["key_file"] = other.client("client", "two.example")["key_file"]
    with pytest.raises(ConfigError, match=r"tls\.key_file: does not belong to the certificate of"):
        configured(watching("https://127.0.0.1:1", tls=tls))
    key = load_pem_private_key(Path(tls["key_file"]).read_bytes(), None)
    secret = BestAvailableEncryption(b"a password")
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret)
    Path(tls["key_file"]).write_bytes(locked)
    with pytest.raises(ConfigError, match=r"tls\.cert_file: .* without a password"):
        configured(watching("https://127.0.0.1:1", tls=tls))
