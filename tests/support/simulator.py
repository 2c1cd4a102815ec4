"""A simulator on a real socket, a clock that a test sets, and a client with the key."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer
from yarl import URL

from exporter.simulator.faults.faults import Faults
from exporter.simulator.manager.directory import Directory
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import Simulator
from exporter.simulator.services.limits import Limits
from tests.support.local import START

KEY = "a-key-of-our-own"
V1 = "/translator/text/batch/v1.0/batches"
DATED = "/translator/document/batches"
V2024 = "?api-version=2024-05-01"
V2026 = "?api-version=2026-03-01"


class Clock:
    """Unix seconds that a test sets."""

    def __init__(self, now: float = START) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def at(self, seconds: float) -> None:
        """Set the clock to `seconds` after START."""
        self.now = START + seconds


@dataclass(frozen=True)
class Answer:
    """An answer with its body."""

    status: int
    headers: Mapping[str, str]
    text: str
    json: Any


@dataclass(frozen=True)
class Local:
    """A running simulator, and a client of it."""

    simulator: Simulator
    clock: Clock
    origin: str
    session: aiohttp.ClientSession

    async def ask(self, path: str, method: str = "GET", **options: Any) -> Answer:
        """Send a request with the key, unless the test sets its own headers."""
        options.setdefault("headers", {"Ocp-Apim-Subscription-Key": KEY})
        url = path if path.startswith("http") else self.origin + path
        async with self.session.request(
            method, URL(url), allow_redirects=False, **options
        ) as response:
            is_json = response.content_type == "application/json"
            text = await response.text()
            value = await response.json() if is_json else None
            return Answer(response.status, response.headers, text, value)


@asynccontextmanager
async def local_azure(
    scenario: Scenario | None = None,
    *,
    cache: bool = False,
    seed: int = 0,
    faults: Any = None,
    limits: Limits | None = None,
    directory: Directory | None = None,
) -> AsyncIterator[Local]:
    """A simulator that runs inside the context; by default without its cache."""
    clock = Clock()
    simulator = Simulator(
        scenario or Scenario(),
        key=KEY,
        clock=clock,
        cache=cache,
        seed=seed,
        faults=faults or Faults(),
        limits=limits,
        directory=directory,
    )
    server = TestServer(simulator.app())
    await server.start_server()
    origin = f"http://127.0.0.1:{server.port}"
    try:
        async with aiohttp.ClientSession() as session:
            yield Local(simulator, clock, origin, session)
    finally:
        await server.close()
