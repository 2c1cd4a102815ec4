"""Files in blob storage: which URLs are fetched, and with what."""

from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from exporter.azure.auth.keys import Keys
from exporter.azure.auth.settings import Auth
from exporter.azure.body import Body
from exporter.azure.budget import Budget
from exporter.azure.client import Client
from exporter.azure.exchange import Exchange
from exporter.azure.files import file_url
from exporter.errors import Failure, Rejected, Unreadable
from exporter.model.operation import OperationKey
from exporter.telemetry.metrics import Telemetry
from tests.support.local import clock, served

pytestmark = pytest.mark.jumping

PUBLIC, CHINA = (
    "https://contoso.cognitiveservices.azure.com",
    "https://c.cognitiveservices.azure.cn",
)
GATEWAY, LOCAL = "https://gateway.contoso.example/speech", "http://127.0.0.1:10059"
BLOB = "https://spsvcprodeus.blob.core.windows.net/c/report.json?sig=PlantedKey%2B&sp=r"
KEY = OperationKey("speech", "speech_transcription", "one")


class Report(Body):
    failed: int


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        (PUBLIC, BLOB),
        ("https://westus.api.cognitive.microsoft.com", BLOB),
        (PUBLIC, BLOB.replace(".net/", ".net:443/")),
        (PUBLIC, BLOB.replace("https://spsv", "HTTPS://Spsv")),
        (CHINA, "https://a-1.blob.core.chinacloudapi.cn/c/r?sig=a"),
        ("https://c.cognitiveservices.azure.us", "https://acc.blob.core.usgovcloudapi.net/c/r"),
        (GATEWAY, BLOB),
        (GATEWAY, "https://acc.blob.core.usgovcloudapi.net/c/r"),
        (LOCAL, BLOB),
        (LOCAL, f"{LOCAL}/_blobs/one/report.json?sig=a"),
        ("http://localhost:8080", "http://localhost:8080/x"),
    ],
)
def test_what_is_fetched(endpoint: str, url: str) -> None:
    """Blob storage of the endpoint's cloud by https, as it is written; of a simulator its own."""
    assert str(file_url(endpoint, url)).partition("/")[2] != ""
    assert file_url(endpoint, url).raw_query_string == url.partition("?")[2]


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        (PUBLIC, BLOB.replace("https", "http")),
        (PUBLIC, BLOB.replace(".net/", ".net:8443/")),
        (PUBLIC, BLOB.replace("https://", "https://me@")),
        (PUBLIC, BLOB.replace(".windows.net", ".windows.net.example.com")),
        (PUBLIC, BLOB.replace("spsvcprodeus.", "")),
        (PUBLIC, BLOB.replace("spsvcprodeus.", "a.b.")),
        (PUBLIC, BLOB.replace(".blob.", ".table.")),
        (PUBLIC, "https://example.com/spsvcprodeus.blob.core.windows.net/PlantedKey"),
        (PUBLIC, "https://evil.example\\@acc.blob.core.windows.net/PlantedKey"),
        (PUBLIC, f"{PUBLIC}/report.json"),
        (PUBLIC, "https://169.254.169.254/PlantedKey"),
        (PUBLIC, "https://acc.blob.core.chinacloudapi.cn/c/r"),
        (CHINA, BLOB),
        (PUBLIC, f"{LOCAL}/x"),
        (LOCAL, "http://127.0.0.1:10060/x"),
        (LOCAL, "http://127.0.0.2:10059/x"),
        (LOCAL, "https://127.0.0.1:10059/x"),
        (LOCAL, "http://me@127.0.0.1:10059/x"),
        ("http://10.0.0.7:10059", "http://10.0.0.7:10059/x"),
        (PUBLIC, "file:///etc/passwd"),
        (PUBLIC, "/report.json"),
        (PUBLIC, "https://[acc.blob.core.windows.net/PlantedKey"),
        (PUBLIC, "https://acc.blob.core.windows.net:99999/PlantedKey"),
        (PUBLIC, ""),
    ],
    ids=range(24),
)
def test_what_is_not_fetched(endpoint: str, url: str) -> None:
    """The reason does not repeat it."""
    with pytest.raises(Unreadable) as caught:
        file_url(endpoint, url)
    assert caught.value.reason == "a link to a file is not an https URL of Azure's blob storage"


async def outcome_of(
    handler: Callable[[web.Request], Any], exchanges: list[Exchange]
) -> Report | Failure:
    """What comes of a file that a simulator names."""

    async def handle(request: web.Request) -> web.StreamResponse:
        answer: web.StreamResponse = handler(request)
        return answer

    app = web.Application()
    app.router.add_get("/{path:.*}", handle)
    async with (
        served(app) as endpoint,
        Client(
            endpoint,
            Keys(Auth(key=SecretStr("a-secret-key"))),
            Budget(1000, 8),
            key_headers={KEY.api: "Ocp-Apim-Subscription-Key"},
            timeout=10,
            observe=exchanges.append,
            clock=clock,
        ) as client,
    ):
        try:
            return (
                await client.file(KEY, f"{endpoint}/f/r.json?sig=PlantedKey", Report.read)
            ).value
        except Failure as failure:
            assert not client.breaker.open
            assert client.budget.waiting == 0
            return failure


async def test_no_credential_goes_along() -> None:
    """Neither the key in any header, nor a cookie; the query is sent as it was signed."""
    seen: list[web.Request] = []

    def answer(request: web.Request) -> web.Response:
        seen.append(request)
        return web.json_response({"failed": 3}, content_type="application/octet-stream")

    exchanges: list[Exchange] = []
    assert await outcome_of(answer, exchanges) == Report(failed=3)
    assert [request.raw_path for request in seen] == ["/f/r.json?sig=PlantedKey"]
    assert not any("a-secret-key" in value for value in seen[0].headers.values())
    assert {"Authorization", "Cookie", "api-key"}.isdisjoint(seen[0].headers)
    assert [(one.path, one.status) for one in exchanges] == [("a file in blob storage", "200")]


@pytest.mark.parametrize(
    ("status", "requests"), [(302, 1), (401, 1), (403, 1), (404, 1), (429, 3), (503, 3), (500, 3)]
)
async def test_what_fails_says_nothing_of_the_resource(status: int, requests: int) -> None:
    """No redirect is followed; the resource is neither paused nor down; what passes is repeated."""

    def answer(request: web.Request) -> web.Response:
        where = {"Location": str(request.url.with_path("/elsewhere"))}
        return web.Response(status=status, headers=where, text=f"<Error>{request.url}</Error>")

    exchanges: list[Exchange] = []
    failure = await outcome_of(answer, exchanges)
    assert isinstance(failure, Failure)
    assert failure.status == str(status)
    assert len(exchanges) == requests
    telemetry = Telemetry()
    telemetry.expect(KEY.resource, KEY.api, (), (), ())
    for exchange in exchanges:
        assert isinstance(exchange.failure, Rejected)
        assert exchange.failure.reason == f"a file in blob storage: HTTP {status}"
        assert "PlantedKey" not in repr(exchange)
        telemetry.requests.exchanged(exchange)
