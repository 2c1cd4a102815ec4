"""What a scrape of 1,000,000 document samples costs, whatever changed before it."""

import asyncio
import gzip
import tempfile
from collections import defaultdict
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NamedTuple

import aiohttp

from tests.benchmarks.filling import SAMPLES
from tests.benchmarks.programs import Child, drain, obeying
from tests.benchmarks.table import Row

ROUNDS = 7
SIZE = 1000  # documents of a batch
MANY, FEW = 334, 33  # batches: 1,000,000 samples, and a tenth
_OWN = b"# HELP process_"  # the first line of the telemetry, which differs at every scrape


class Way(NamedTuple):
    """How to scrape, and what to do before."""

    encoding: str
    before: str = "cpu"


UNCHANGED = Way("gzip")
CHANGED = Way("gzip", f"change {-(-MANY // 100)}")  # 1 %
TOUCHED = Way("gzip", "touch")
IDENTITY = Way("identity")
THREE = Way("gzip", "change 10"), Way("gzip", "change 1")  # of 100 in each of many and few


def rows() -> list[Row]:
    """CPU is that of the whole program, from before the change until the scrape was read."""
    return asyncio.run(_rows())


async def _rows() -> list[Row]:
    seen: defaultdict[str, list[float]] = defaultdict(list)
    async with AsyncExitStack() as stack:
        start = stack.enter_async_context
        none = await start(obeying("exposing", 0, SIZE))
        few = await start(obeying("exposing", FEW, SIZE))
        many = await start(obeying("exposing", MANY, SIZE))
        for child in (none, few, many):
            await asyncio.to_thread(drain, child.address, "gzip")
        empty, full = [(await each.ask("memory"))["resident"] for each in (none, many)]
        seen["memory"].append((full - empty) / (MANY * SIZE * SAMPLES))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "body").write_bytes(await checked(many.address, MANY * SIZE))
        peer = await start(obeying("rendering", MANY, SIZE))
        rendered = await peer.ask("render")
        seen["rendered"].append(1000 * (rendered["render"] + rendered["gzip"]))
        sender = await start(obeying("sending", folder / "body"))
        for _ in range(ROUNDS):
            await _round(many, seen)
            seen["sent"].append(await cpu(sender, IDENTITY))
            seen["joined"].append(1000 * (await peer.ask("join"))["join"])
            seen["packed"].append(1000 * (await peer.ask("pack"))["pack"])
            for name, child, changed in (("many", many, THREE[0]), ("few", few, THREE[1])):
                for way, what in ((UNCHANGED, "gzip"), (changed, "changed"), (IDENTITY, "plain")):
                    each = await cpu(child, way) / ((MANY if child is many else FEW) * SIZE)
                    seen[f"{name} {what}"].append(1e6 / SAMPLES * each)
    return _table(seen)


async def _round(many: Child, seen: defaultdict[str, list[float]]) -> None:
    for name, way in (
        ("unchanged", UNCHANGED),
        ("changed", CHANGED),
        ("touched", TOUCHED),
        ("identity", IDENTITY),
    ):
        before = (await many.ask("memory"))["resident"]
        seen[name].append(await cpu(many, way))
        seen[f"{name} peak"].append((await many.ask("memory"))["peak"] / before)
        seen[f"{name} stall"].append(await stall(many, way))


async def cpu(child: Child, way: Way) -> float:
    """Milliseconds of CPU."""
    before = (await child.ask(way.before))["cpu"]
    await asyncio.to_thread(drain, child.address, way.encoding)
    return 1000 * ((await child.ask("cpu"))["cpu"] - before)


async def stall(child: Child, way: Way) -> float:
    """Milliseconds of the longest stall of the event loop."""
    await child.ask("tick")
    await child.ask(way.before)
    await asyncio.to_thread(drain, child.address, way.encoding)
    return 1000 * (await child.ask("stall"))["stall"]


async def checked(address: str, documents: int) -> bytes:
    """The identity body, which is the same as the gzip one, and has a sample for each document.

    Raises:
        RuntimeError: it is not so.
    """
    bodies = []
    async with aiohttp.ClientSession(f"http://{address}", auto_decompress=False) as session:
        for encoding in ("identity", "gzip"):
            headers = {"Accept-Encoding": encoding}
            async with session.get("/metrics", headers=headers) as answer:
                bodies.append(await answer.read())
    plain, unpacked = bodies[0], gzip.decompress(bodies[1])
    if plain[: plain.index(_OWN)] != unpacked[: unpacked.index(_OWN)]:
        raise RuntimeError("the gzip body differs from the identity body")
    if (found := plain.count(b"\nazure_ai_document_")) != documents * SAMPLES:
        raise RuntimeError(f"{found} document samples, not {documents * SAMPLES}")
    return plain


def _table(seen: defaultdict[str, list[float]]) -> list[Row]:
    unchanged, identity = seen["unchanged"], seen["identity"]
    what = "gzip scrape of 1,000,000 samples"
    slow, isal = "prometheus-client and gzip", "join, then isal"
    best = "join of ready gzip members"
    grown = "{} for each of 1,000,000 samples", "ns of CPU", "1.2 of the peer at most"
    stalls = [
        (f"{what}, nothing changed", "unchanged"),
        ("the same, 1 % of the batches changed", "changed"),
        ("the same, one document in each changed", "touched"),
        ("identity scrape", "identity"),
    ]
    goal = "50 at most, 0.01 of the peer"
    return [
        Row(f"{what}, nothing changed", "ms of CPU", unchanged, goal, slow, seen["rendered"]),
        Row("the same", "ms of CPU", unchanged, "", isal, seen["packed"]),
        Row("the same", "ms of CPU", unchanged, "", best, seen["joined"]),
        Row("1 % of the batches changed before", "ms of CPU", seen["changed"], "100 at most"),
        Row("one document in each changed before", "ms of CPU", seen["touched"], "600 at most"),
        Row("identity scrape", "ms of CPU", identity, "1200 at most"),
        Row(
            *("identity scrape", "ms of CPU", identity, "1.5 of the peer at most"),
            *("bare aiohttp, same bytes", seen["sent"]),
        ),
        Row("its peak memory, of that before", "times", seen["identity peak"], "1.3 at most"),
        *(
            Row(f"stall: {name}", "ms", seen[f"{each} stall"], "20 at most")
            for name, each in stalls
        ),
        Row("memory for a sample, of 1,000,000", "bytes", seen["memory"], "100 at most"),
        *(
            Row(
                *(grown[0].format(name), grown[1], seen[f"many {each}"], grown[2]),
                *("each of 100,000", seen[f"few {each}"]),
            )
            for name, each in (
                ("gzip", "gzip"),
                ("gzip, 3 % changed,", "changed"),
                ("identity", "plain"),
            )
        ),
    ]
