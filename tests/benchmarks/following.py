"""What it costs to follow discovered batches and their documents."""

import asyncio
import time

from exporter.simulator.play.building import batch
from exporter.simulator.play.scenario import Batch, Scenario
from exporter.simulator.server import Simulator
from tests.benchmarks.lists import Lists, listed
from tests.benchmarks.programs import PORT, answering, bare_loop, drain, exporting, simulated
from tests.benchmarks.table import Row

ROUNDS = 3
INTERVAL = 4  # seconds
INTERVALS = 5  # whose requests are counted
PAGES = 1001  # that show 100 batches of 1,000 documents
_EVER = 1e6  # seconds
_LANGUAGES = [f"l{number}" for number in range(10)]


def rows() -> list[Row]:
    """Requests are counted by the simulator, CPU and memory are those of the process."""
    return [
        Row("a round of 1,000 discovered batches", "requests", [_batches_round()], "25 at most"),
        Row(
            "a round of 1,000 documents, 10 unfinished",
            "requests",
            [_documents_round()],
            "3 at most",
        ),
        *asyncio.run(_first_poll()),
    ]


def _batches_round() -> float:
    now = time.time()
    running = [batch(created=now - 60, takes=_EVER, seed=number) for number in range(1000)]
    return asyncio.run(_round(running, "none", 1000))


def _documents_round() -> float:
    now = time.time()
    one = batch(
        created=now - 1000,
        documents=100,
        languages=_LANGUAGES,
        takes=900,
        stuck=10,
    )
    return asyncio.run(_round([one], "all", 1))


async def _round(batches: list[Batch], documents: str, operations: int) -> float:
    """Requests of a round, once everything was seen."""
    section = {
        "poll": {"interval": f"{INTERVAL}s", "requests_per_second": 1000},
        "document_translation": {"discover": True, "documents": documents},
    }
    async with (
        simulated(Scenario(batches=tuple(batches))) as (simulator, endpoint),
        exporting(endpoint, section) as program,
    ):
        await answering(program)
        await program.shows("azure_ai_operation_up{", operations)
        await asyncio.sleep(10)
        return await _per_round(simulator)


async def _per_round(simulator: Simulator) -> float:
    simulator.requests.clear()
    await asyncio.sleep(INTERVALS * INTERVAL)
    return sum(simulator.requests.values()) / INTERVALS


async def _first_poll() -> list[Row]:
    """100 batches of 1,000 documents: CPU and memory for each document, first scrape included."""
    documents = 100_000
    section = {
        "poll": {"interval": "5m", "requests_per_second": 1000},
        "document_translation": {"discover": {"interval": "5m"}},
    }
    each: list[float] = []
    memory: list[float] = []
    bare: list[float] = []
    async with listed(100, 1000, _EVER) as (lists, endpoint):
        for _ in range(ROUNDS):
            async with exporting("http://127.0.0.1:1", section) as program:
                await answering(program)
                await asyncio.sleep(1)
                idle_cpu, idle_resident = program.cpu(), program.resident()
            async with exporting(endpoint, section) as program:
                await answering(program)
                await _quiet(lists)
                await asyncio.to_thread(drain, f"127.0.0.1:{PORT}", "gzip")
                cpu, resident = program.cpu() - idle_cpu, program.resident() - idle_resident
                shown = (await program.scrape()).count(b"\nazure_ai_document_state{")
                if shown != documents:
                    raise RuntimeError(f"{shown} documents are shown, not {documents}")
            each.append(cpu / documents * 1e6)
            memory.append(resident / documents)
            bare.append(await bare_loop("pages", endpoint) / documents * 1e6)
    peer = "bare aiohttp loop with json.loads"
    what = "first poll of 100,000 documents, each"
    return [
        Row(what, "µs of CPU", each, "10 at most", peer, bare),
        Row("memory for a document followed", "bytes", memory, "1000 at most"),
    ]


async def _quiet(lists: Lists) -> None:
    """Wait until all was asked, and nothing for two seconds, without asking the exporter."""
    begun, latest = lists.requests, -1
    async with asyncio.timeout(300):
        while lists.requests < begun + PAGES or lists.requests != latest:
            latest = lists.requests
            await asyncio.sleep(2)
