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
GROWTH = (  # what is done to many batches, and to few
    ("gzip", UNCHANGED, UNCHANGED),
    ("changed", Way("gzip", "change 10"), Way("gzip", "change 1")),
    ("plain", IDENTITY, IDENTITY),
)


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
        for name, body in zip(
            ("plain", "packed"), await checked(many.address, MANY * SIZE), strict=True
        ):
            (folder / name).write_bytes(body)
        peer = await start(obeying("rendering", MANY, SIZE))
        rendered = await peer.ask("render")
        seen["rendered"].append(1000 * (rendered["render"] + rendered["gzip"]))
        plain = await start(obeying("sending", folder / "plain"))
        packed = await start(obeying("sending", folder / "packed"))
        for _ in range(ROUNDS):
            await _round(many, seen)
            seen["idle stall"].append(await stall(many, None))
            seen["sent"].append(await cpu(plain, IDENTITY))
            seen["sent packed"].append(await cpu(packed, UNCHANGED))
            seen["joined"].append(1000 * (await peer.ask("join"))["join"])
            seen["packed"].append(1000 * (await peer.ask("pack"))["pack"])
            for what, large, small in GROWTH:
                seen[f"many {what}"].append(await cpu(many, large) / (MANY * SIZE * SAMPLES) * 1e6)
                seen[f"few {what}"].append(await cpu(few, small) / (FEW * SIZE * SAMPLES) * 1e6)
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
        if way is IDENTITY:
            seen["peak"].append((await many.ask("memory"))["peak"] / before)
        seen[f"{name} stall"].append(await stall(many, way))


async def cpu(child: Child, way: Way) -> float:
    """Milliseconds of CPU."""
    before = (await child.ask(way.before))["cpu"]
    await asyncio.to_thread(drain, child.address, way.encoding)
    return 1000 * ((await child.ask("cpu"))["cpu"] - before)


async def stall(child: Child, way: Way | None) -> float:
    """Milliseconds of the longest stall of the event loop; of the machine's, if nothing is done."""
    await child.ask("tick")
    if way is None:
        await asyncio.sleep(0.5)
    else:
        await child.ask(way.before)
        await asyncio.to_thread(drain, child.address, way.encoding)
    return 1000 * (await child.ask("stall"))["stall"]


async def checked(address: str, documents: int) -> tuple[bytes, bytes]:
    """The identity and the gzip body, which say the same, all samples of all documents.

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
    return plain, bodies[1]


def _table(seen: defaultdict[str, list[float]]) -> list[Row]:
    what, unit = "gzip scrape of 1,000,000 samples", "ms of CPU"
    unchanged, small = seen["unchanged"], "20 at most"
    idle = "nothing asked for 0.5 s", seen["idle stall"]
    renders, packs, joins = (
        ("prometheus-client, then gzip", seen["rendered"]),
        ("join, then isal", seen["packed"]),
        ("join of ready gzip members", seen["joined"]),
    )
    sends, sends_packed = (
        ("bare aiohttp, same bytes", seen[each]) for each in ("sent", "sent packed")
    )
    return [
        Row(what, unit, unchanged, "50 at most, 0.01 of the peer", *renders),
        Row(what, unit, unchanged, "", *packs),
        Row(what, unit, unchanged, "", *joins),
        Row(what, unit, unchanged, "", *sends_packed),
        Row(f"{what}, 1 % of batches changed", unit, seen["changed"], "100 at most"),
        Row(f"{what}, each batch touched", unit, seen["touched"], "600 at most"),
        Row("identity scrape", unit, seen["identity"], "1200 at most, 1.5 of the peer", *sends),
        Row("identity scrape: peak memory", "of that before", seen["peak"], "1.3 at most"),
        Row("stall: gzip scrape", "ms", seen["unchanged stall"], small, *idle),
        Row(
            "stall: gzip scrape, 1 % of batches changed", "ms", seen["changed stall"], small, *idle
        ),
        Row("stall: gzip scrape, each batch touched", "ms", seen["touched stall"], small, *idle),
        Row("stall: identity scrape", "ms", seen["identity stall"], small, *idle),
        Row("memory for each of 1,000,000 samples", "bytes", seen["memory"], "100 at most"),
        _growth("gzip scrape", seen["many gzip"], seen["few gzip"]),
        _growth("gzip scrape, 3 % of batches changed", seen["many changed"], seen["few changed"]),
        _growth("identity scrape", seen["many plain"], seen["few plain"]),
    ]


def _growth(what: str, many: list[float], few: list[float]) -> Row:
    """Nanoseconds of CPU for a sample, at a million and at a tenth of it."""
    name = f"{what}, for each of 1,000,000 samples"
    return Row(name, "ns of CPU", many, "1.2 of the peer at most", "each of 100,000", few)
