"""Whether somebody who scrapes notices a reload."""

import asyncio
import time
from collections.abc import Sequence

import yaml

from exporter.simulator.play.scenario import Scenario
from tests.benchmarks.programs import (
    PORT,
    Program,
    answering,
    config,
    drain,
    exporting,
    simulated,
)
from tests.benchmarks.table import Row

OPERATIONS = 10_000


def rows() -> list[Row]:
    """Whole scrapes, one after the other, while 10,000 configured operations are reloaded."""
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
    slowest: list[float] = []
    usual: list[float] = []
    async with (
        simulated(Scenario()) as (_, endpoint),
        exporting(endpoint, _section(ids)) as program,
    ):
        await answering(program)
        for round_ in range(5):
            usual.append(await _slowest_until(asyncio.sleep(3)))
            changed = [{"id": id_, "labels": {"round": str(round_)}} for id_ in ids[:10]]
            text = yaml.safe_dump(config(endpoint, _section([*changed, *ids[10:]])))
            program.config.write_text(text)
            slowest.append(await _slowest_until(_reload(program)))
    return slowest, usual


def _section(operations: Sequence[object]) -> dict[str, object]:
    return {
        "poll": {"interval": "5m", "requests_per_second": 0.1},
        "video_translation": {"operations": list(operations)},
    }


async def _reload(program: Program) -> None:
    async with program.session.post("/-/reload") as answer:
        if answer.status != 200:
            raise RuntimeError(await answer.text())


async def _slowest_until(work: object) -> float:
    """Milliseconds of the slowest scrape until the work is done."""
    task = asyncio.ensure_future(work)  # type: ignore[call-overload]
    slowest = 0.0
    while not task.done():
        begun = time.perf_counter()
        await asyncio.to_thread(drain, f"127.0.0.1:{PORT}", "gzip")
        slowest = max(slowest, 1000 * (time.perf_counter() - begun))
    await task
    return slowest
