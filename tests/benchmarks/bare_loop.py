"""Peers: what aiohttp and json.loads cost that read the same answers, no more.

`pages ENDPOINT` reads all batches and their documents, page by page, `syntheses ENDPOINT` the pages
of one list, `singles ENDPOINT COUNT` the status of so many operations, eight at once, for some
seconds.
"""

import asyncio
import json
import sys
import time
from itertools import cycle

import aiohttp

from exporter.simulator.server import DEFAULT_KEY

SYNTHESES = "/avatar/batchsyntheses"
_BATCHES = "/translator/document/batches"
_QUERY = "?api-version=2024-05-01&maxpagesize=100"
_OPERATION = "/videotranslation/operations/{}?api-version=2025-05-20"
_HEADERS = {"Ocp-Apim-Subscription-Key": DEFAULT_KEY}
_AT_ONCE = 8
_SECONDS = 5.0


async def pages(endpoint: str) -> None:
    async with aiohttp.ClientSession(headers=_HEADERS) as session:
        for batch in await _items(session, endpoint + _BATCHES + _QUERY):
            await _items(session, f"{endpoint}{_BATCHES}/{batch}/documents{_QUERY}")


async def syntheses(endpoint: str) -> None:
    async with aiohttp.ClientSession(headers=_HEADERS) as session:
        await _items(session, endpoint + SYNTHESES)


async def _items(session: aiohttp.ClientSession, url: str | None) -> list[str]:
    """The ids in the pages of a list."""
    ids: list[str] = []
    while url:
        async with session.get(url) as answer:
            page = json.loads(await answer.read())
        ids += [item["id"] for item in page["value"]]
        url = page.get("@nextLink") or page.get("nextLink")
    return ids


async def singles(endpoint: str, count: int) -> int:
    """How many were read."""
    names = cycle(f"operation-{number:05d}" for number in range(count))
    until = time.perf_counter() + _SECONDS
    read = 0

    async def work(session: aiohttp.ClientSession) -> None:
        nonlocal read
        while time.perf_counter() < until:
            async with session.get(endpoint + _OPERATION.format(next(names))) as answer:
                body = json.loads(await answer.read())
            if body["status"] != "Running":
                raise RuntimeError(body)
            read += 1

    async with aiohttp.ClientSession(headers=_HEADERS) as session:
        await asyncio.gather(*(work(session) for _ in range(_AT_ONCE)))
    return read


def main(what: str, endpoint: str, count: str = "1") -> None:
    """Print the seconds of CPU: of all pages, or of one status."""
    begun = time.process_time()
    if what in _LISTS:
        asyncio.run(_LISTS[what](endpoint))
        print(time.process_time() - begun)
    else:
        read = asyncio.run(singles(endpoint, int(count)))
        print((time.process_time() - begun) / read)


_LISTS = {"pages": pages, "syntheses": syntheses}

if __name__ == "__main__":
    main(*sys.argv[1:])
