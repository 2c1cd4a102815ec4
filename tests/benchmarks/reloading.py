"""Whether somebody who scrapes notices a reload."""

import asyncio
import time

from exporter.simulator.scenario import Scenario
from tests.benchmarks.programs import Program, answering, exporting, simulated
from tests.benchmarks.table import Row

OPERATIONS = 10_000


def rows() -> list[Row]:
    """Scrapes one after the other while 10,000 configured operations are reloaded."""
    slowest, usual = asyncio.run(_scrapes())
    return [
        Row(
            f"slowest scrape while {OPERATIONS:,} operations are reloaded",
            "ms",
            slowest,
            "100 at most",
            "the same, nothing reloaded",
            usual,
        ),
    ]


async def _scrapes() -> tuple[list[float], list[float]]:
    ids = [f"operation-{number:05d}" for number in range(OPERATIONS)]
    section = {
        "poll": {"interval": "5m", "requests_per_second": 0.1},
        "video_translation": {"operations": ids},
    }
    slowest: list[float] = []
    usual: list[float] = []
    async with simulated(Scenario()) as (_, endpoint), exporting(endpoint, section) as program:
        await answering(program)
        for round_ in range(5):
            usual.append(await _slowest_until(program, asyncio.sleep(3)))
            text = program.config.read_text()
            for number in range(10):
                old = f"operation-{number:05d}"
                text = text.replace(f"- {old}", f"- id: {old}\n    labels: {{round: r{round_}}}")
            text = text.replace(f"round: r{round_ - 1}", f"round: r{round_}")
            program.config.write_text(text)
            slowest.append(await _slowest_until(program, _reload(program)))
    return slowest, usual


async def _reload(program: Program) -> None:
    async with program.session.post("/-/reload") as answer:
        if answer.status != 200:
            raise RuntimeError(await answer.text())


async def _slowest_until(program: Program, work: object) -> float:
    """Milliseconds of the slowest scrape until the work is done."""
    task = asyncio.ensure_future(work)  # type: ignore[call-overload]
    slowest = 0.0
    while not task.done():
        begun = time.perf_counter()
        async with program.session.get("/-/healthy") as answer:
            await answer.read()
        async with program.session.get("/metrics", headers={"Accept-Encoding": "gzip"}) as answer:
            await answer.content.readany()
        slowest = max(slowest, 1000 * (time.perf_counter() - begun))
    await task
    return slowest
