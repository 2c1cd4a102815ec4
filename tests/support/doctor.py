"""Resources to be examined, servers that plant problems, and what must be found of them."""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from aiohttp import web

from exporter.doctor.findings import Finding, worst
from exporter.doctor.kinds import EXIT_CODES, Severity
from exporter.doctor.report import as_json, as_table
from exporter.doctor.resource_check import examine
from exporter.simulator.faults.faults import Faults
from exporter.simulator.play.building import operation
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import Simulator
from tests.support.local import configured, served

ONE: dict[str, object] = {"video_translation": {"operations": ["one"]}}
LISTED: dict[str, object] = {"video_translation": {"operations": ["one"], "discover": True}}
CODES = {Severity.OK: 0, Severity.INFO: 0, Severity.WARNING: 3, Severity.ERROR: 1}


class Found(NamedTuple):
    """What is to be found: the kind, its step, words of it, and words of what to do."""

    kind: str
    subject: str
    words: str
    remedy: str


def simulator(faults: Faults | None = None, ahead: float = 0.0) -> Simulator:
    """A local Azure with the operation `one`; its clock may be ahead of ours."""
    video = operation("one", created=time.time() - 7200, takes=None)
    scenario = Scenario(video_translation=(video,))
    return Simulator(scenario, clock=lambda: time.time() + ahead, faults=faults, cache=False)


async def examined(*resources: Mapping[str, object], folder: Path = Path()) -> list[Finding]:
    """What is found; it is printed in both forms, and what is printed is searched for secrets."""
    findings = await examine(configured(*resources), folder)
    for text in (as_table(findings, 80), as_table(findings, 120), as_json(findings)):
        print(text)
        assert all(each.isprintable() or each == "\n" for each in text)
    return findings


def is_worst(findings: list[Finding], found: Found) -> None:
    """It is found once, in its words and with its remedy; nothing beside it is as bad."""
    [it] = [each for each in findings if each.kind == found.kind]
    assert it.subject == found.subject
    assert found.words in it.what
    assert found.remedy in it.remedy
    assert [each.kind for each in findings if each.severity is worst(findings)] == [found.kind]
    assert EXIT_CODES[worst(findings)] == CODES[it.severity]
    assert all(each.remedy for each in findings if each.severity is not Severity.OK)


@contextmanager
def black_hole() -> Iterator[str]:
    """An address whose every packet is dropped: its queue of connections is full."""
    with ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        yield f"127.0.0.1:{full.getsockname()[1]}"


@contextmanager
def refusing() -> Iterator[str]:
    """An address that refuses: it is bound, and nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"


@contextmanager
def shaking_hands(context: ssl.SSLContext) -> Iterator[str]:
    """The address of a TLS server that says why it refuses, which asyncio's do not."""

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(1)
                # What is left unread would reset the connection, and the reason be lost.
                plain = connection.dup()
                plain.settimeout(1)
                with plain:
                    with suppress(OSError):
                        context.wrap_socket(connection, server_side=True).close()
                    with suppress(OSError):
                        plain.recv(65536)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


@asynccontextmanager
async def saying(words: bytes | None) -> AsyncIterator[str]:
    """The address of a server that says this to whoever speaks to it; None: it says nothing."""
    over = asyncio.Event()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            await reader.read(1)
            if words is None:
                await over.wait()
            else:
                writer.write(words)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        over.set()
        await asyncio.sleep(0)


@asynccontextmanager
async def answering(respond: Callable[[web.Request], web.Response]) -> AsyncIterator[str]:
    """The endpoint of a server that answers everything in this way."""

    async def handle(request: web.Request) -> web.Response:
        return respond(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    async with served(app) as endpoint:
        yield endpoint
