"""One seed: a world, an exporter that watches it in time that jumps, and what was wrong."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from exporter.app.checkpoint_source import CheckpointSource
from exporter.app.exporter import Exporter, build
from exporter.checkpoint.recorder import Recorder
from exporter.config.config import Config
from exporter.polling import retention
from tests.azure_model.lives import MINUTE
from tests.azure_model.oracle import Oracle
from tests.azure_model.server import Server
from tests.azure_model.truth import differences
from tests.azure_model.world import RESTED, World, world
from tests.conftest import JumpingLoop
from tests.support.local import (
    applied,
    clock,
    configured,
    operations_scraped,
    scraped,
    served,
)

_SCRAPES = 140.0  # seconds between two
_COUNTERS_READ = (-50 * MINUTE, -30 * MINUTE, -15 * MINUTE)  # before Azure rests
_SWEPT = 30.0  # seconds
_UNSAVED = 2.0  # seconds before a kill that are lost


@dataclass(frozen=True)
class Outcome:
    """What became of a seed: requests to Azure, seconds of work, and what was wrong."""

    seed: int
    requests: int
    seconds: float
    wrong: tuple[str, ...]


def try_seed(seed: int) -> Outcome:
    """Live through a seed from its first second to its rest."""
    begun = time.process_time()
    random.seed(seed)  # of the exporter's own jitter
    azure = world(seed)
    oracle = Oracle(azure.owners)
    with (
        patch.object(retention, "_SWEEP_SECONDS", _SWEPT),
        asyncio.Runner(loop_factory=JumpingLoop) as runner,
        TemporaryDirectory() as folder,
    ):
        requests = runner.run(_live(azure, oracle, Path(folder)))
    return Outcome(seed, requests, time.process_time() - begun, tuple(oracle.wrong))


async def _live(azure: World, oracle: Oracle, folder: Path) -> int:
    """Watch until the first incident, then until the next one, and at last until Azure rests."""
    server = Server(azure, oracle.heard)
    async with served(server.app()) as endpoint:
        config = _config(azure, endpoint)
        reloads = [each for each in azure.incidents if each.kind == "reload"]
        for incident in [each for each in azure.incidents if each.kind != "reload"]:
            async with _watching(config, folder / "state.db") as (exporter, recorder):
                oracle.began()
                await _look_until(exporter, oracle, incident.at)
                await recorder.write(CheckpointSource(exporter))
                oracle.restarted(scraped(exporter))
                await asyncio.sleep(_UNSAVED if incident.kind == "kill" else 0)
            await asyncio.sleep(incident.lasts)
        async with _watching(config, folder / "state.db") as (exporter, _):
            oracle.began()
            for reload in reloads:
                await _look_until(exporter, oracle, reload.at)
                oracle.reloaded()
                await applied(exporter, _config(azure, endpoint, discovers=False))
                await _look_until(exporter, oracle, reload.at + reload.lasts)
                oracle.reloaded()
                await applied(exporter, config)
            for moment in (*_COUNTERS_READ, RESTED):
                await _look_until(exporter, oracle, azure.rests + moment)
            oracle.wrong += differences(azure, oracle, scraped(exporter), clock())
    return server.requests.total()


async def _look_until(exporter: Exporter, oracle: Oracle, end: float) -> None:
    """Scrape now and then; the counters only at the end, because they take ten times as long."""
    while (left := end - clock()) > 0:
        await asyncio.sleep(min(left, _SCRAPES))
        samples = operations_scraped(exporter) if left > _SCRAPES else scraped(exporter)
        oracle.look(samples, clock())


@asynccontextmanager
async def _watching(config: Config, path: Path) -> AsyncIterator[tuple[Exporter, Recorder]]:
    """An exporter that continues what a file has, and its recorder, which writes when it is told.

    Every third second would be too much of a seed's time, and shows no more.
    """
    recorder = Recorder(path, clock)
    memory = await recorder.read()
    async with build(config, clock, memory=memory) as exporter, asyncio.TaskGroup() as group:
        recorder.listen_to(exporter.store)
        task = group.create_task(exporter.run())
        yield exporter, recorder
        task.cancel()
    await recorder._file.close()


def _config(azure: World, endpoint: str, *, discovers: bool = True) -> Config:
    """What is watched; without discovery it is what other people named."""
    discover = {"interval": f"{azure.interval:g}s"}
    batches = azure.named["document_translation"] if discovers else (azure.batches[-1].id,)
    batch_discover = {**discover, "max_operations": azure.max_operations}
    resource: Mapping[str, object] = {
        "endpoint": endpoint,
        "document_translation": {"batches": [*batches]}
        | ({"discover": batch_discover} if discovers else {}),
        "avatar": {"operations": [*azure.named["avatar"]], "requests_per_minute": 6000}
        | ({"discover": discover} if discovers else {}),
        "video_translation": {"operations": [*azure.named["video_translation"]]}
        | ({"discover": discover} if discovers else {}),
        "speech_synthesis": {"discover": discover} if discovers else {},
        "openai_batch": {"interval": f"{azure.interval:g}s"}
        | ({"discover": discover} if discovers else {}),
        "openai_fine_tuning": {"interval": f"{azure.interval:g}s"}
        | ({"discover": discover} if discovers else {}),
        "speech_transcription": {"discover": discover} if discovers else {},
        "language": {"requests_per_minute": 6000} | ({"discover": discover} if discovers else {}),
        "question_answering": {"operations": [*azure.named["question_answering"]]},
        "content_understanding": {"operations": [*azure.named["content_understanding"]]},
        "document_intelligence": {"discover": discover, "models": ["forms"]} if discovers else {},
        "qna_maker": {"operations": [*azure.named["qna_maker"]]},
    }
    return configured(
        resource,
        poll={"interval": f"{azure.interval:g}s", "requests_per_second": 100},
        retention={"finished": f"{azure.retention:g}s", "stale_after": "1h"},
    )
