"""The cost of polls, and the number of requests that they need."""

import asyncio
import re
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import aiohttp
import yaml

from exporter.app.exporter import build
from exporter.config.config import parse_config
from exporter.simulator.faults.faults import Fault, Faults, Kind
from exporter.simulator.play.building import operation
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import Simulator
from exporter.telemetry import logs
from exporter.web.server import listening
from tests.benchmarks.lists import listed
from tests.benchmarks.programs import (
    Child,
    Program,
    answering,
    bare_loop,
    config,
    obeying,
    simulated,
)
from tests.benchmarks.table import Row
from tests.conftest import JumpingLoop
from tests.support.local import clock

ROUNDS = 3
BATCHES, SIZE = 100, 1000  # documents of each
SINGLES = 1000
COPIES = 4  # resources: no single one is asked so often that a processor has nothing else to do
FOLLOWED = 10_000
INTERVAL = 1200.0  # seconds; with ten minutes it takes more than a minute and a half to run
_CHANGE = "azure_ai_operation_last_change_timestamp_seconds{"
_HOUR = 3600.0
_SAMPLED = 8.0  # seconds


def rows() -> list[Row]:
    """The simulator is in this process, the exporter in its own; but for the jumping hour."""
    stalls = asyncio.run(_stalls())
    singles = asyncio.run(_singles())
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        sent, failing = runner.run(_hour())
    asked = FOLLOWED * _HOUR / INTERVAL
    return [
        Row(f"stall: a poll of {BATCHES} changed batches", "ms", stalls, "20 at most"),
        *singles,
        Row(
            *(f"requests of {FOLLOWED:,} operations, 1 % failing", "in an hour", [sent]),
            *("0.98 to 1.02 of the peer", "what the intervals ask for", [asked]),
        ),
        Row(
            *("of these, the failing ones", "in an hour", [failing], ""),
            *("what the intervals ask for", [asked / 100]),
        ),
    ]


async def _stalls() -> list[float]:
    """The longest stall of each round, in milliseconds."""
    interval = 8
    section = {
        "poll": {"interval": f"{interval}s", "requests_per_second": 1000},
        "document_translation": {"discover": {"interval": f"{interval}s"}},
    }
    stalls: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        async with listed(BATCHES, SIZE, step=1) as (_, endpoint):
            file = Path(folder) / "config.yaml"
            file.write_text(yaml.safe_dump(config(endpoint, section)))
            async with (
                obeying("ticking", file) as child,
                aiohttp.ClientSession(f"http://{child.address}") as session,
            ):
                program = Program(child.process.pid, file, session)
                await answering(program)
                await program.shows("azure_ai_document_state{", SIZE * BATCHES, every=2)
                for _ in range(ROUNDS):
                    begun = time.time()
                    await child.ask("tick")
                    await asyncio.sleep(1.5 * interval)
                    stalls.append(1000 * (await child.ask("stall"))["stall"])
                    await _all_changed(program, begun)
    return stalls


async def _all_changed(program: Program, since: float) -> None:
    """Fail where a batch was not seen to change."""
    lines = (await program.scrape()).decode().splitlines()
    times = [float(line.split()[-1]) for line in lines if line.startswith(_CHANGE)]
    if len(times) != BATCHES or min(times) < since:
        raise RuntimeError("a batch has not changed within a round")


async def _singles() -> list[Row]:
    """Operations that were polled for each second of CPU, and where that went."""
    ids = [f"operation-{number:05d}" for number in range(SINGLES)]
    now = time.time()
    running = tuple(operation(id_, created=now - 60, takes=None) for id_ in ids)
    section = {
        "poll": {"interval": "1s", "requests_per_second": 1000, "concurrency": 8},
        "video_translation": {"operations": ids},
    }
    ours: list[float] = []
    bare: list[float] = []
    parts: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.yaml"
        async with simulated(Scenario(video_translation=running)) as (_, endpoint):
            file.write_text(yaml.safe_dump(config(endpoint, section, COPIES)))
            for _ in range(ROUNDS):
                async with (
                    obeying("ticking", file) as child,
                    aiohttp.ClientSession(f"http://{child.address}") as session,
                ):
                    program = Program(child.process.pid, file, session)
                    await answering(program)
                    await program.shows("azure_ai_operation_up{", COPIES * SINGLES)
                    cost = await _cost_of_a_poll(program, child)
                    ours.append(1 / cost)
                    await child.ask("sample")
                    await asyncio.sleep(_SAMPLED)
                    for part, share in (await child.ask("shares")).items():
                        parts[part].append(1e6 * share * cost)
                bare.append(1 / await bare_loop("singles", endpoint, SINGLES))
    return [
        Row(
            *("single operations polled", "per CPU-second", ours, "0.6 of the peer or more"),
            *("bare aiohttp loop with json.loads", bare),
            more_is_better=True,
        ),
        *(Row(f"of a poll: {part}", "µs of CPU", costs, "") for part, costs in parts.items()),
    ]


async def _cost_of_a_poll(program: Program, child: Child) -> float:
    """Seconds of CPU for each poll."""
    polled, begun = await _polled(program), (await child.ask("cpu"))["cpu"]
    await asyncio.sleep(_SAMPLED)
    cpu = (await child.ask("cpu"))["cpu"] - begun
    return cpu / (await _polled(program) - polled)


async def _polled(program: Program) -> float:
    """Polls so far; all of them succeed."""
    return await program.total("azure_ai_exporter_polls_total")


async def _hour() -> tuple[float, float]:
    """Requests that were really sent in the first hour; those for the failing operations.

    The intervals ask for one request of each operation, failing or not. Retries and early polls of
    a failing operation raise the count; pauses lower it.
    """
    logs.configure("critical", "logfmt")
    ids = [f"operation-{number:05d}" for number in range(FOLLOWED)]
    running = tuple(operation(id_, created=clock() - 60, takes=None) for id_ in ids)
    broken = Fault(kind=Kind.ERROR, path=re.compile(r"/operation-\d{3}00$"))
    simulator = Simulator(
        Scenario(video_translation=running), clock=clock, cache=False, faults=Faults(broken)
    )
    section = {
        "poll": {"interval": f"{INTERVAL:g}s", "requests_per_second": 10},
        "video_translation": {"operations": ids},
    }
    async with listening(simulator.app(), "127.0.0.1", 0) as address:
        top = config(f"http://{address}", section, retention={"stale_after": "1h"})
        text = yaml.safe_dump(top)
        async with (
            build(parse_config("bench", text, Path()), clock) as exporter,
            asyncio.TaskGroup() as group,
        ):
            task = group.create_task(exporter.run())
            await asyncio.sleep(_HOUR)
            task.cancel()
    failing = sum(count for path, count in simulator.requests.items() if path.endswith("00"))
    return float(simulator.requests.total()), float(failing)
