"""A simulator that only lists batches and documents, so cheaply that it is not what is measured.

The simulator works out the state of all documents of a batch for each page, which takes 30 ms
where there are a thousand. Here all of them run for ever, and in each `step` seconds another
twentieth of every batch tells progress. The fields are those that the simulator writes.
"""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from exporter.simulator.messages import timestamp
from exporter.simulator.services.document_translation import DocumentTranslation
from exporter.web.server import listening
from tests.benchmarks import filling

BATCHES = f"{DocumentTranslation.prefix}document/batches"
_PAGE = 100
_STEPS = 20
_SINCE = 86_400.0  # seconds that they have been running


class Lists:
    """So many batches of so many documents; `requests` are those that were answered."""

    def __init__(self, batches: int, size: int, step: float) -> None:
        self.requests = 0
        self._begun = time.time() - _SINCE
        self._step = step
        self._documents = {
            filling.key(number).operation: [
                (each.id, each.language, each.characters_charged)
                for each in filling.documents(number, size)
            ]
            for number in range(batches)
        }
        self._batches = list(self._documents)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get(BATCHES, self._list_batches)
        app.router.add_get(BATCHES + "/{batch}/documents", self._list_documents)
        return app

    async def _list_batches(self, request: web.Request) -> web.Response:
        first = int(request.query.get("skip", "0"))
        action = timestamp(self._begun + self._slot * self._step)
        ids = self._batches[first : first + _PAGE]
        items = [self._batch(each, action) for each in ids]
        return self._page(request, items, first + _PAGE < len(self._batches))

    async def _list_documents(self, request: web.Request) -> web.Response:
        first = int(request.query.get("skip", "0"))
        documents = self._documents[request.match_info["batch"]]
        slot = self._slot
        places = range(first, min(first + _PAGE, len(documents)))
        items = [self._document(*documents[place], place, slot) for place in places]
        return self._page(request, items, first + _PAGE < len(documents))

    @property
    def _slot(self) -> int:
        return int((time.time() - self._begun) / self._step)

    def _page(self, request: web.Request, items: list[str], more: bool) -> web.Response:
        self.requests += 1
        link = ""
        if more:
            first = int(request.query.get("skip", "0")) + _PAGE
            link = f',"@nextLink":{json.dumps(str(request.url.update_query(skip=first)))}'
        text = f'{{"value":[{",".join(items)}]{link}}}'
        return web.Response(text=text, content_type="application/json")

    def _batch(self, id_: str, action: str) -> str:
        size = len(self._documents[id_])
        return (
            f'{{"id":"{id_}","createdDateTimeUtc":"{timestamp(self._begun)}",'
            f'"lastActionDateTimeUtc":"{action}","status":"Running","summary":{{"total":{size},'
            f'"failed":0,"success":0,"inProgress":{size},"notYetStarted":0,"cancelled":0,'
            f'"totalCharacterCharged":0}}}}'
        )

    def _document(self, id_: str, language: str, charged: int | None, place: int, slot: int) -> str:
        told = (slot + place) // _STEPS  # how often it has told progress
        action = self._begun + max(0, told * _STEPS - place) * self._step + place % 1000 / 1009
        return (
            f'{{"sourcePath":"https://contosodocs.blob.core.windows.net:443/source/{place}.docx",'
            f'"createdDateTimeUtc":"{timestamp(self._begun)}",'
            f'"lastActionDateTimeUtc":"{timestamp(action)}","status":"Running","to":"{language}",'
            f'"progress":{told % _STEPS / _STEPS},"id":"{id_}","characterCharged":{charged}}}'
        )


@asynccontextmanager
async def listed(batches: int, size: int, step: float) -> AsyncIterator[tuple[Lists, str]]:
    """Such an Azure, and its endpoint."""
    lists = Lists(batches, size, step)
    async with listening(lists.app(), "127.0.0.1", 0) as address:
        yield lists, f"http://{address}"
