"""How soon the status page begins to come, and how long it stops others meanwhile."""

import asyncio
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import yaml

from exporter.simulator.play.building import batch, operation
from exporter.simulator.play.scenario import Scenario
from tests.benchmarks.programs import Child, config, obeying, simulated
from tests.benchmarks.table import Row

OPERATIONS = 10_000
DOCUMENTS = 1000
ROUNDS = 10
_EVER = 1e6  # seconds
_PATHS = {
    "/": "status page",
    "/?sort=-changed&q=operation&page=150": "the same, searched, sorted, page 150",
    "/?per_page=500": "the same, 500 rows",
}


def rows() -> list[Row]:
    """From the request to the first byte, and the longest stall seen from within."""
    return asyncio.run(_measured())


async def _measured() -> list[Row]:
    now = time.time()
    running = [
        operation(f"operation-{number:05d}", created=now - 60, takes=None)
        for number in range(OPERATIONS)
    ]
    one = batch(created=now - 60, documents=DOCUMENTS, languages=("de",), takes=_EVER)
    scenario = Scenario(batches=(one,), video_translation=tuple(running))
    of_batch = {"resource": "bench", "api": "document_translation", "operation": one.id}
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.yaml"
        async with simulated(scenario) as (_, endpoint):
            section = {
                "poll": {"interval": "30m", "requests_per_second": 1000, "concurrency": 32},
                "video_translation": {"operations": [each.id for each in running]},
                "document_translation": {"batches": [one.id]},
            }
            said = config(endpoint, section, retention={"stale_after": "24h"})
            file.write_text(yaml.safe_dump(said))
            async with obeying("ticking", file) as child:
                url = f"http://{child.address}"
                async with aiohttp.ClientSession(url) as session:
                    await _ready(session)
                    for path, what in _PATHS.items():
                        found += await _rows(child, session, path, f"{what} of {OPERATIONS:,}")
                    path = f"/operation?{urlencode(of_batch)}&sort=-charged"
                    found += await _rows(child, session, path, f"a batch of {DOCUMENTS:,}")
    return found


async def _ready(session: aiohttp.ClientSession) -> None:
    """Wait until everything was read once."""
    async with asyncio.timeout(300):
        while True:
            with suppress(aiohttp.ClientConnectionError):
                async with session.get("/-/ready") as answer:
                    if answer.status == 200:
                        break
            await asyncio.sleep(0.5)
    await asyncio.sleep(3)


async def _rows(child: Child, session: aiohttp.ClientSession, path: str, what: str) -> list[Row]:
    first: list[float] = []
    stall: list[float] = []
    for _ in range(ROUNDS):
        await child.ask("tick")
        begun = time.perf_counter()
        async with session.get(path) as answer:
            first.append(1000 * (time.perf_counter() - begun))
            if answer.status != 200:
                raise RuntimeError(await answer.text())
            await answer.read()
        stall.append(1000 * (await child.ask("stall"))["stall"])
    return [
        Row(f"{what}: first byte", "ms", first, "60 at most"),
        Row(f"{what}: longest stall", "ms", stall, "20 at most"),
    ]
