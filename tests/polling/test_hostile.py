"""What one of ten operations may be answered: the others do not notice, and memory is bounded."""

import asyncio
import json
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import chain, repeat

import pytest
from aiohttp import web

from exporter.simulator.play.building import operation
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import Simulator
from tests.support.local import START, clock, configured, polling, scraped, served, value, values

pytestmark = pytest.mark.jumping

IDS = [f"operation-{number}" for number in range(10)]
VICTIM = IDS[4]
MIB = 2**20


def said(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """A whole answer, byte by byte as it goes over the wire."""
    usual = [] if any(each.startswith("Content-Type") for each in headers) else [JSON]
    lines = [f"HTTP/1.1 {status}", *usual, f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


JSON = "Content-Type: application/json"
GOOD = json.dumps({"id": VICTIM, "status": "Running"})
OPEN = f"HTTP/1.1 200 OK\r\n{JSON}\r\n".encode()
GZIP = "Content-Encoding: gzip"
DEFLATE = "Content-Encoding: deflate"


def zeros(mebibytes: int, wbits: int = 31) -> bytes:
    """So many mebibytes of zeros, packed: each flushed block stands for itself."""
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    first = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    next_ = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + next_ * (mebibytes - 1)


def packed(body: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(body) + packer.flush()


def mebibytes(count: int) -> Iterator[bytes]:
    """A body of so many, never whole in memory."""
    length = f"Content-Length: {count * MIB}\r\n\r\n".encode()
    return chain([OPEN + length + b'{"status": "'], repeat(b"x" * MIB, count))


def endless(line: bytes) -> Iterator[bytes]:
    """A head that never ends."""
    return chain([OPEN], repeat(line, 1000))


# What comes over the wire for one operation, and the status that is counted for it.
HOSTILE: dict[str, tuple[Callable[[], Iterable[bytes]], str]] = {
    "nothing, the connection closes": (list, "connection"),
    "a truncated body": (lambda: [OPEN + b"Content-Length: 999\r\n\r\n{"], "connection"),
    "a truncated chunk": (
        lambda: [OPEN + b"Transfer-Encoding: chunked\r\n\r\n64\r\n{"],
        "connection",
    ),
    "a chunk whose size is none": (
        lambda: [OPEN + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"],
        "connection",
    ),
    "a length that is none": (lambda: [OPEN + b"Content-Length: -1\r\n\r\n{}"], "connection"),
    "two lengths": (
        lambda: [OPEN + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"],
        "connection",
    ),
    "no HTTP": (lambda: [b"SSH-2.0-OpenSSH_9.2\r\n"], "connection"),
    "bytes at random": (lambda: [bytes(range(256)) * 40], "connection"),
    "a header of 1 MB": (
        lambda: [OPEN + b"X-Long: " + b"x" * 10**6 + b"\r\n\r\n{}"],
        "connection",
    ),
    "headers without end": (lambda: endless(b"X-Header: value\r\n" * 1000), "connection"),
    "100 Continue 10,000 times": (
        lambda: [b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000],
        "connection",
    ),
    "101 Switching Protocols": (
        lambda: [b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"],
        "101",
    ),
    "a status of 999": (lambda: [said(b"{}", status="999 What")], "other"),
    "a status of 000": (lambda: [said(b"{}", status="000 What")], "other"),
    "a body of 100 MB": (lambda: mebibytes(100), "unreadable"),
    "a gzip bomb of 1 GB": (lambda: [said(zeros(1024), GZIP)], "unreadable"),
    "an x-gzip bomb of 1 GB": (
        lambda: [said(zeros(1024), GZIP.replace("gzip", "x-gzip"))],
        "unreadable",
    ),
    "a deflate bomb of 1 GB": (lambda: [said(zeros(1024, 15), DEFLATE)], "unreadable"),
    "a gzip bomb in a gzip": (lambda: [said(packed(zeros(1024)), GZIP)], "unreadable"),
    "gzip that is none": (lambda: [said(b"{}" * 20, GZIP)], "connection"),
    "a coding that nobody asked for": (
        lambda: [said(b"{}", "Content-Encoding: br")],
        "connection",
    ),
    "nested 1,000,000 deep": (lambda: [said(b"[" * 10**6)], "unreadable"),
    "nested 100,000 deep in a field": (
        lambda: [said(b'{"status":' + b'{"a":' * 10**5 + b"1" + b"}" * 10**5 + b"}")],
        "unreadable",
    ),
    "a number of 1,000,000 digits": (
        lambda: [said(b'{"status":' + b"9" * 10**6 + b"}")],
        "unreadable",
    ),
    "UTF-16": (lambda: [said(GOOD.encode("utf-16"))], "unreadable"),
    "Latin-1": (
        lambda: [said('{"id": "é", "status": "Running"}'.encode("latin-1"))],
        "unreadable",
    ),
    "HTML": (lambda: [said(b"<html></html>", "Content-Type: text/html")], "unreadable"),
    "nothing in the body": (lambda: [said(b"")], "unreadable"),
    "null": (lambda: [said(b"null")], "unreadable"),
    "an array": (lambda: [said(b"[]")], "unreadable"),
    "an array of statuses": (lambda: [said(b"[" + GOOD.encode() + b"]")], "unreadable"),
    "a number": (lambda: [said(b"7")], "unreadable"),
    "NaN": (lambda: [said(b"NaN")], "unreadable"),
    "a status that is null": (lambda: [said(b'{"status": null}')], "unreadable"),
    "a status that is an array": (lambda: [said(b'{"status": ["Running"]}')], "unreadable"),
}


@dataclass
class Hostile:
    """Before a simulator: whoever asks for the victim gets these bytes, and no more."""

    answer: Callable[[], Iterable[bytes]] | None = None
    silent: bool = False
    asked: dict[str, int] = field(default_factory=dict)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[dict[str, object]]:
        """The settings of a resource with ten operations."""

        @web.middleware
        async def before(
            request: web.Request,
            handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
        ) -> web.StreamResponse:
            id_ = request.path.rpartition("/")[2]
            self.asked[id_] = self.asked.get(id_, 0) + 1
            if id_ == VICTIM and self.answer:
                await self._send(request, self.answer())
            return await handler(request)

        videos = tuple(operation(id_, created=START, takes=None) for id_ in IDS)
        simulator = Simulator(Scenario(video_translation=videos), clock=clock, cache=False)
        app = simulator.app()
        app.middlewares.append(before)
        async with served(app) as endpoint:
            poll = {"interval": "30s", "requests_per_second": 100}
            operations = {"operations": IDS}
            yield {"endpoint": endpoint, "poll": poll, "video_translation": operations}

    async def _send(self, request: web.Request, chunks: Iterable[bytes]) -> None:
        transport = request.transport
        assert transport
        for chunk in chunks:
            transport.write(chunk)
            await asyncio.sleep(0)
            while transport.get_write_buffer_size() > MIB and not transport.is_closing():
                await asyncio.sleep(0)
            if transport.is_closing():
                break
        transport.close()


@pytest.mark.parametrize("name", HOSTILE)
async def test_an_answer_hurts_one_operation(name: str) -> None:
    """`up` of one is 0 and the reason counted, the others are exact; when it ends, all are."""
    answer, status = HOSTILE[name]
    hostile = Hostile()
    async with hostile.running() as resource, polling(configured(resource)) as exporter:
        await asyncio.sleep(60)
        hostile.answer, hostile.asked = answer, {}
        await asyncio.sleep(120)
        during = scraped(exporter)
        counted = values(during, "azure_ai_api_requests_total", api="video_translation")
        assert counted.keys() - {"r0,200"} >= {f"r0,{status}"}, exporter.store[
            next(key for key in exporter.poller.followed if key.operation == VICTIM)
        ].failure
        assert counted[f"r0,{status}"] > 0
        up = values(during, "azure_ai_operation_up", api="video_translation", resource="r0")
        assert up == {id_: float(id_ != VICTIM) for id_ in IDS}
        states = values(during, "azure_ai_operation_state", state="Running", resource="r0")
        assert list(states.values()) == [1.0] * 10, "the last state that was known stays"
        others = {count for id_, count in hostile.asked.items() if id_ != VICTIM}
        assert min(others) >= 3, "the others are asked as often as ever"
        assert hostile.asked[VICTIM] <= 3 * 4
        hostile.answer = None
        await asyncio.sleep(300)
        after = scraped(exporter)
        assert set(values(after, "azure_ai_operation_up").values()) == {1}
        assert value(after, "azure_ai_operation_state", operation=VICTIM, state="Running") == 1


@pytest.mark.parametrize(
    "name",
    [
        "a body of 100 MB",
        "a gzip bomb of 1 GB",
        "an x-gzip bomb of 1 GB",
        "a deflate bomb of 1 GB",
        "nested 1,000,000 deep",
    ],
)
async def test_memory_is_bounded(name: str) -> None:
    """No answer takes more than some copies of the 16 MiB that are read at most."""
    hostile = Hostile(lambda: prepared)
    async with hostile.running() as resource, polling(configured(resource)) as exporter:
        prepared = HOSTILE[name][0]()
        tracemalloc.start()
        try:
            await asyncio.sleep(60)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert value(scraped(exporter), "azure_ai_operation_up", operation=VICTIM) == 0
    assert hostile.asked[VICTIM] > 0
    assert peak < 64 * MIB
