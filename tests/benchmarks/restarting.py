"""How long somebody waits for all series after a restart with a checkpoint."""

import asyncio
import tempfile
import time

from tests.benchmarks.lists import listed
from tests.benchmarks.programs import answering, exporting
from tests.benchmarks.table import Row

BATCHES, SIZE = 100, 1000
ROUNDS = 3
_EVER = 1e6  # seconds between two changes


def rows() -> list[Row]:
    """From the start of the program to a scrape that shows every document."""
    first, second = asyncio.run(_restarts())
    documents = f"{BATCHES * SIZE:,}"
    what = f"restart with {documents} documents: first complete /metrics"
    return [Row(what, "ms", second, "3000 at most", "the same without a checkpoint", first)]


async def _restarts() -> tuple[list[float], list[float]]:
    section = {
        "poll": {"interval": "5m", "requests_per_second": 1000},
        "document_translation": {"discover": {"interval": "5m"}},
    }
    first: list[float] = []
    second: list[float] = []
    async with listed(BATCHES, SIZE, _EVER) as (_, endpoint):
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory() as folder:
                for seen in (first, second):
                    begun = time.perf_counter()
                    async with exporting(
                        endpoint, section, state_file=f"{folder}/state"
                    ) as program:
                        await answering(program)
                        await program.shows("azure_ai_document_state{", BATCHES * SIZE)
                        seen.append(1000 * (time.perf_counter() - begun))
    return first, second
