"""How long somebody waits for `--help` and for the first `/metrics`."""

import asyncio
import subprocess
import sys
import time

from exporter.simulator.play.building import operation
from exporter.simulator.play.scenario import Scenario
from tests.benchmarks.programs import answering, exporting, simulated
from tests.benchmarks.table import Row

ROUNDS = 7
OPERATIONS = 100


def rows() -> list[Row]:
    """Interleaved with a bare start of Python, so that all meet the same machine."""
    bare: list[float] = []
    help_: list[float] = []
    first: list[float] = []
    complete: list[float] = []
    for _ in range(ROUNDS):
        bare.append(_milliseconds([sys.executable, "-c", "pass"]))
        help_.append(_milliseconds([sys.executable, "-m", "exporter", "--help"]))
        answered, read = asyncio.run(_first_metrics())
        first.append(answered)
        complete.append(read)
    peer = "python -c pass"
    return [
        Row("azure-ai-exporter --help", "ms", help_, "500 at most", peer, bare),
        Row(f"first /metrics, {OPERATIONS} operations", "ms", first, "2000 at most", peer, bare),
        Row(f"/metrics with all {OPERATIONS} read", "ms", complete, "", peer, bare),
    ]


def _milliseconds(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return 1000 * (time.perf_counter() - begun)


async def _first_metrics() -> tuple[float, float]:
    """Milliseconds from the start of the program to its first answer, and to a complete one."""
    ids = [f"operation-{number:03d}" for number in range(OPERATIONS)]
    now = time.time()
    scenario = Scenario(
        video_translation=tuple(operation(id_, created=now, takes=None) for id_ in ids),
    )
    section = {
        "poll": {"requests_per_second": OPERATIONS},
        "video_translation": {"operations": ids},
    }
    async with simulated(scenario) as (_, endpoint):
        begun = time.perf_counter()
        async with exporting(endpoint, section) as program:
            await answering(program)
            answered = time.perf_counter()
            await program.shows("azure_ai_operation_up{", OPERATIONS, every=0.005)
            read = time.perf_counter()
    return 1000 * (answered - begun), 1000 * (read - begun)
