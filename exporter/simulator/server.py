"""aiohttp in front of the local Azure: reads requests, lets faults strike, sends answers."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence

from aiohttp import web

from exporter.simulator.azure import Azure
from exporter.simulator.faults.breakage import answer_with, send
from exporter.simulator.faults.faults import Fault, Faults, Kind, faults_from_json
from exporter.simulator.faults.weather import Weather
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.services.limits import Limits
from exporter.simulator.show.workday import Workday
from exporter.simulator.wire import Request

DEFAULT_KEY = "simulator-key"
_COUNTED = 20_000
"""Paths whose requests are counted each on its own; in an endless day there are ever more."""


class Simulator:
    """A local Azure that plays a scenario.

    `clock` gives Unix seconds; nothing in here asks for the time otherwise. `cache` False makes
    every answer fresh. `requests` counts what was asked, by "METHOD /path" without the query.
    `limits` {"avatar": (2, 60.0)} lets two requests a minute through to paths that begin with
    /avatar/; the others are answered with 429 and Retry-After. `workdays` bring new work as time
    passes, and `weather` befalls what no fault has hit.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        key: str = DEFAULT_KEY,
        clock: Callable[[], float] = time.time,
        faults: Faults | None = None,
        cache: bool = True,
        seed: int = 0,
        limits: Limits | None = None,
        workdays: Sequence[Workday] = (),
        weather: Sequence[Weather] = (),
    ) -> None:
        self.azure = Azure(scenario, key, cache=cache, seed=seed, limits=limits or {})
        self.faults = Faults(seed=seed) if faults is None else faults
        self.requests: Counter[str] = Counter()
        self._clock = clock
        self._workdays, self._weather = workdays, weather
        self._slow: set[asyncio.Task[object]] = set()

    def app(self) -> web.Application:
        """The application; its routes under `/_simulator/` need no key."""
        app = web.Application(client_max_size=16 * 2**20)
        app.router.add_get("/_simulator/faults", self._get_faults)
        app.router.add_put("/_simulator/faults", self._put_faults)
        app.router.add_delete("/_simulator/faults", self._delete_faults)
        app.router.add_get("/_simulator/requests", self._get_requests)
        app.router.add_route("*", "/{path:.*}", self._serve)
        app.on_shutdown.append(self._stop_slow)
        return app

    async def _serve(self, http: web.Request) -> web.StreamResponse:
        request = await _read(http)
        now = self._clock()
        self._count(f"{request.method} {request.path}")
        self._work(now)
        fault = self.faults.strike(request.path) or self._befallen(now)
        answer = answer_with(fault, self.azure, request, now)
        if fault is None or fault.kind is not Kind.SLOW:
            return await send(http, answer, fault)
        async with self._ended_by_shutdown():
            return await send(http, answer, fault)

    def _count(self, asked: str) -> None:
        known = asked in self.requests or len(self.requests) < _COUNTED
        self.requests[asked if known else "others"] += 1

    def _work(self, now: float) -> None:
        for day in self._workdays:
            due = day.at(now)
            for work in due.begun:
                self.azure.begin(work)
            for work in due.over:
                self.azure.forget(work)

    def _befallen(self, now: float) -> Fault | None:
        faults = (each.fault(now) for each in self._weather)
        return next((fault for fault in faults if fault), None)

    @contextlib.asynccontextmanager
    async def _ended_by_shutdown(self) -> AsyncIterator[None]:
        """A slow body does not keep the server from stopping."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a request is served within a task")
        self._slow.add(task)
        try:
            yield
        finally:
            self._slow.discard(task)

    async def _stop_slow(self, _: web.Application) -> None:
        for task in self._slow:
            task.cancel()

    async def _get_faults(self, _: web.Request) -> web.Response:
        return web.json_response(self.faults.as_json())

    async def _put_faults(self, http: web.Request) -> web.Response:
        """Replaces all faults; the body is a JSON list of them."""
        try:
            wanted = faults_from_json(await http.read())
        except ValueError as error:
            return web.json_response({"error": str(error)}, status=400)
        self.faults.clear()
        for fault in wanted:
            self.faults.add(fault)
        return web.json_response(self.faults.as_json())

    async def _delete_faults(self, _: web.Request) -> web.Response:
        self.faults.clear()
        return web.json_response([])

    async def _get_requests(self, _: web.Request) -> web.Response:
        return web.json_response(dict(self.requests))


async def _read(http: web.Request) -> Request:
    return Request(
        method=http.method,
        origin=f"{http.scheme}://{http.host}",
        path=http.rel_url.raw_path,
        query=tuple(http.query.items()),
        headers=http.headers,
        body=await http.read(),
        url=str(http.url),
    )
