"""Tokens of Entra ID, from a login on this machine: hours in moments."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from aiohttp import web

from exporter.app import credential_watch
from exporter.azure.auth.tokens import RETRY_SECONDS
from exporter.settings.yaml_file import ConfigError
from exporter.simulator.play.building import operation
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import Simulator
from tests.support.local import (
    START,
    applied,
    clock,
    configured,
    polling,
    scraped,
    served,
    value,
    values,
)
from tests.support.secure import CLIENT, SECRET, Authority, Gate, Login, application, served_tls

pytestmark = pytest.mark.jumping


def videos(count: int) -> Scenario:
    ids = [f"operation-{number:03d}" for number in range(count)]
    return Scenario(
        video_translation=tuple(operation(id_, created=START, takes=None) for id_ in ids),
    )


@asynccontextmanager
async def guarded(
    gate: Gate,
    login: Login,
    folder: Path,
    count: int = 3,
    **poll: object,
) -> AsyncIterator[dict[str, object]]:
    """The settings of a resource that takes the login's tokens, as far as the gate does."""
    scenario = videos(count)
    authority = Authority(folder)
    simulator = Simulator(scenario, clock=clock, cache=False)
    async with (
        served(gate.before(simulator.app())) as endpoint,
        served_tls(login.application(), authority.server()) as login_endpoint,
    ):
        yield {
            "endpoint": endpoint,
            "auth": application(folder, login_endpoint),
            "tls": {"ca_file": authority.ca_file},
            "poll": poll,
            "video_translation": {"operations": [each.id for each in scenario.video_translation]},
        }


def bearers(*numbers: int) -> set[str]:
    return {f"Bearer token-{number}" for number in numbers}


@pytest.mark.e2e
async def test_a_token_is_asked_for_once_and_used(tmp_path: Path) -> None:
    """The secret goes to its tenant's login, the token to Azure, for all at once.

    A reload asks for no other token.
    """
    login, gate = Login(takes=2.0), Gate(bearers(1))
    many = {"requests_per_second": 1000, "concurrency": 100}
    async with (
        guarded(gate, login, tmp_path, 100, **many) as resource,
        polling(configured(resource)) as exporter,
    ):
        await asyncio.sleep(150)
        await applied(exporter, configured(resource))
        await asyncio.sleep(150)
        up = values(scraped(exporter), "azure_ai_operation_up")
    assert set(up.values()) == {1}
    assert len(up) == 100
    assert gate.refused == 0
    [(_, form)] = login.requests
    assert form["path"] == "/contoso.example/oauth2/v2.0/token"
    assert (form["client_id"], form["client_secret"]) == (CLIENT, SECRET)
    assert form["scope"] == "https://cognitiveservices.azure.com/.default"


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/api/projects/letters", "https://ai.azure.com/.default"),
        ("/api/projects/", "https://cognitiveservices.azure.com/.default"),
        ("/gateway", "https://cognitiveservices.azure.com/.default"),
    ],
)
async def test_a_foundry_project_takes_tokens_of_another_scope(
    tmp_path: Path, path: str, scope: str
) -> None:
    """An endpoint with the path of a project has them; any other path is of a gateway."""
    login, gate = Login(), Gate(bearers(1))
    async with guarded(gate, login, tmp_path) as resource:
        project = resource | {"endpoint": f"{resource['endpoint']}{path}"}
        async with polling(configured(project)):
            await asyncio.sleep(60)
    assert {form["scope"] for _, form in login.requests} == {scope}


async def test_a_token_behind_a_byte_order_mark(tmp_path: Path) -> None:
    """The login's answer is read as Azure's are."""

    class MarkedLogin(Login):
        async def handle(self, request: web.Request) -> web.StreamResponse:
            answer = await super().handle(request)
            assert isinstance(answer, web.Response)
            assert isinstance(answer.body, bytes)
            answer.body = b"\xef\xbb\xbf" + answer.body
            return answer

    login, gate = MarkedLogin(), Gate(bearers(1))
    async with guarded(gate, login, tmp_path) as resource, polling(configured(resource)) as ours:
        await asyncio.sleep(60)
        assert set(values(scraped(ours), "azure_ai_operation_up").values()) == {1}


@pytest.fixture
def _seldom_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of credentials are looked at once a minute: fewer moments in which time cannot jump."""
    monkeypatch.setattr(credential_watch, "WATCH_SECONDS", 60.0)


@pytest.mark.usefixtures("_seldom_watched")
async def test_a_token_is_replaced_before_it_ends(tmp_path: Path) -> None:
    """Tokens of 30 minutes are asked for every 25; none is used that has ended."""
    login, gate = Login(takes=2.0, lifetime=1800), Gate(bearers(*range(1, 100)))
    async with guarded(gate, login, tmp_path) as resource, polling(configured(resource)):
        await asyncio.sleep(3700)
    times = [time for time, _ in login.requests]
    assert len(times) == 3
    assert all(1500 <= later - before < 1540 for before, later in pairwise(times))
    for time, carried, _ in gate.requests:
        number = int(carried.removeprefix("Bearer token-"))
        assert time < times[number - 1] + 1800


@pytest.mark.usefixtures("_seldom_watched")
async def test_a_login_that_is_away_takes_nothing_away(tmp_path: Path) -> None:
    """While the old token is good it is kept; then nothing is up; then all is again."""
    login, gate = Login(), Gate(bearers(1, 2))
    away = web.Response(status=503, text=f"<html>{SECRET}</html>", content_type="text/html")
    async with (
        guarded(gate, login, tmp_path) as resource,
        polling(configured(resource)) as exporter,
    ):
        await asyncio.sleep(60)
        login.refuses = away
        await asyncio.sleep(3500)
        assert set(values(scraped(exporter), "azure_ai_operation_up").values()) == {1}
        tries = len(login.requests)
        assert 2 < tries <= 2 + 300 / RETRY_SECONDS
        await asyncio.sleep(100)
        samples = scraped(exporter)
        assert set(values(samples, "azure_ai_operation_up").values()) == {0}
        assert value(samples, "azure_ai_resource_up") == 0
        assert value(samples, "azure_ai_exporter_resource_paused") == 0
        assert value(samples, "azure_ai_api_requests_total", status="token")
        [reason] = {str(each.failure) for each in exporter.store}
        assert reason == "no token: the response of the login contains no token"
        login.refuses = None
        await asyncio.sleep(320)
        assert set(values(scraped(exporter), "azure_ai_operation_up").values()) == {1}
    assert gate.refused == 0


@pytest.mark.usefixtures("_seldom_watched")
async def test_a_refused_token_pauses_the_resource(tmp_path: Path) -> None:
    """403 for all is the resource's; after each pause one request asks with a new token."""
    login, gate = Login(), Gate(set(), refusal=403)
    async with (
        guarded(gate, login, tmp_path) as resource,
        polling(configured(resource)) as exporter,
    ):
        await asyncio.sleep(50)
        assert value(scraped(exporter), "azure_ai_exporter_resource_paused") == 1
        first = gate.refused
        assert first in {2, 3}, "one may wait for its turn already"
        await asyncio.sleep(3600)
        assert gate.refused < 15
        carried = [each for _, each, _ in gate.requests][first:]
        assert len(set(carried)) == len(carried), "a new token for each try"
        gate.accepted |= bearers(*range(1, 100))
        await asyncio.sleep(700)
        samples = scraped(exporter)
        assert value(samples, "azure_ai_exporter_resource_paused") == 0
        assert set(values(samples, "azure_ai_operation_up").values()) == {1}


async def test_a_revoked_token_is_replaced_at_once(tmp_path: Path) -> None:
    """A token that Azure does not take any more costs one request, and nothing goes down."""
    login, gate = Login(), Gate(bearers(1))
    async with (
        guarded(gate, login, tmp_path) as resource,
        polling(configured(resource)) as exporter,
    ):
        await asyncio.sleep(600)
        gate.accepted = bearers(2)
        for _ in range(60):
            await asyncio.sleep(1)
            assert set(values(scraped(exporter), "azure_ai_operation_up").values()) == {1}
    assert gate.refused == 1
    assert len(login.requests) == 2


REFUSED = {
    "AADSTS7000215": "the login was refused: AADSTS7000215, the client secret is wrong",
    "AADSTS90002": "the login was refused: AADSTS90002, there is no such tenant",
    "AADSTS99999": (
        "the login was refused: AADSTS99999, see https://login.microsoftonline.com/error"
    ),
}
IN_TROUBLE = {"error": "temporarily_unavailable", "error_description": "AADSTS90033: later"}


@pytest.mark.usefixtures("_seldom_watched")
@pytest.mark.parametrize("code", REFUSED)
async def test_a_login_that_refuses(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    code: str,
) -> None:
    """The resource is paused, the reason is short, and what the login quotes shows nowhere."""
    said = {"error": "invalid_client", "error_description": f"{code}: {SECRET} is wrong. Trace"}
    refusal = web.json_response(said, status=401)
    login, gate = Login(refuses=refusal), Gate(bearers(1))
    async with guarded(gate, login, tmp_path) as resource:
        config = configured(resource)
        async with polling(config) as exporter:
            await asyncio.sleep(3000)
            assert value(scraped(exporter), "azure_ai_exporter_resource_paused") == 1
            reasons = {str(each.failure) for each in exporter.store}
            assert len(login.requests) < 15
            login.refuses = None
            await applied(exporter, config)
            await asyncio.sleep(30)
            assert set(values(scraped(exporter), "azure_ai_operation_up").values()) == {1}
    assert {reason.rpartition("no token: ")[2] for reason in reasons} == {REFUSED[code]}
    seen = "".join(capfd.readouterr()) + "".join(map(str, reasons)) + repr(config)
    assert SECRET not in seen + "".join(record.getMessage() for record in caplog.records)


ODD = {
    "html": (200, "text/html", "<html>"),
    "a list": (200, "application/json", "[]"),
    "nothing": (200, "application/json", ""),
    "no token": (200, "application/json", '{"expires_in": 3600}'),
    "two lines": (200, "application/json", '{"access_token": "a\\nb", "expires_in": 3600}'),
    "ended": (200, "application/json", '{"access_token": "token-1", "expires_in": -1}'),
    "a word for a time": (200, "application/json", '{"access_token": "a", "expires_in": "b"}'),
    "trouble": (503, "application/json", json.dumps(IN_TROUBLE)),
    "a redirect": (302, "text/html", ""),
    "deep": (200, "application/json", "[" * 100_000),
}


@pytest.mark.parametrize("answer", ODD)
async def test_a_login_that_answers_oddly(tmp_path: Path, answer: str) -> None:
    """There is no token, which is said, and tried again."""
    status, kind, text = ODD[answer]
    login = Login(refuses=web.Response(status=status, content_type=kind, text=text))
    gate = Gate(bearers(1))
    async with (
        guarded(gate, login, tmp_path) as resource,
        polling(configured(resource)) as exporter,
    ):
        await asyncio.sleep(60)
        [reason] = {str(each.failure) for each in exporter.store}
        assert reason.startswith(("no token: the login", "no token: the response of the login"))
        login.refuses = None
        await asyncio.sleep(320)
        assert set(values(scraped(exporter), "azure_ai_operation_up").values()) == {1}
    assert gate.refused == 0


async def test_a_login_that_cannot_be_trusted(tmp_path: Path) -> None:
    """A login behind another authority's certificate hears no secret."""
    login, gate = Login(), Gate(bearers(1))
    other = tmp_path / "other"
    other.mkdir()
    async with guarded(gate, login, tmp_path) as resource:
        resource["tls"] = {"ca_file": Authority(other).ca_file}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(60)
            [reason] = {str(each.failure) for each in exporter.store}
    assert reason == "no token: TLS to the login failed"
    assert not login.requests


async def test_a_managed_identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The identity endpoint of where the exporter runs is asked, and never through the proxy."""
    login, gate = Login(), Gate(bearers(1))
    async with guarded(gate, login, tmp_path) as resource, served(login.application()) as beside:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{beside}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", "header")
        resource["auth"] = {"entra": {"managed_identity": CLIENT}}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(60)
            assert set(values(scraped(exporter), "azure_ai_operation_up").values()) == {1}
    assert [form["path"] for _, form in login.requests] == ["/msi/token"]


async def test_a_workload_identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the default chain: the token that Kubernetes projects is exchanged at the login."""
    login, gate = Login(), Gate(bearers(1))
    async with guarded(gate, login, tmp_path) as resource:
        entra = resource["auth"]["entra"]  # type: ignore[index]
        (tmp_path / "projected").write_text("projected-token")
        monkeypatch.delenv("AZURE_CLIENT_SECRET", raising=False)
        monkeypatch.setenv("AZURE_AUTHORITY_HOST", entra["authority"])
        monkeypatch.setenv("AZURE_TENANT_ID", "contoso.example")
        monkeypatch.setenv("AZURE_CLIENT_ID", CLIENT)
        monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(tmp_path / "projected"))
        resource["auth"] = {"entra": {}}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(60)
            assert set(values(scraped(exporter), "azure_ai_operation_up").values()) == {1}
    [(_, form)] = login.requests
    assert form["client_assertion"] == "projected-token"


async def test_a_certificate_is_proof(tmp_path: Path) -> None:
    """An application may have a certificate instead of a secret."""
    login, gate = Login(), Gate(bearers(1))
    async with guarded(gate, login, tmp_path) as resource:
        entra = dict(resource["auth"]["entra"])  # type: ignore[index]
        del entra["client_secret_file"]
        issued = Authority(tmp_path).rsa()
        (tmp_path / "application.pem").write_bytes(issued)
        resource["auth"] = {
            "entra": {**entra, "certificate_file": str(tmp_path / "application.pem")}
        }
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(60)
            assert set(values(scraped(exporter), "azure_ai_operation_up").values()) == {1}
    [(_, form)] = login.requests
    assert form["client_assertion_type"].endswith("jwt-bearer")


@pytest.mark.parametrize("proof", ["secret", "certificate", "federated token"])
async def test_a_new_proof_ends_a_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proof: str
) -> None:
    """Written after the login refused the old one, it is used within 3 seconds."""
    said = {"error": "invalid_client", "error_description": "AADSTS7000222: it has expired"}
    login, gate = Login(refuses=web.json_response(said, status=401)), Gate(bearers(1))
    async with guarded(gate, login, tmp_path) as resource:
        entra = dict(resource["auth"]["entra"])  # type: ignore[index]
        file = tmp_path / "client-secret"
        if proof == "certificate":
            del entra["client_secret_file"]
            file = tmp_path / "application.pem"
            file.write_bytes(Authority(tmp_path).rsa())
            entra["certificate_file"] = str(file)
        elif proof == "federated token":
            file = tmp_path / "projected"
            file.write_text("projected-token")
            monkeypatch.delenv("AZURE_CLIENT_SECRET", raising=False)
            monkeypatch.setenv("AZURE_AUTHORITY_HOST", entra["authority"])
            monkeypatch.setenv("AZURE_TENANT_ID", "contoso.example")
            monkeypatch.setenv("AZURE_CLIENT_ID", CLIENT)
            monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(file))
            entra = {}
        resource["auth"] = {"entra": entra}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(300)
            assert value(scraped(exporter), "azure_ai_exporter_resource_paused") == 1
            login.refuses = None
            renewed = Authority(tmp_path).rsa() if proof == "certificate" else b"renewed"
            file.write_bytes(renewed)
            await asyncio.sleep(3)
            assert value(scraped(exporter), "azure_ai_exporter_resource_paused") == 0
            assert value(scraped(exporter), "azure_ai_resource_up") == 1
            file.unlink()
            await asyncio.sleep(3)
            assert value(scraped(exporter), "azure_ai_exporter_credential_readable") == 0
            assert set(values(scraped(exporter), "azure_ai_operation_up").values()) == {1}
    if proof == "secret":
        assert login.requests[-1][1]["client_secret"] == "renewed"  # noqa: S105


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is to be installed is said when the configuration is loaded."""
    monkeypatch.delitem(sys.modules, "exporter.azure.auth.login", raising=False)
    monkeypatch.delattr("exporter.azure.auth.login", raising=False)
    monkeypatch.setitem(sys.modules, "azure.identity.aio", None)
    resource = {"endpoint": "https://contoso.cognitiveservices.azure.com", "avatar": {}}
    with pytest.raises(ConfigError, match=r"pip install 'azure-ai-exporter\[entra\]'"):
        configured({**resource, "auth": {"entra": {}}})
