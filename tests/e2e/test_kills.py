"""An exporter that is killed again and again counts every charge once."""

import asyncio
import json
import os
import random
import resource
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import yaml

from exporter.simulator.play.building import batch
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import DEFAULT_KEY, Simulator
from exporter.web.server import listening
from tests.e2e.programs import free_port
from tests.support.simulator import Clock

pytestmark = pytest.mark.e2e

KILLS = 50
SECONDS_PER_KILL = 2.0  # of the simulator's time, however long it really takes: 100 in all
# The exporter as it is, but that it writes every fifth of a second, to be killed while it does.
# Python starts and imports it once; each line of arguments makes a process that runs it.
PROGRAM = """
import json, os, sys
from exporter.app import serve
from exporter.checkpoint import recorder
from exporter.commands.cli import main
recorder.INTERVAL = 0.2
for line in sys.stdin:
    if not (child := os.fork()):
        os.close(0)
        main(json.loads(line))
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Port:
    """Where the exporter is asked."""

    def __init__(self) -> None:
        self.address = f"127.0.0.1:{free_port()}"

    async def values(self, *families: str) -> list[float | None]:
        """The sums of families at one moment; None where nobody answers, or there is none."""
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"http://{self.address}/metrics") as answer,
            ):
                lines = (await answer.text()).splitlines()
        except aiohttp.ClientError:
            lines = []
        return [total(lines, family) for family in families]

    async def value(self, family: str) -> float | None:
        """The sum of one family."""
        return (await self.values(family))[0]

    async def until(self, family: str, wanted: float) -> None:
        """Wait until a family has a value."""
        async with asyncio.timeout(60):
            while await self.value(family) != wanted:
                await asyncio.sleep(0.1)


def total(lines: list[str], family: str) -> float | None:
    """The sum of a family's samples."""
    found = [line for line in lines if line.startswith((family + "{", family + " "))]
    return sum(float(line.rpartition(" ")[2]) for line in found) if found else None


class Shown:
    """What one process showed, and how much of it is surely in its file."""

    def __init__(self) -> None:
        self.charges: list[float] = []
        self.written = 0.0
        self._write: float | None = None
        self._before = 0.0  # the most that was shown when the latest write was first seen

    def note(self, charged: float, write: float | None) -> None:
        """One exposition: the charges, and the time of the latest write.

        A write that is seen may have begun before what was shown last; the next one has not.
        """
        if write != self._write:
            self._write, self.written = write, self._before
            self._before = max(self.charges, default=0.0)
        self.charges.append(charged)


@dataclass
class Process:
    """One exporter; its exit code once it has ended, negative for a signal."""

    pid: int
    killed: bool = False
    code: int | None = None

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self.killed = True


@dataclass
class Starter:
    """Starts one exporter after the other, without a new Python for each."""

    program: asyncio.subprocess.Process

    @asynccontextmanager
    async def exporting(
        self, port: Port, config: Path, biggest_file: int = -1
    ) -> AsyncIterator[Process]:
        """An exporter, until it was killed or the context is left."""
        flags = f"--config.file={config}", f"--web.listen-address={port.address}"
        arguments = json.dumps(["run", *flags, "--log.level=error"]) + "\n"
        assert self.program.stdin
        self.program.stdin.write(arguments.encode())
        process = Process(await self._said())
        if biggest_file >= 0:
            limits = biggest_file, resource.RLIM_INFINITY
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, limits)
        try:
            yield process
        finally:
            if not process.killed:
                os.kill(process.pid, signal.SIGTERM)
            process.code = await self._said()

    async def _said(self) -> int:
        assert self.program.stdout
        async with asyncio.timeout(60):
            return int(await self.program.stdout.readline())


@pytest.fixture
async def starter() -> AsyncIterator[Starter]:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert program.stdin
    yield Starter(program)
    program.stdin.close()
    assert await program.wait() == 0


def configured(folder: Path, endpoint: str) -> Path:
    one = {"endpoint": endpoint, "auth": {"key": DEFAULT_KEY}}
    found = {"name": "r", **one, "document_translation": {"discover": True}}
    poll = {"interval": "1s", "requests_per_second": 100}
    text = yaml.safe_dump({"poll": poll, "state_file": "state", "resources": [found]})
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    return folder / "config.yaml"


async def test_fifty_kills(tmp_path: Path, starter: Starter) -> None:
    """No charge is lost or counted twice; what was shown for a while is shown after the kill."""
    chance = random.Random(4)
    azures = Clock(time.time() - 1000)
    batches = tuple(
        batch(created=azures.now - 1, documents=40, takes=20.0 * number, failed=1, seed=number)
        for number in range(1, 6)
    )
    scenario = Scenario(batches=batches)
    port = Port()
    family = "azure_ai_characters_charged_total"
    write = "azure_ai_exporter_checkpoint_last_write_success_timestamp_seconds"
    seen: set[float] = set()
    written = 0.0
    simulator = Simulator(scenario, clock=azures, cache=False)
    async with listening(simulator.app(), "127.0.0.1", 0) as azure:
        config = configured(tmp_path, f"http://{azure}")
        for kill in range(KILLS):
            latest = azures.now + SECONDS_PER_KILL
            async with starter.exporting(port, config) as process:
                shown = Shown()
                # Every third is killed while it starts, the others while it works.
                until = time.monotonic() + chance.uniform(0.0, 0.3) if kill % 3 == 0 else None
                while until is None or time.monotonic() < until:
                    charged, at = await port.values(family, write)
                    if charged is not None:
                        assert shown.charges or charged >= written
                        shown.note(charged, at)
                        until = until or time.monotonic() + chance.uniform(0.1, 1.0)
                    azures.now = min(azures.now + 0.1, latest)
                    await asyncio.sleep(0.02)
                process.kill()
                azures.now = latest
                seen.update(shown.charges)
                written = max(written, shown.written)
        expected = sum(document.characters for one in batches for document in one.documents)
        failed = sum(one.characters for each in batches for one in each.documents if one.failure)
        async with starter.exporting(port, config):
            await port.until(family, expected - failed)
            await asyncio.sleep(2)
            assert await port.value(family) == expected - failed
            now_shown = await port.value("azure_ai_operation_characters_charged")
            assert now_shown == expected - failed
    assert len(seen) > 10, "it was killed while charges came"
    assert written > 0, "it was killed after it had written"


async def test_a_full_disk(tmp_path: Path, starter: Starter) -> None:
    """A file that cannot grow is reported; the exporter runs, and ends as it should."""
    scenario = Scenario(
        batches=(batch(created=time.time(), documents=500, takes=1000.0, seed=1),),
    )
    port = Port()
    async with listening(Simulator(scenario, cache=False).app(), "127.0.0.1", 0) as azure:
        config = configured(tmp_path, f"http://{azure}")
        async with starter.exporting(port, config, biggest_file=30_000) as process:
            await port.until("azure_ai_exporter_checkpoint_last_write_successful", 0)
            await port.until("azure_ai_document_state", 500)
            resource.prlimit(
                process.pid,
                resource.RLIMIT_FSIZE,
                (resource.RLIM_INFINITY, resource.RLIM_INFINITY),
            )
            await port.until("azure_ai_exporter_checkpoint_last_write_successful", 1)
        assert process.code == 0
        async with starter.exporting(port, config):
            await port.until("azure_ai_document_state", 500)
