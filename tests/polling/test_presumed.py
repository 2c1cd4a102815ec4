"""APIs of which nobody said that a resource serves them: what is refused is not here, or a key."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from exporter.app.exporter import Exporter
from exporter.config.environment import config_of
from exporter.polling.list_watcher import ABSENT_SECONDS
from exporter.telemetry import logs
from tests.support.local import polling, scraped, served, value, values

pytestmark = pytest.mark.jumping

LIST_UP = "azure_ai_exporter_list_up"
SERVED = "openai"
ROLE = {"error": {"code": "PermissionDenied", "message": "lacks the required data action"}}
FREE = {"error": {"code": "InvalidRequest", "innerError": {"code": "InvalidSubscription"}}}
DEAD = {"error": {"code": "401", "message": "Access denied due to invalid subscription key"}}


@dataclass
class Endpoint:
    """Answers lists that are empty; `statuses` are errors, by the first part of a path.

    Attributes:
        others: the status of all other paths.
        key: the only key that is accepted, if it is set.
        requests: how often each first part was asked for.
    """

    statuses: dict[str, int] = field(default_factory=dict)
    others: int = 200
    key: str = ""
    body: object = None
    requests: list[str] = field(default_factory=list)

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_get("/{path:.*}", self.answer)
        return application

    async def answer(self, request: web.Request) -> web.Response:
        part = request.path.split("/")[1]
        self.requests.append(part)
        keys = {request.headers.get(name) for name in ("api-key", "Ocp-Apim-Subscription-Key")}
        if self.key and self.key not in keys:
            return web.json_response(DEAD, status=401)
        status = self.statuses.get(part, self.others)
        if status != 200:
            return web.json_response(self.body, status=status)
        return web.json_response({"value": [], "values": [], "data": [], "has_more": False})


@asynccontextmanager
async def watching(endpoint: Endpoint, **variables: str) -> AsyncIterator[Exporter]:
    """An exporter that has only variables of its environment."""
    async with served(endpoint.application()) as url:
        config = config_of({"AZURE_AI_ENDPOINT": url, **variables})
        async with polling(config) as exporter:
            yield exporter


@pytest.fixture
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_AI_KEY", "a-key")


@pytest.mark.usefixtures("_key")
@pytest.mark.parametrize(
    ("status", "body"), [(401, ROLE), (401, DEAD), (403, ROLE), (404, None), (400, FREE)]
)
async def test_what_is_refused_while_others_answer_is_not_here(
    status: int, body: object, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has no series, no line of log and no pause; it is tried again in an hour, not before."""
    logs.configure("info", "logfmt")
    endpoint = Endpoint({SERVED: 200}, others=status, body=body)
    async with watching(endpoint, AZURE_AI_KEY="a-key") as exporter:
        await asyncio.sleep(ABSENT_SECONDS / 2)
        samples = scraped(exporter)
        assert set(values(samples, LIST_UP)) == {"openai_batch,azure", "openai_fine_tuning,azure"}
        assert all(values(samples, LIST_UP).values())
        assert value(samples, "azure_ai_exporter_resource_paused") == 0
        assert endpoint.requests.count("avatar") == 1
        assert endpoint.requests.count(SERVED) > 50
        endpoint.others = 200
        await asyncio.sleep(ABSENT_SECONDS)
        assert value(scraped(exporter), LIST_UP, api="avatar") == 1
    assert "level=warning" not in capsys.readouterr().err


@pytest.mark.usefixtures("_key")
async def test_a_key_that_all_refuse_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    """Each list says so on /metrics, one line in the log; they are asked ever more seldom."""
    logs.configure("info", "logfmt")
    endpoint = Endpoint(key="another-key")
    async with watching(endpoint, AZURE_AI_KEY="a-key") as exporter:
        await asyncio.sleep(1800)
        ups = values(scraped(exporter), LIST_UP)
        assert len(ups) > 8
        assert not any(ups.values())
        assert endpoint.requests.count("avatar") < 15
        endpoint.key = ""
        await asyncio.sleep(400)
        assert all(values(scraped(exporter), LIST_UP).values())
    lines = capsys.readouterr().err.splitlines()
    told = [line for line in lines if "level=warning" in line]
    assert len(told) == 1
    assert "the key or the endpoint is wrong" in told[0]


@pytest.mark.usefixtures("_key")
async def test_what_was_served_is_missed() -> None:
    """A list that was read once is a failure when it is refused, though others answer."""
    endpoint = Endpoint({"avatar": 200, SERVED: 200}, others=404)
    async with watching(endpoint, AZURE_AI_KEY="a-key") as exporter:
        await asyncio.sleep(60)
        endpoint.statuses["avatar"] = 403
        await asyncio.sleep(60)
        assert value(scraped(exporter), LIST_UP, api="avatar") == 0
        assert value(scraped(exporter), LIST_UP, api="openai_batch") == 1


@pytest.mark.e2e
async def test_a_key_that_is_mended_counts_at_once(tmp_path: Path) -> None:
    """Not after the pause, which has become long."""
    key = tmp_path / "key"
    key.write_text("wrong")
    endpoint = Endpoint(key="right")
    async with watching(endpoint, AZURE_AI_KEY_FILE=str(key)) as exporter:
        await asyncio.sleep(1800)
        assert not any(values(scraped(exporter), LIST_UP).values())
        key.write_text("right")
        await asyncio.sleep(10)
        assert all(values(scraped(exporter), LIST_UP).values())
