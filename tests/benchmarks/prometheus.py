"""A real Prometheus scrapes 1,000,000 samples every 15 s while they change."""

import asyncio
import shutil
import tempfile
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import yaml

from tests.benchmarks.filling import SAMPLES
from tests.benchmarks.lists import listed
from tests.benchmarks.programs import PORT, Program, answering, exporting
from tests.benchmarks.table import Row

BATCHES, SIZE = 334, 1000
SERIES = 2_000_000  # limit
_PORT = 10159
_NOT_READY = 503
_SCRAPE = 15  # seconds
_POLL = 30  # seconds from one look at a batch to the next
_STEP = 10.0  # seconds in which a twentieth of the documents of each batch changes
_TARGET = f"127.0.0.1:{PORT}"
_LAG = "azure_ai_exporter_poll_lag_seconds"
_READ = ("up", "scrape_duration_seconds", "scrape_samples_scraped", _LAG)


def rows(minutes: float = 3) -> list[Row]:
    """All but CPU and memory is read from Prometheus, which scrapes after the first look.

    Its durations are those of the whole scrape, reading and storing what was read; the longest is
    that of the first, which makes the series.
    """
    if not shutil.which("prometheus"):
        print("prometheus is left out: it needs Debian's package prometheus")
        return []
    return asyncio.run(_rows(minutes))


async def _rows(minutes: float) -> list[Row]:
    section = {
        "poll": {"interval": f"{_POLL}s", "requests_per_second": 1000},
        "document_translation": {"discover": {"interval": f"{_POLL}s"}},
    }
    samples = BATCHES * SIZE * SAMPLES
    async with (
        listed(BATCHES, SIZE, _STEP) as (_, endpoint),
        exporting(endpoint, section, limits={"series": SERIES}) as program,
    ):
        await answering(program)
        empty = program.resident()
        await program.shows("azure_ai_document_characters_charged{", BATCHES * SIZE, every=10)
        async with _prometheus() as session:
            await _first_scrape(session)
            begun = program.cpu()
            await asyncio.sleep(60 * minutes)
            cpu = (program.cpu() - begun) / minutes
            seen = {name: await _values(session, name) for name in _READ}
            resident = program.resident() - empty
    up, scraped = seen["up"], seen["scrape_samples_scraped"]
    wanted = int(60 * minutes / _SCRAPE)
    return [
        Row(f"Prometheus: scrapes in {minutes:g} min", "scrapes", [len(up)], f"{wanted} or more"),
        Row("Prometheus: failed scrapes", "scrapes", [float(up.count(0))], "0"),
        Row("Prometheus: scrape_samples_scraped", "samples", scraped, "1000000 or more"),
        Row("Prometheus: scrape_duration_seconds", "s", seen["scrape_duration_seconds"], ""),
        Row("Prometheus: poll_lag_seconds of the exporter", "s", seen[_LAG], ""),
        Row("CPU of the exporter meanwhile", "s a minute", [cpu], ""),
        Row("its memory for a sample", "bytes", [resident / samples], "100 at most"),
    ]


@asynccontextmanager
async def _prometheus() -> AsyncIterator[aiohttp.ClientSession]:
    """Prometheus while it scrapes the exporter, and a session with it."""
    job = {"job_name": "exporter", "static_configs": [{"targets": [_TARGET]}]}
    interval = f"{_SCRAPE}s"
    every = {"scrape_interval": interval, "scrape_timeout": interval}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "prometheus.yml"
        file.write_text(yaml.safe_dump({"global": every, "scrape_configs": [job]}))
        process = await asyncio.create_subprocess_exec(
            *("prometheus", f"--config.file={file}", f"--storage.tsdb.path={folder}/tsdb"),
            f"--web.listen-address=127.0.0.1:{_PORT}",
            stderr=DEVNULL,
        )
        try:
            async with aiohttp.ClientSession(f"http://127.0.0.1:{_PORT}") as session:
                prometheus = Program(process.pid, file, session)
                await answering(prometheus)
                yield session
        finally:
            process.kill()
            await process.wait()


async def _first_scrape(session: aiohttp.ClientSession) -> None:
    """Wait until all series are made, which takes Prometheus much longer than to go on."""
    async with asyncio.timeout(120):
        while not await _values(session, "up"):
            await asyncio.sleep(1)


async def _values(session: aiohttp.ClientSession, series: str) -> list[float]:
    """Every sample that was taken of a series of the exporter."""
    query = f'{series}{{instance="{_TARGET}"}}[1h]'
    async with session.get("/api/v1/query", params={"query": query}) as answer:
        if answer.status == _NOT_READY:
            return []
        body = await answer.json()
    if body["status"] != "success":
        raise RuntimeError(f"Prometheus knows no {query}: {body}")
    return [float(value) for found in body["data"]["result"] for _, value in found["values"]]
