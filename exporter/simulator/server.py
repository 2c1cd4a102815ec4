"""The HTTP server of the simulator: reads requests, applies faults, sends answers."""

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
from exporter.simulator.manager.directory import Directory
from exporter.simulator.messages import Request
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.services.limits import Limits
from exporter.simulator.show.workday import Workday

DEFAULT_KEY = "simulator-key"
_PATHS_COUNTED = 20_000
"""Requests to further paths are counted together, because an endless workday adds paths."""


class Simulator:
    """A simulator that plays a scenario.

    `clock` returns Unix seconds and is the only source of time. `cache` False makes every answer
    fresh. `requests` counts requests by "METHOD /path" without the query. `limits`
    {"avatar": (2, 60.0)} allows two requests a minute to paths that begin with /avatar/; others
    are answered with 429 and Retry-After. `workdays` add new work as time passes. `weather`
    applies to requests without another fault. `directory` has Azure Resource Manager, and accounts
    with services of their own.
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
        directory: Directory | None = None,
    ) -> None:
        self.azure = Azure(scenario, key, cache=cache, seed=seed, limits=limits or {})
        self.faults = Faults(seed=seed) if faults is None else faults
        self.requests: Counter[str] = Counter()
        self._clock = clock
        self._weather = weather
        self._directory = directory
        self._days = [(self.azure, day) for day in workdays]
        if directory:
            self._days += directory.workdays
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
        self._update_work(now)
        fault = self.faults.strike(request.path) or self._weather_fault(now)
        found = self._directory.gateway(request, now) if self._directory else None
        gateway, request = found or (self.azure, request)
        answer = answer_with(fault, gateway, request, now)
        is_slow = answer.takes > 0 or (fault is not None and fault.kind is Kind.SLOW)
        if not is_slow:
            return await send(http, answer, fault)
        async with self._cancelled_by_shutdown():
            await asyncio.sleep(answer.takes)
            return await send(http, answer, fault)

    def _count(self, name: str) -> None:
        counted = name in self.requests or len(self.requests) < _PATHS_COUNTED
        self.requests[name if counted else "others"] += 1

    def _update_work(self, now: float) -> None:
        for azure, day in self._days:
            due = day.at(now)
            for work in due.started:
                azure.begin(work)
            for work in due.expired:
                azure.forget(work)

    def _weather_fault(self, now: float) -> Fault | None:
        faults = (weather.fault(now) for weather in self._weather)
        return next((fault for fault in faults if fault), None)

    @contextlib.asynccontextmanager
    async def _cancelled_by_shutdown(self) -> AsyncIterator[None]:
        """Register the current task as slow, so that shutdown cancels it."""
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
        """Replace all faults by those of the body, a JSON list."""
        try:
            faults = faults_from_json(await http.read())
        except ValueError as error:
            return web.json_response({"error": str(error)}, status=400)
        self.faults.clear()
        for fault in faults:
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
