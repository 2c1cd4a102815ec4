"""`make soak`: a real exporter with 2,000 operations, faults on, scraped each second."""

import argparse
import asyncio
import contextlib
import itertools
import json
import signal
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import yaml

from tests.soak import notes, trouble
from tests.soak.notes import Note
from tests.soak.trouble import Faults
from tests.soak.work import configuration, scenario, wrong

ADDRESS = "127.0.0.1:10258"
CALM, ROUGH = "calm", "rough"
EVERY = 30.0  # seconds between two notes
SETTLED = 10.0  # minutes after which nothing may grow
_RECOVERY = 900.0  # seconds; a resource that refused its key is asked again after ten minutes
_SETTLING = 120.0  # seconds before the first look: it compares with what was true then


@asynccontextmanager
async def program(module: str, *arguments: object) -> AsyncIterator[Process]:
    """A module of this package as a program of its own; it ends with us."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"tests.soak.{module}", *map(str, arguments)), stdout=PIPE
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def said(process: Process) -> dict[str, object]:
    """The next line of its output."""
    line = await process.stdout.readline() if process.stdout else b""
    if not line:
        raise RuntimeError("a program of the soak has ended, and said why above")
    return dict(json.loads(line))


@dataclass(frozen=True)
class Soak:
    """All that runs, and since when."""

    begun: float
    minutes: float
    endpoints: dict[str, str]
    exporter: Process
    scrapers: Process
    tasks: Path
    session: aiohttp.ClientSession

    async def fail(self, resource: str, faults: Faults) -> None:
        """These go wrong from now on, and nothing else."""
        url = f"http://{self.endpoints[resource]}/_simulator/faults"
        async with self.session.put(url, json=list(faults)) as answer:
            answer.raise_for_status()

    async def note(self, fault: str) -> Note:
        """What the scrapers and the system say of the time since the last note."""
        scraped = json.loads(json.dumps(await said(self.scrapers)))
        if self.exporter.returncode is not None:
            raise RuntimeError("the exporter has ended, and said why above")
        self.exporter.send_signal(signal.SIGUSR1)
        seconds = [each for kind in scraped["seconds"].values() for each in kind]
        own = [each for kind in scraped["own"].values() for each in kind]
        async with self.session.get(f"http://{ADDRESS}/metrics") as answer:
            text = await answer.text()
        early = time.time() - self.begun < _SETTLING
        problems = [] if early else self.problems(text, CALM, flaky=False)
        for problem in problems[:5]:
            print(f"not exact: {problem}", flush=True)
        seen = notes.measured(self.exporter.pid)
        return Note(
            minute=(time.time() - self.begun) / 60,
            resident=seen["resident"],
            threads=int(seen["threads"]),
            descriptors=int(seen["descriptors"]),
            connections=int(seen["connections"]),
            tasks=int(self.tasks.read_text() or 0),
            operations=text.count("\nazure_ai_operation_up{"),
            wrong=-1 if early else len(problems),
            failed=scraped["failed"],
            slowest=1000 * max(seconds, default=0.0),
            own=1000 * max(own, default=0.0),
            late=1000 * scraped["late"],
            load=notes.load(),
            fault=fault,
            seconds=seconds,
            own_seconds=own,
        )

    def problems(self, text: str, resource: str, *, flaky: bool) -> list[str]:
        """What of a resource is not shown as it is."""
        played = scenario(self.begun, self.minutes)
        return wrong(text, resource, played, time.time(), flaky=flaky)

    async def recovery(self) -> str:
        """How long after the last fault everything is exact again, of both resources."""
        for name in self.endpoints:
            await self.fail(name, ())
        begun = time.monotonic()
        problems = ["nothing was looked at yet"]
        while problems and time.monotonic() - begun < _RECOVERY:
            await asyncio.sleep(5)
            async with self.session.get(f"http://{ADDRESS}/metrics") as answer:
                text = await answer.text()
            problems = [
                problem
                for name in self.endpoints
                for problem in self.problems(text, name, flaky=True)
            ]
        seconds = time.monotonic() - begun
        if problems:
            return f"not exact {seconds:.0f} s after the last fault: {problems[:5]}"
        return f"all 2,000 exact {seconds:.0f} s after the last fault, no kind of fault excepted"


@asynccontextmanager
async def soaking(minutes: float) -> AsyncIterator[Soak]:
    """Everything started, from the moment that the exporter answers."""
    begun = time.time()
    async with contextlib.AsyncExitStack() as stack:
        enter = stack.enter_async_context
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        azure = await enter(program("azure", begun, minutes, CALM, ROUGH))
        endpoints = {name: str(address) for name, address in (await said(azure)).items()}
        urls = {name: f"http://{address}" for name, address in endpoints.items()}
        file = folder / "config.yaml"
        file.write_text(yaml.safe_dump(configuration(urls, scenario(begun, minutes))))
        tasks = folder / "tasks"
        tasks.write_text("0")
        run = ("run", f"--config.file={file}", f"--web.listen-address={ADDRESS}")
        exporter = await enter(program("watched", tasks, *run, "--log.level=error"))
        session = await enter(aiohttp.ClientSession())
        while exporter.returncode is None:
            with contextlib.suppress(aiohttp.ClientConnectionError):
                async with session.get(f"http://{ADDRESS}/-/healthy"):
                    break
            await asyncio.sleep(0.1)
        scrapers = await enter(program("scrapers", ADDRESS, exporter.pid, EVERY))
        yield Soak(begun, minutes, endpoints, exporter, scrapers, tasks, session)


async def main(minutes: float) -> None:
    if task := asyncio.current_task():  # the other programs end with this one
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with soaking(minutes) as soak:
        seen: list[Note] = []
        await soak.fail(CALM, trouble.FLAKY)
        print(notes.HEAD, flush=True)
        for name in itertools.cycle(trouble.KINDS):
            # The scrapers say every half minute that it is time for the next.
            await soak.fail(ROUGH, trouble.KINDS[name])
            seen.append(await soak.note(name))
            print(seen[-1].row(), flush=True)
            if seen[-1].minute >= minutes:
                break
        print(await soak.recovery(), flush=True)
    print(notes.table(seen, min(SETTLED, minutes / 3)), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--minutes", type=float, default=60, help="how long (default: %(default)s)")
    asyncio.run(main(parser.parse_args().minutes))
