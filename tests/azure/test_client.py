"""Speaking to one resource: what is sent, to whom, how fast, and what is refused."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from aiohttp import web
from pydantic import SecretStr

from exporter.azure.auth.keys import Keys
from exporter.azure.auth.settings import Auth
from exporter.azure.body import Body
from exporter.azure.budget import Budget
from exporter.azure.client import Client
from exporter.azure.exchange import Exchange
from exporter.azure.http import BODY_LIMIT
from exporter.errors import Failure, NoAnswer, Rejected, Unreadable
from exporter.model.operation import OperationKey
from tests.support.local import clock, served

pytestmark = pytest.mark.jumping

KEY = OperationKey("translator", "avatar", "one")
KEY_HEADERS = {"avatar": "Ocp-Apim-Subscription-Key", "other": "api-key"}


class Shape(Body):
    status: str


@dataclass
class Host:
    """A server that answers as it is told, and notes what it was asked."""

    answer: Callable[[web.Request], web.StreamResponse]
    asked: list[tuple[float, web.Request]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    takes: float = 0.0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((asyncio.get_running_loop().time(), request))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(self.takes)
        self.at_once -= 1
        return self.answer(request)

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.handle)
        return app


def running(_request: web.Request) -> web.Response:
    return web.json_response({"status": "Running"}, headers={"Set-Cookie": "ARRAffinity=1"})


@asynccontextmanager
async def client_of(
    host: Host,
    *,
    requests_per_second: float = 1000,
    concurrency: int = 8,
    exchanges: list[Exchange] | None = None,
) -> AsyncIterator[Client]:
    async with (
        served(host.application()) as endpoint,
        Client(
            endpoint,
            Keys(Auth(key=SecretStr("a-secret"))),
            Budget(requests_per_second, concurrency),
            key_headers=KEY_HEADERS,
            timeout=10,
            observe=(exchanges if exchanges is not None else []).append,
            clock=clock,
        ) as client,
    ):
        yield client


async def test_what_a_request_carries() -> None:
    """Path and query go out as they are, with the key, and without a cookie of Azure's."""
    host = Host(running)
    async with client_of(host) as client:
        for _ in range(2):
            path = "/avatar/operations/a%2Fb?api-version=2024-08-01&top=1%20x"
            assert (await client.get(KEY, path, Shape.read)).value.status == "Running"
    for _, request in host.asked:
        assert request.raw_path == path
        assert request.method == "GET"
        assert request.headers["Ocp-Apim-Subscription-Key"] == "a-secret"
        assert request.headers["User-Agent"].startswith("azure-ai-exporter/")
        assert "Cookie" not in request.headers


async def test_each_api_has_its_header() -> None:
    """One key, in the header in which the API of the request takes it, and in no other."""
    host = Host(running)
    async with client_of(host) as client:
        for api in KEY_HEADERS:
            await client.get(OperationKey("translator", api, "one"), "/", Shape.read)
    carried = [
        {name: request.headers[name] for name in KEY_HEADERS.values() if name in request.headers}
        for _, request in host.asked
    ]
    assert carried == [{header: "a-secret"} for header in KEY_HEADERS.values()]


async def test_requests_are_spaced_evenly() -> None:
    """Forty requests at ten a second take four seconds, and no second has more than ten."""
    host = Host(running)
    async with client_of(host, requests_per_second=10, concurrency=40) as client:
        async with asyncio.TaskGroup() as group:
            for _ in range(40):
                group.create_task(client.get(KEY, "/", Shape.read))
        times = [time for time, _ in host.asked]
    assert times[-1] - times[0] == pytest.approx(3.9, abs=0.05)
    assert all(later - earlier >= 0.09 for earlier, later in pairwise(times))


async def test_no_more_at_once_than_configured() -> None:
    """Concurrency bounds the requests under way."""
    host = Host(running, takes=1.0)
    async with client_of(host, concurrency=3) as client, asyncio.TaskGroup() as group:
        for _ in range(30):
            group.create_task(client.get(KEY, "/", Shape.read))
    assert host.most_at_once == 3


@pytest.mark.parametrize("header", ["Location", "Operation-Location", "Content-Location", "Link"])
@pytest.mark.parametrize("status", [200, 201, 202, 300, 301, 302, 303, 307, 308, 401, 503])
async def test_the_key_goes_to_no_other_host(status: int, header: str) -> None:
    """Neither a redirect nor any other header that names a place is followed."""
    stranger = Host(running)
    async with served(stranger.application()) as elsewhere:

        def named(_request: web.Request) -> web.Response:
            where = f"<{elsewhere}/take>; rel=next" if header == "Link" else elsewhere + "/take"
            return web.json_response({"status": "x"}, status=status, headers={header: where})

        host = Host(named)
        async with client_of(host) as client:
            if status == 200:
                await client.get(KEY, "/", Shape.read)
            else:
                with pytest.raises(Failure) as caught:
                    await client.get(KEY, "/", Shape.read)
                assert caught.value.status == str(status)
                assert isinstance(caught.value, Rejected) or status > 400
    assert host.asked
    assert not stranger.asked


@pytest.mark.parametrize("size", [BODY_LIMIT - 100, BODY_LIMIT + 1])
@pytest.mark.parametrize("state_first", [True, False])
async def test_bodies_are_bounded(size: int, state_first: bool) -> None:
    """16 MiB are read; of more, the state in the first MiB."""

    def big(_request: web.Request) -> web.Response:
        fields = [b'"status": "Running"', b'"rest": "' + b"x" * (size - 33) + b'"']
        body = b"{" + b", ".join(fields if state_first else reversed(fields)) + b"}"
        return web.Response(body=body, content_type="application/json")

    exchanges: list[Exchange] = []
    async with client_of(Host(big), exchanges=exchanges) as client:
        if size <= BODY_LIMIT or state_first:
            assert (await client.get(KEY, "/", Shape.read)).value.status == "Running"
            assert exchanges[0].status == "200"
        else:
            with pytest.raises(Unreadable, match="larger than 16 MiB"):
                await client.get(KEY, "/", Shape.read)
            assert exchanges[0].status == "unreadable"


async def test_what_passes_is_tried_again() -> None:
    """Two answers of 503, then a good one: three requests, one answer."""
    statuses = iter([503, 503])

    def shaky(request: web.Request) -> web.StreamResponse:
        status = next(statuses, 200)
        return web.Response(status=status) if status != 200 else running(request)

    exchanges: list[Exchange] = []
    async with client_of(Host(shaky), exchanges=exchanges) as client:
        assert (await client.get(KEY, "/", Shape.read)).value.status == "Running"
    assert [exchange.status for exchange in exchanges] == ["503", "503", "200"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 204])
async def test_what_does_not_pass_is_not_tried_again(status: int) -> None:
    """Nothing is gained by asking the same again at once."""
    host = Host(lambda _request: web.Response(status=status))
    async with client_of(host) as client:
        with pytest.raises(Failure):
            await client.get(KEY, "/", Shape.read)
    assert len(host.asked) == 1


async def test_the_timeout_holds_for_the_whole_request() -> None:
    """An answer that does not come is given up after 10 s, three times, and is a timeout."""
    exchanges: list[Exchange] = []
    async with client_of(Host(running, takes=60), exchanges=exchanges) as client:
        with pytest.raises(NoAnswer, match="within 10 s"):
            await client.get(KEY, "/", Shape.read)
    assert [exchange.status for exchange in exchanges] == ["timeout"] * 3
    assert all(10 <= exchange.seconds <= 11 for exchange in exchanges)


async def test_a_failure_says_what_azure_said() -> None:
    """HTTP status, code, inner code, target, header code and request id, none of them the key."""

    def refuse(_request: web.Request) -> web.Response:
        inner = {"code": "OperationIdNotFound"}
        error = {"code": "NotFound", "message": "no", "target": "id", "innererror": inner}
        headers = {"x-ms-error-code": "NotFound", "apim-request-id": "0d1f"}
        return web.json_response({"error": error}, status=404, headers=headers)

    async with client_of(Host(refuse)) as client:
        with pytest.raises(Failure) as caught:
            await client.get(KEY, "/", Shape.read)
    said = caught.value.details
    assert caught.value.status == "404"
    assert (said.code, said.inner_code, said.target) == ("NotFound", "OperationIdNotFound", "id")
    assert (said.header_code, said.request_id) == ("NotFound", "0d1f")
    assert "a-secret" not in repr(caught.value)


@pytest.mark.parametrize(
    ("endpoint", "status"),
    [("http://127.0.0.1:1", "connection"), ("https://127.0.0.1:{port}", "tls")],
)
async def test_no_answer(endpoint: str, status: str) -> None:
    """A refused connection and a server that speaks no TLS are told apart."""
    exchanges: list[Exchange] = []
    async with served(Host(running).application()) as plain:
        client = Client(
            endpoint.format(port=plain.rpartition(":")[2]),
            Keys(Auth(key=SecretStr("a-secret"))),
            Budget(1000, 8),
            key_headers=KEY_HEADERS,
            timeout=10,
            observe=exchanges.append,
            clock=clock,
        )
        async with client:
            with pytest.raises(NoAnswer):
                await client.get(KEY, "/", Shape.read)
    assert {exchange.status for exchange in exchanges} == {status}
