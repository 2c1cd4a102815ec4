"""How long the event loop stops while a reload or a checkpoint is made, seen from within."""

import asyncio
import contextlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import yaml

from tests.benchmarks.programs import Child, config, obeying
from tests.benchmarks.table import Row

OPERATIONS = 10_000
BATCHES, SIZE = 100, 1000
ROUNDS = 7
_NOWHERE = "http://127.0.0.1:9"


def rows() -> list[Row]:
    """The longest stall of each round."""
    return asyncio.run(_rows())


async def _rows() -> list[Row]:
    found: list[Row] = []
    for changed in (10, OPERATIONS):
        what = f"a reload of {OPERATIONS:,} operations, {changed:,} of them changed"
        found.append(_row(what, await _reloads(changed)))
    documents = f"{BATCHES * SIZE:,} documents"
    found.append(_row(f"a checkpoint of {documents}", await _checkpoints(BATCHES, SIZE)))
    what = f"a checkpoint of {OPERATIONS:,} operations"
    found.append(_row(what, await _checkpoints(OPERATIONS, 0)))
    return found


def _row(what: str, stalls: list[float]) -> Row:
    return Row(f"{what}: longest stall", "ms", stalls, "20 at most")


async def _reloads(changed: int) -> list[float]:
    stalls: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.yaml"
        file.write_text(_configured(changed, 0))
        async with (
            obeying("ticking", file) as child,
            aiohttp.ClientSession(f"http://{child.address}") as session,
        ):
            await _answering(session)
            for number in range(1, ROUNDS + 1):
                text = _configured(changed, number)
                await child.ask("tick")
                file.write_text(text)
                async with session.post("/-/reload") as answer:
                    if answer.status != 200:
                        raise RuntimeError(await answer.text())
                stalls.append(await _stall(child))
    return stalls


async def _answering(session: aiohttp.ClientSession) -> None:
    """Wait until it listens."""
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(aiohttp.ClientConnectionError):
                async with session.get("/-/healthy"):
                    return
            await asyncio.sleep(0.1)


async def _checkpoints(batches: int, size: int) -> list[float]:
    stalls: list[float] = []
    async with obeying("checkpointing", batches, size) as child:
        for _ in range(ROUNDS):
            await child.ask("tick")
            await child.ask("write")
            stalls.append(await _stall(child))
    return stalls


async def _stall(child: Child) -> float:
    return 1000 * (await child.ask("stall"))["stall"]


def _configured(changed: int, round_: int) -> str:
    ids = [f"operation-{number:05d}" for number in range(OPERATIONS)]
    operations: Sequence[object] = [
        *({"id": id_, "labels": {"round": str(round_)}} for id_ in ids[:changed]),
        *ids[changed:],
    ]
    section = {
        "poll": {"interval": "5m", "requests_per_second": 0.1},
        "video_translation": {"operations": operations},
    }
    return yaml.safe_dump(config(_NOWHERE, section))
