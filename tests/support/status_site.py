"""An exporter's port with operations as if they had been polled, over real HTTP."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp
from msgspec import structs
from multidict import CIMultiDictProxy

from exporter.app.exporter import Exporter, build
from exporter.app.serve import routes
from exporter.checkpoint.contents import Contents
from exporter.config.config import Config
from exporter.model.operation import Operation, OperationKey, State
from exporter.model.shard import ALONE, Shard
from exporter.model.snapshot import Watch
from tests.support.local import clock, configured, served
from tests.support.pages import Page

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
API = "document_translation"
NOWHERE = "http://127.0.0.1:1"


@dataclass(frozen=True)
class Site:
    """An exporter's port, and the exporter behind it."""

    exporter: Exporter
    session: aiohttp.ClientSession

    async def raw(
        self, path: str, status: int = 200, headers: Mapping[str, str] = HTML, method: str = "GET"
    ) -> tuple[str, CIMultiDictProxy[str]]:
        async with self.session.request(method, path, headers=headers) as answer:
            assert answer.status == status, path
            return await answer.text(), answer.headers

    async def page(self, path: str = "/", *, status: int = 200, **query: str) -> Page:
        """A page of it, well made."""
        asked = f"{path}?{urlencode(query)}" if query else path
        return Page((await self.raw(asked, status))[0])

    def watch(self, id_: str, known: Operation | None = None, **about: object) -> OperationKey:
        """One more operation, as if it had been looked at just now."""
        resource, api = str(about.pop("resource", "r0")), str(about.pop("api", API))
        key = OperationKey(resource, api, id_)
        watch = structs.replace(Watch(key, "batch", tuple(State), shows=frozenset(State)), **about)
        self.exporter.store.watch(watch)
        if known:
            self.exporter.store.put(key, known, clock())
        return key


@asynccontextmanager
async def site(
    config: Config | None = None,
    *,
    shard: Shard = ALONE,
    memory: Contents | None = None,
) -> AsyncIterator[Site]:
    """Two resources of which nothing is polled."""
    of_nobody = {"endpoint": NOWHERE, API: {}, "avatar": {}}
    config = config or configured(of_nobody, {"endpoint": NOWHERE, "qna_maker": {}})
    async with build(config, clock, shard, memory) as exporter:
        port = exporter.metrics_routes.application(*routes(exporter, None, lifecycle=False))
        async with served(port) as url, aiohttp.ClientSession(url) as session:
            yield Site(exporter, session)


def seen(state: State, **known: object) -> Operation:
    return Operation(state, state.value, **known)  # type: ignore[arg-type]
