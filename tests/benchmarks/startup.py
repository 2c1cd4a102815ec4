"""How long somebody waits for `--help` and for the first `/metrics`."""

import asyncio
import contextlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
import yaml

from exporter.simulator.building import operation
from exporter.simulator.scenario import Scenario
from exporter.simulator.server import DEFAULT_KEY, Simulator
from exporter.web.server import listening
from tests.benchmarks.table import Row

ROUNDS = 7
OPERATIONS = 100
_PORT = 10158


def rows() -> list[Row]:
    """Interleaved with a bare start of Python, so that all meet the same machine."""
    bare: list[float] = []
    help_: list[float] = []
    first: list[float] = []
    complete: list[float] = []
    for _ in range(ROUNDS):
        bare.append(_seconds([sys.executable, "-c", "pass"]))
        help_.append(_seconds([sys.executable, "-m", "exporter", "--help"]))
        answered, read = asyncio.run(_first_metrics())
        first.append(answered)
        complete.append(read)
    name = "python -c pass"
    return [
        Row("azure-ai-exporter --help", help_, name, bare, "0.5 s at most"),
        Row(f"first /metrics, {OPERATIONS} operations", first, name, bare, "2 s at most"),
        Row(f"/metrics with all {OPERATIONS} read", complete, name, bare, "-"),
    ]


def _seconds(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


async def _first_metrics() -> tuple[float, float]:
    """Seconds from the start of the program to its first answer, and to a complete one."""
    ids = [f"operation-{number:03d}" for number in range(OPERATIONS)]
    now = time.time()
    scenario = Scenario(video_translation=tuple(operation(id_, created=now, takes=None) for id_ in ids))
    simulator = Simulator(scenario)
    async with listening(simulator.app(), "127.0.0.1", 0) as address:
        resource = {
            "name": "speech",
            "endpoint": f"http://{address}",
            "auth": {"key": DEFAULT_KEY},
            "poll": {"requests_per_second": OPERATIONS},
            "video_translation": {"operations": ids},
        }
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder) / "config.yaml"
            config.write_text(yaml.safe_dump({"resources": [resource]}))
            command = [
                *(sys.executable, "-m", "exporter", "run", f"--config.file={config}"),
                *(f"--web.listen-address=127.0.0.1:{_PORT}", "--log.level=error"),
            ]
            begun = time.perf_counter()
            program = await asyncio.create_subprocess_exec(*command)
            answered = await _when(0) - begun
            read = await _when(OPERATIONS) - begun
            program.terminate()
            await program.wait()
    return answered, read


async def _when(operations: int) -> float:
    """When `/metrics` shows as many operations."""
    async with aiohttp.ClientSession() as session:
        while True:
            with contextlib.suppress(aiohttp.ClientConnectionError):
                async with session.get(f"http://127.0.0.1:{_PORT}/metrics") as answer:
                    body = await answer.read()
                if body.count(b"\nazure_ai_operation_up{") >= operations:
                    return time.perf_counter()
            await asyncio.sleep(0.005)
