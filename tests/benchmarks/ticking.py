"""A whole exporter with the configuration of a file, whose event loop is watched from within."""

import asyncio
import sys
from pathlib import Path

from exporter.app import serve
from exporter.config.config import Config, load
from exporter.config.sources import OneFile
from exporter.telemetry import logs
from tests.benchmarks.obeying import Ticker, obey
from tests.benchmarks.programs import PORT
from tests.benchmarks.sampling import Sampler


async def main(path: Path, config: Config) -> None:
    logs.configure("error", "logfmt")
    stop = asyncio.Event()
    host = "127.0.0.1"
    async with asyncio.TaskGroup() as group:
        group.create_task(
            serve.run(config, [(host, PORT)], stop, source=OneFile(path), lifecycle=True)
        )
        sampler = Sampler()
        commands = {"sample": sampler.begin, "shares": sampler.end}
        await obey(f"{host}:{PORT}", Ticker(), commands)
        stop.set()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), load(Path(sys.argv[1]))))
