"""What it costs to follow discovered batches and their documents."""

import asyncio
import re
import sys
import time
from asyncio.subprocess import PIPE

from exporter.simulator.building import batch
from exporter.simulator.scenario import Batch, Scenario
from exporter.simulator.server import Simulator
from tests.benchmarks.programs import answering, exporting, simulated
from tests.benchmarks.table import Row

_EVER = 1e6  # seconds
_LANGUAGES = [f"l{number}" for number in range(10)]


def rows() -> list[Row]:
    """Requests are counted by the local Azure, CPU and memory are those of the process."""
    return [
        Row("a round of 1,000 discovered batches", "requests", [_batches_round()], "25 at most"),
        Row(
            "a round of 1,000 documents, 10 unfinished",
            "requests",
            [_documents_round()],
            "3 at most",
        ),
        *asyncio.run(_first_look()),
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
        "poll": {"interval": "4s", "requests_per_second": 1000},
        "document_translation": {"discover": True, "documents": documents},
    }
    async with (
        simulated(Scenario(batches=tuple(batches))) as (simulator, endpoint),
        exporting(endpoint, section) as program,
    ):
        await answering(program)
        await program.shows("azure_ai_operation_up{", operations)
        await asyncio.sleep(10)
        return await _per_round(simulator, 4.0)


async def _per_round(simulator: Simulator, interval: float, rounds: int = 5) -> float:
    simulator.requests.clear()
    await asyncio.sleep(rounds * interval)
    return sum(simulator.requests.values()) / rounds


async def _first_look() -> list[Row]:
    """100 batches of 1,000 documents: CPU and memory for each document."""
    now = time.time()
    documents = 100_000
    batches = tuple(
        batch(created=now - 60, documents=100, languages=_LANGUAGES, takes=_EVER, seed=number)
        for number in range(100)
    )
    section = {
        "poll": {"interval": "5m", "requests_per_second": 1000},
        "document_translation": {"discover": {"interval": "5m"}},
    }
    async with simulated(Scenario(batches=batches)) as (_, endpoint):
        async with exporting("http://127.0.0.1:1", section) as program:
            await answering(program)
            await asyncio.sleep(1)
            idle_cpu, idle_resident = program.cpu(), program.resident()
        async with exporting(endpoint, section) as program:
            await answering(program)
            await program.shows("azure_ai_document_state{", documents, every=10)
            cpu, resident = program.cpu() - idle_cpu, program.resident() - idle_resident
        bare = await _bare_loop(endpoint)
    return [
        Row(
            "first look at 100,000 documents, each",
            "µs of CPU",
            [cpu / documents * 1e6],
            "25 at most",
            "bare aiohttp loop with json.loads",
            [bare / documents * 1e6],
        ),
        Row("memory for a document followed", "bytes", [resident / documents], "1000 at most"),
    ]


async def _bare_loop(endpoint: str) -> float:
    """Seconds of CPU of a bare loop that reads the same pages."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.bare_loop", endpoint),
        stdout=PIPE,
    )
    said, _ = await process.communicate()
    found = re.search(rb"cpu ([0-9.]+)", said)
    if not found:
        raise RuntimeError("the bare loop has failed")
    return float(found[1])
