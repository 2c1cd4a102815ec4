"""A peer: the same pages of batches and documents, read with aiohttp and json.loads, no more."""

import asyncio
import json
import sys
import time

import aiohttp

from exporter.simulator.server import DEFAULT_KEY

_BATCHES = "/translator/document/batches"
_QUERY = "?api-version=2024-05-01&maxpagesize=100"


async def main(endpoint: str) -> None:
    begun = time.process_time()
    headers = {"Ocp-Apim-Subscription-Key": DEFAULT_KEY}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def items(url: str | None) -> list[str]:
            ids: list[str] = []
            while url:
                async with session.get(url) as answer:
                    page = json.loads(await answer.read())
                ids += [item["id"] for item in page["value"]]
                url = page.get("@nextLink")
            return ids

        for batch in await items(endpoint + _BATCHES + _QUERY):
            await items(f"{endpoint}{_BATCHES}/{batch}/documents{_QUERY}")
    print(f"cpu {time.process_time() - begun}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
