"""A simulator in this process, a real exporter beside it, and other programs that obey."""

import asyncio
import contextlib
import json
import os
import socket
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import yaml

from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import DEFAULT_KEY, Simulator
from exporter.web.server import listening

PORT = 10158
_TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE = 300.0  # seconds; whatever takes longer has failed


@dataclass(frozen=True)
class Program:
    """A running exporter, seen from outside."""

    pid: int
    config: Path
    session: aiohttp.ClientSession

    @property
    def ended(self) -> bool:
        return not Path(f"/proc/{self.pid}").exists()

    def cpu(self) -> float:
        """Seconds of CPU since it started."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def resident(self) -> int:
        """Bytes of memory that it holds."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    async def scrape(self) -> bytes:
        """What `/metrics` says, unpacked."""
        async with self.session.get("/metrics") as answer:
            return await answer.read()

    async def shows(self, pattern: str, count: int, every: float = 0.2) -> None:
        """Wait until so many lines of `/metrics` begin like this; look `every` so many seconds."""
        async with asyncio.timeout(_PATIENCE):
            while (await self.scrape()).count(f"\n{pattern}".encode()) < count:
                await asyncio.sleep(every)

    async def total(self, family: str) -> float:
        """The sum of all series of a family."""
        begin = f"{family}{{".encode()
        lines = [line for line in (await self.scrape()).splitlines() if line.startswith(begin)]
        if not lines:
            raise RuntimeError(f"no such series: {family}")
        return sum(float(line.rpartition(b" ")[2]) for line in lines)


@asynccontextmanager
async def simulated(scenario: Scenario) -> AsyncIterator[tuple[Simulator, str]]:
    """A simulator without its cache, and its endpoint."""
    simulator = Simulator(scenario, cache=False)
    async with listening(simulator.app(), "127.0.0.1", 0) as address:
        yield simulator, f"http://{address}"


def config(
    endpoint: str, section: Mapping[str, object], copies: int = 1, **top: object
) -> dict[str, object]:
    """A configuration with one resource, or several that are alike."""
    one = {"endpoint": endpoint, "auth": {"key": DEFAULT_KEY}, **section}
    return {
        **top,
        "resources": [{"name": f"bench{number or ''}", **one} for number in range(copies)],
    }


@asynccontextmanager
async def exporting(
    endpoint: str, section: Mapping[str, object], copies: int = 1, **top: object
) -> AsyncIterator[Program]:
    """A real exporter of one resource, or several alike, from the moment it was started."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.yaml"
        file.write_text(yaml.safe_dump(config(endpoint, section, copies, **top)))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "exporter", "run", f"--config.file={file}"),
            *(f"--web.listen-address=127.0.0.1:{PORT}", "--log.level=error"),
            "--web.enable-lifecycle",
        )
        try:
            async with aiohttp.ClientSession(f"http://127.0.0.1:{PORT}") as session:
                yield Program(process.pid, file, session)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


async def answering(program: Program) -> bytes:
    """The first answer, as soon as there is one."""
    while True:
        with contextlib.suppress(aiohttp.ClientConnectionError):
            return await program.scrape()
        if program.ended:
            raise RuntimeError("the exporter has ended, and said why above")
        await asyncio.sleep(0.005)


@dataclass(frozen=True)
class Child:
    """A program of `tests.benchmarks.obeying`; `address` is where it listens, if it does."""

    name: str
    process: Process
    address: str = ""

    async def ask(self, command: str) -> dict[str, float]:
        """Let it do something, and read what it answers."""
        if self.process.stdin:
            self.process.stdin.write(f"{command}\n".encode())
        return {name: float(value) for name, value in (await self.said()).items()}

    async def said(self) -> dict[str, str]:
        """The next line of its answers."""
        if self.process.stdout is None:
            raise RuntimeError("its output is not a pipe")
        async with asyncio.timeout(_PATIENCE):
            line = await self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} has ended, and said why above")
        return dict(json.loads(line))


@asynccontextmanager
async def obeying(name: str, *arguments: object) -> AsyncIterator[Child]:
    """A module of this package as a program of its own; it ends with us."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"tests.benchmarks.{name}", *map(str, arguments)),
        stdin=PIPE,
        stdout=PIPE,
    )
    try:
        address = (await Child(name, process).said())["address"]
        yield Child(name, process, address)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def drain(address: str, encoding: str) -> int:
    """Scrape and throw away what comes: bytes. A raw socket, so that nobody waits for the client.

    Raises:
        RuntimeError: the answer was not 200.
    """
    host, _, port = address.partition(":")
    lines = "GET /metrics HTTP/1.1", f"Host: {address}", f"Accept-Encoding: {encoding}"
    buffer = bytearray(1 << 20)
    with socket.create_connection((host, int(port)), timeout=_PATIENCE) as connection:
        connection.sendall("\r\n".join((*lines, "Connection: close", "", "")).encode())
        total = connection.recv_into(buffer)
        if not buffer.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(f"not 200: {bytes(buffer[:200])!r}")
        while count := connection.recv_into(buffer):
            total += count
    return total


async def bare_loop(what: str, *arguments: object) -> float:
    """Seconds of CPU of a peer in `tests.benchmarks.bare_loop`: of all, or of one request."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.bare_loop", what, *map(str, arguments)),
        stdout=PIPE,
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError("the bare loop has failed, and said why above")
    return float(said)
