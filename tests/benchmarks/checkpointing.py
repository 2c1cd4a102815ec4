"""A checkpoint written beside an event loop that is watched: batches and documents in each.

`write` changes all documents, and writes them; it answers with its seconds.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from exporter.app import serve
from exporter.app.checkpoint_source import CheckpointSource
from exporter.app.exporter import build
from exporter.checkpoint.recorder import Recorder
from exporter.config.config import Config
from exporter.telemetry import logs
from tests.benchmarks import filling
from tests.benchmarks.obeying import Answer, Ticker, obey
from tests.benchmarks.programs import config


async def main(batches: int, size: int) -> None:
    logs.configure("error", "logfmt")
    serve._limit_stalls()
    ids = [filling.key(number).operation for number in range(batches)]
    section = {"document_translation": {"batches": ids}}
    described = config("http://127.0.0.1:9", section)
    ticker = Ticker()
    versions = iter(range(1_000_000))
    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(Path(folder) / "state")
        await recorder.read()
        async with build(Config.model_validate(described), time.time) as exporter:
            recorder.listen_to(exporter.store)
            source = CheckpointSource(exporter)
            keys = list(exporter.plan.operations)

            async def write(_: str) -> Answer:
                version = next(versions)
                for number, key in enumerate(keys):
                    exporter.store.put(key, filling.batch(number, size, version), time.time())
                    await asyncio.sleep(0)
                await asyncio.sleep(0.01)  # the ticker wakes and sees how long that took
                ticker.longest = 0.0
                begun = time.perf_counter()
                await recorder.write(source)
                return {"seconds": time.perf_counter() - begun}

            await obey("", ticker, {"write": write})


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
