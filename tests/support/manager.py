"""A small Azure Resource Manager, and an exporter that finds accounts there."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from exporter.app.exporter import Exporter, build
from exporter.app.reload import Reloader
from exporter.config.config import load
from exporter.config.sources import OneFile
from exporter.model.shard import ALONE, Shard
from tests.support import plain_yaml
from tests.support.local import START, clock, served
from tests.support.secure import Authority, Login, application, served_tls

SUBSCRIPTION = "00000000-0000-0000-0000-00000000000a"
OTHER = "00000000-0000-0000-0000-00000000000b"
KEYS = (
    "OpenAI Language Model Instance API",
    "DocumentTranslation",
    "Speech Services Speech to Text",
    "Speech Services Speech to Text 2025-10-15",
    "Speech Services Batch Avatar",
    "Speech Services Batch Text to Speech",
    "Video Translation",
    "Content Safety",
)

Json = dict[str, object]


def account(  # as Resource Manager shows it, with what a test says
    name: str,
    endpoint: str = "",
    *,
    subscription: str = SUBSCRIPTION,
    group: str = "rg-a",
    kind: str = "AIServices",
    location: str = "West Europe",
    sku: str = "S0",
    tags: Mapping[str, str] | None = None,
    keys: Sequence[str] = KEYS,
    **properties: object,
) -> Json:
    url = endpoint or f"https://{name}.cognitiveservices.azure.com/"
    return {
        "id": f"/subscriptions/{subscription}/resourceGroups/{group}"
        f"/providers/Microsoft.CognitiveServices/accounts/{name}",
        "name": name,
        "type": "Microsoft.CognitiveServices/accounts",
        "kind": kind,
        "location": location,
        "sku": {"name": sku},
        **({"tags": dict(tags)} if tags else {}),
        "properties": {
            "endpoint": url,
            "endpoints": dict.fromkeys(keys, url),
            "customSubDomainName": name,
            "provisioningState": "Succeeded",
            **properties,
        },
    }


@dataclass
class Manager:
    """Resource Manager with these accounts.

    Attributes:
        refuses: the answer instead of a list, where a test wants one.
        link: makes another link to the next page of the right one.
        requests: the loop's time and the path of each request.
    """

    accounts: list[Json] = field(default_factory=list)
    page: int = 100
    refuses: Callable[[web.Request], web.Response | None] = lambda _: None
    link: Callable[[str], str] = lambda link: link
    requests: list[tuple[float, str]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)

    def application(self) -> web.Application:
        app = web.Application()
        path = "/providers/Microsoft.CognitiveServices/accounts"
        app.router.add_get(f"/subscriptions/{{sub}}{path}", self._list)
        app.router.add_get(f"/subscriptions/{{sub}}/resourceGroups/{{group}}{path}", self._list)
        app.router.add_post("/providers/Microsoft.ResourceGraph/resources", self._graph)
        return app

    def _note(self, request: web.Request) -> web.Response | None:
        self.requests.append((asyncio.get_running_loop().time(), request.path))
        self.tokens.add(request.headers.get("Authorization", ""))
        return self.refuses(request)

    async def _list(self, request: web.Request) -> web.Response:
        if refusal := self._note(request):
            return refusal
        scope = request.path.removesuffix("/providers/Microsoft.CognitiveServices/accounts")
        mine = [each for each in self.accounts if str(each["id"]).startswith(f"{scope}/")]
        start = int(request.query.get("$skipToken", "0"))
        end = start + self.page
        body: Json = {"value": mine[start:end]}
        if end < len(mine):
            body["nextLink"] = self.link(
                f"http://{request.host}{request.path_qs.split('&')[0]}&%24skipToken={end}"
            )
        return web.json_response(body)

    async def _graph(self, request: web.Request) -> web.Response:
        if refusal := self._note(request):
            return refusal
        asked = json.loads(await request.read())
        assert "microsoft.cognitiveservices/accounts" in asked["query"]
        start = int(asked["options"].get("$skipToken", "0"))
        end = start + min(self.page, asked["options"]["$top"])
        body: Json = {"data": self.accounts[start:end], "resultTruncated": "false"}
        if end < len(self.accounts):
            body["$skipToken"] = str(end)
        return web.json_response(body)


@dataclass
class DataPlane:
    """The endpoints of all accounts, each below its name: one running batch of OpenAI for each.

    Attributes:
        refuses: the answer instead of a list, where a test wants one.
        requests: the loop's time, the path and the credential of each request.
    """

    refuses: Callable[[web.Request], web.Response | None] = lambda _: None
    requests: list[tuple[float, str, str]] = field(default_factory=list)

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/{account}/{path:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        credential = request.headers.get("Authorization", "")
        now = asyncio.get_running_loop().time()
        self.requests.append((now, request.path, credential))
        if refusal := self.refuses(request):
            return refusal
        batch = {"id": f"batch_{request.match_info['account']}", "status": "in_progress"}
        batches = [{**batch, "created_at": int(START)}]
        is_batches = request.match_info["path"] == "openai/batches"
        listed = batches if is_batches else []
        return web.json_response(dict.fromkeys(("value", "values", "data"), listed))


def error(status: int, code: str, message: str, **headers: str) -> web.Response:
    """An error of Resource Manager."""
    body = {"error": {"code": code, "message": message}}
    return web.json_response(body, status=status, headers=headers)


@asynccontextmanager
async def managed(
    manager: Manager, folder: Path, login: Login | None = None
) -> AsyncIterator[Json]:
    """An entry of `discover_resources` that asks this Resource Manager."""
    authority = Authority(folder)
    login = login or Login()
    async with (
        served(manager.application()) as endpoint,
        served_tls(login.application(), authority.server()) as login_endpoint,
    ):
        yield {
            "subscription": SUBSCRIPTION,
            "endpoint": endpoint,
            "auth": application(folder, login_endpoint),
            "tls": {"ca_file": authority.ca_file},
        }


@asynccontextmanager
async def finding(
    folder: Path,
    *entries: Json,
    shard: Shard = ALONE,
    **settings: object,
) -> AsyncIterator[Exporter]:
    """A running exporter with these entries, which applies what it finds."""
    path = folder / "config.yaml"
    path.write_text(plain_yaml.dump({"discover_resources": list(entries), **settings}))
    config = load(path)
    async with (
        build(config, clock, shard) as exporter,
        asyncio.TaskGroup() as group,
    ):
        reloader = Reloader(OneFile(path), config, exporter)
        tasks = [exporter.run(), reloader.follow_accounts(), reloader.watch()]
        running = [group.create_task(task) for task in tasks]
        yield exporter
        for task in running:
            task.cancel()
