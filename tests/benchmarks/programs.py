"""A local Azure in this process and a real exporter beside it."""

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import yaml

from exporter.simulator.scenario import Scenario
from exporter.simulator.server import DEFAULT_KEY, Simulator
from exporter.web.server import listening

PORT = 10158
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Program:
    """A running exporter, seen from outside."""

    pid: int
    config: Path
    session: aiohttp.ClientSession

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
        while True:
            if (await self.scrape()).count(f"\n{pattern}".encode()) >= count:
                return
            await asyncio.sleep(every)


@asynccontextmanager
async def simulated(scenario: Scenario) -> AsyncIterator[tuple[Simulator, str]]:
    """A local Azure without its cache, and its endpoint."""
    simulator = Simulator(scenario, cache=False)
    async with listening(simulator.app(), "127.0.0.1", 0) as address:
        yield simulator, f"http://{address}"


def config(endpoint: str, section: Mapping[str, object]) -> dict[str, object]:
    """A configuration with one resource."""
    resource = {"name": "bench", "endpoint": endpoint, "auth": {"key": DEFAULT_KEY}, **section}
    return {"resources": [resource]}


@asynccontextmanager
async def exporting(endpoint: str, section: Mapping[str, object]) -> AsyncIterator[Program]:
    """A real exporter with one resource, from the moment it was started."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.yaml"
        file.write_text(yaml.safe_dump(config(endpoint, section)))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "exporter", "run", f"--config.file={file}"),
            *(f"--web.listen-address=127.0.0.1:{PORT}", "--log.level=error"),
            "--web.enable-lifecycle",
        )
        try:
            async with aiohttp.ClientSession(f"http://127.0.0.1:{PORT}") as session:
                yield Program(process.pid, file, session)
        finally:
            process.terminate()
            await process.wait()


async def answering(program: Program) -> bytes:
    """The first answer, as soon as there is one."""
    while True:
        with contextlib.suppress(aiohttp.ClientConnectionError):
            return await program.scrape()
        program.cpu()  # there is none to read once the program has ended
        await asyncio.sleep(0.005)
