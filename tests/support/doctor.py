"""Resources for `check --live`, servers with problems, and the expected findings."""

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
    """An expected finding: its kind, its step, a part of its text, and a part of its remedy."""

    kind: str
    subject: str
    words: str
    remedy: str


def simulator(faults: Faults | None = None, ahead: float = 0.0) -> Simulator:
    """A simulator with the operation `one`, and with a clock that may be ahead."""
    video = operation("one", created=time.time() - 7200, takes=None)
    scenario = Scenario(video_translation=(video,))
    return Simulator(scenario, clock=lambda: time.time() + ahead, faults=faults, cache=False)


async def examined(*resources: Mapping[str, object], folder: Path = Path()) -> list[Finding]:
    """The findings. They are printed in both forms, which are searched for secrets."""
    findings = await examine(configured(*resources), folder)
    for text in (as_table(findings, 80), as_table(findings, 120), as_json(findings)):
        print(text)
        assert all(character.isprintable() or character == "\n" for character in text)
    return findings


def is_worst(findings: list[Finding], expected: Found) -> None:
    """The expected finding is the only one of its kind and of its severity, the highest."""
    [match] = [finding for finding in findings if finding.kind == expected.kind]
    assert match.subject == expected.subject
    assert expected.words in match.what
    assert expected.remedy in match.remedy
    worst_kinds = [finding.kind for finding in findings if finding.severity is worst(findings)]
    assert worst_kinds == [expected.kind]
    assert EXIT_CODES[worst(findings)] == CODES[match.severity]
    assert all(finding.remedy for finding in findings if finding.severity is not Severity.OK)


@contextmanager
def black_hole() -> Iterator[str]:
    """An address that drops every packet, because its queue of connections is full."""
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
    """An address that refuses connections: it is bound, but not listened on."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"


@contextmanager
def tls_server(context: ssl.SSLContext) -> Iterator[str]:
    """The address of a TLS server that sends the reason of a refusal; asyncio's do not."""

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(1)
                # Unread data would reset the connection, and the reason would be lost.
                plain = connection.dup()
                plain.settimeout(1)
                with plain:
                    with suppress(OSError):
                        context.wrap_socket(connection, server_side=True).close()
                    with suppress(OSError):
                        plain.recv(65536)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


@asynccontextmanager
async def sending(data: bytes | None) -> AsyncIterator[str]:
    """The address of a server that answers with this data; with None it never answers."""
    finished = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            await reader.read(1)
            if data is None:
                await finished.wait()
            else:
                writer.write(data)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finished.set()
        await asyncio.sleep(0)


@asynccontextmanager
async def answering(respond: Callable[[web.Request], web.Response]) -> AsyncIterator[str]:
    """The endpoint of a server that answers each request with `respond`."""

    async def handle(request: web.Request) -> web.Response:
        return respond(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    async with served(app) as endpoint:
        yield endpoint
