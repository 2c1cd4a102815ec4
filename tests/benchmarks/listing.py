"""What each item of a list page costs, round after round: documents, and operations."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import SimpleNamespace
from typing import Protocol

from aiohttp import web

from exporter.simulator.messages import timestamp
from exporter.web.server import listening
from tests.benchmarks.bare_loop import SYNTHESES
from tests.benchmarks.lists import listed
from tests.benchmarks.programs import answering, bare_loop, exporting
from tests.benchmarks.table import Row

ROUNDS = 3
BATCHES, SIZE = 100, 1000  # documents of each
OPERATIONS = 10_000
_PAGE = 100
_EVER = 1e6  # seconds
_BARE = "bare aiohttp loop with json.loads"
_DOCUMENTS_SECTION = {
    "poll": {"interval": "8s", "requests_per_second": 1000},
    "document_translation": {"discover": True},
}
_OPERATIONS_SECTION = {
    "poll": {"interval": "4s", "requests_per_second": 1000},
    "avatar": {"discover": {"max_operations": OPERATIONS}},
}


class Counted(Protocol):
    """A simulator; `requests` are those that it has answered."""

    requests: int


def rows() -> list[Row]:
    """CPU of the exporter's process, its idle work included; the peer reads the same pages once."""
    documents, operations = BATCHES * SIZE, OPERATIONS
    changed = listed(BATCHES, SIZE, step=0.1)
    same = listed(BATCHES, SIZE, step=_EVER)
    return [
        _row("a changed document of a page", "6 at most", changed, _DOCUMENTS_SECTION, documents),
        _row("a document as before", "1 at most", same, _DOCUMENTS_SECTION, documents),
        _row("an operation as before", "10 at most", _syntheses(), _OPERATIONS_SECTION, operations),
    ]


def _row(
    what: str,
    goal: str,
    azure: AbstractAsyncContextManager[tuple[Counted, str]],
    section: Mapping[str, object],
    items: int,
) -> Row:
    ours, bare = asyncio.run(_measured(azure, section, items))
    return Row(f"{what}, each", "µs of CPU", ours, goal, _BARE, bare)


async def _measured(
    azure: AbstractAsyncContextManager[tuple[Counted, str]],
    section: Mapping[str, object],
    items: int,
) -> tuple[list[float], list[float]]:
    """Microseconds of CPU for each item; the bare loop's."""
    peer = "pages" if section is _DOCUMENTS_SECTION else "syntheses"
    series = "azure_ai_document_state{" if peer == "pages" else "azure_ai_operation_up{"
    ours: list[float] = []
    bare: list[float] = []
    async with azure as (lists, endpoint), exporting(endpoint, section) as program:
        await answering(program)
        await program.shows(series, items, every=2)
        for _ in range(ROUNDS):
            await asyncio.sleep(2)  # the work for the scrapes has ended
            cpu, requests = program.cpu(), lists.requests
            await asyncio.sleep(8)  # whole rounds
            read = (lists.requests - requests) * _PAGE
            ours.append((program.cpu() - cpu) / read * 1e6)
            bare.append(await bare_loop(peer, endpoint) / items * 1e6)
    return ours, bare


@asynccontextmanager
async def _syntheses() -> AsyncIterator[tuple[Counted, str]]:
    """A simulator with a list of batch syntheses that never change."""
    counted = SimpleNamespace(requests=0)
    begun = timestamp(time.time() - 86_400)
    ids = [f"synthesis-{number:05d}" for number in range(OPERATIONS)]
    items = [_synthesis(id_, begun) for id_ in ids]

    async def page(request: web.Request) -> web.Response:
        counted.requests += 1
        first = int(request.query.get("skip", "0"))
        link = ""
        if first + _PAGE < OPERATIONS:
            link = f',"nextLink":{json.dumps(str(request.url.update_query(skip=first + _PAGE)))}'
        text = f'{{"value":[{",".join(items[first : first + _PAGE])}]{link}}}'
        return web.Response(text=text, content_type="application/json")

    app = web.Application()
    app.router.add_get(SYNTHESES, page)
    async with listening(app, "127.0.0.1", 0) as address:
        yield counted, f"http://{address}"


def _synthesis(id_: str, begun: str) -> str:
    return (
        f'{{"id":"{id_}","status":"Running","createdDateTime":"{begun}",'
        f'"lastActionDateTime":"{begun}","description":"{id_}","inputKind":"PlainText",'
        '"avatarConfig":{"talkingAvatarCharacter":"lisa","talkingAvatarStyle":"sitting"},'
        '"synthesisConfig":{"voice":"en-US-JennyNeural"},"properties":{"timeToLiveInHours":744,'
        '"succeededCount":1,"failedCount":0,"billingDetails":{"neuralCharacters":1024,'
        '"talkingAvatarDurationSeconds":12}}}'
    )
