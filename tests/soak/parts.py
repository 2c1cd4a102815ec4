"""All programs of the soak: a simulator, the real exporter, scrapers; and what they say."""

import asyncio
import signal
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import yaml

from tests.e2e.programs import free_port
from tests.soak import notes
from tests.soak.azure import FAULTS
from tests.soak.faults import Faults
from tests.soak.notes import Measured, Note
from tests.soak.processes import program, said, until_it_answers
from tests.soak.rotation import HOST, Rotation, client_tls
from tests.soak.scrapers import Figures
from tests.soak.work import configuration, never_true, scenario, wrong

CALM, ROUGH = "calm", "rough"
EVERY = 30.0  # seconds between two notes
_SAMPLES = 3.0  # seconds between two samples of the exporter's process


@dataclass
class Soak:
    """All that runs, and since when.

    Attributes:
        url: where the exporter is scraped.
        urls: of the simulator, by the resource's name.
    """

    begun: float
    minutes: float
    url: str
    urls: dict[str, str]
    exporter: Process
    scrapers: Process
    tasks: Path
    rotation: Rotation
    session: aiohttp.ClientSession
    _samples: list[Measured] = field(default_factory=list)
    _counted: dict[str, list[int]] = field(default_factory=dict)

    @property
    def minute(self) -> float:
        """Minutes since it began."""
        return (time.time() - self.begun) / 60

    async def set_faults(self, resource: str, faults: Faults) -> None:
        """A resource has these faults from now on, and no others."""
        url = f"{self.urls[resource]}/_simulator/faults"
        async with self.session.put(url, json=list(faults)) as answer:
            answer.raise_for_status()

    async def metrics(self) -> str:
        """What a scrape says."""
        async with self.session.get(self.url) as answer:
            return await answer.text()

    async def sample(self) -> None:
        """Look at the exporter's process now and then, for ever."""
        ports = {int(url.rpartition(":")[2]) for url in self.urls.values()}
        while True:
            self.exporter.send_signal(signal.SIGUSR1)
            await asyncio.sleep(_SAMPLES)
            if self.exporter.returncode is not None:
                raise RuntimeError("the exporter has ended, and said why above")
            self._samples.append(notes.measured(self.exporter.pid, ports, self.tasks))

    async def note(self, kind: str) -> Note:
        """What the scrapers and the system say of the time since the last note."""
        scraped = await said(self.scrapers, Figures)
        text = await self.metrics()
        problems = never_true(text, CALM, scenario(self.begun, self.minutes), time.time())
        for problem in problems[:5]:
            print(problem, flush=True)
        seen, self._samples = self._samples, self._samples[-1:]
        return Note(
            minute=self.minute,
            resident=seen[-1].resident,
            threads=max(each.threads for each in seen),
            descriptors=min(each.descriptors for each in seen),
            to_azure=max(each.to_azure for each in seen),
            tasks=min(each.tasks for each in seen),
            followed=min(each.followed for each in seen),
            series=notes.series(text),
            operations=text.count("\nazure_ai_operation_up{"),
            wrong=len(problems),
            failed=scraped.failed,
            slowest=1000 * max(scraped.seconds, default=0.0),
            own=1000 * max(scraped.own, default=0.0),
            late=1000 * scraped.late,
            handshakes=scraped.handshakes,
            checks=scraped.checks,
            rotations=self.rotation.count,
            faults=await self._faults(),
            cpu=100 * (seen[-1].cpu - seen[0].cpu) / (_SAMPLES * max(1, len(seen) - 1)),
            load=notes.load(),
            kind=kind,
            seconds=scraped.seconds,
            own_seconds=scraped.own,
        )

    async def problems(self) -> list[str]:
        """What of any resource is not shown as it is."""
        text, played = await self.metrics(), scenario(self.begun, self.minutes)
        return [each for name in self.urls for each in wrong(text, name, played, time.time())]

    async def _faults(self) -> float:
        """Which part of the answers since the last time had a fault, %."""
        answers = faults = 0
        for name, url in self.urls.items():
            async with self.session.get(f"{url}{FAULTS}") as answer:
                counted = await answer.json()
            before = self._counted.get(name, [0, 0])
            answers += counted[0] - before[0]
            faults += counted[1] - before[1]
            self._counted[name] = counted
        return 100 * faults / max(1, answers)


@asynccontextmanager
async def soaking(minutes: float) -> AsyncIterator[Soak]:
    """Everything started, from the moment that the exporter answers."""
    begun = time.time()
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        azure = await enter(program("azure", begun, minutes, CALM, ROUGH))
        addresses = await said(azure, dict[str, str])
        urls = {name: f"http://{address}" for name, address in addresses.items()}
        rotation = Rotation(folder)
        port = free_port()
        url = f"https://{HOST}:{port}/metrics"
        file, tasks = folder / "config.yaml", folder / "tasks"
        settings = configuration(urls, rotation.key_files(urls), scenario(begun, minutes))
        file.write_text(yaml.safe_dump(settings))
        tasks.write_text("0 0")
        run = (
            *("run", f"--config.file={file}", f"--web.listen-address={HOST}:{port}"),
            *(f"--web.config.file={rotation.web_config()}", "--log.level=error"),
        )
        exporter = await enter(program("watched", tasks, *run))
        connector = aiohttp.TCPConnector(ssl=client_tls(folder), force_close=True)
        session = await enter(aiohttp.ClientSession(connector=connector))
        await until_it_answers(exporter, session, url)
        scrapers = await enter(program("scrapers", HOST, port, folder, exporter.pid, EVERY))
        soak = Soak(begun, minutes, url, urls, exporter, scrapers, tasks, rotation, session)
        async with asyncio.TaskGroup() as group:
            beside = [group.create_task(soak.sample())]
            beside.append(group.create_task(rotation.run(session, urls)))
            yield soak
            for task in beside:
                task.cancel()
