"""The program as it runs: one TaskGroup owns the poller, the watch on files and the port."""

import asyncio
import gc
import signal
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

from aiohttp import web

from exporter.app.checkpoint_source import CheckpointSource
from exporter.app.exporter import Exporter, build
from exporter.app.reload import Reloader
from exporter.checkpoint.recorder import Recorder
from exporter.config.config import Config
from exporter.model.shard import ALONE, Shard
from exporter.settings.yaml_file import ConfigError
from exporter.telemetry import logs
from exporter.text import public
from exporter.web.api import OperationsApi
from exporter.web.port.guard import Guard, Protection
from exporter.web.probe import Probe
from exporter.web.server import listening
from exporter.web.status.handlers import StatusPages
from exporter.web.status.sources import Sources


async def run(
    config: Config,
    address: tuple[str | None, int],
    stop: asyncio.Event,
    *,
    path: Path | None = None,
    lifecycle: bool = False,
    shard: Shard = ALONE,
    protection: Protection | None = None,
    clock: Callable[[], float] = time.time,
    ready: Callable[[str], None] = lambda _url: None,
) -> None:
    """Poll and serve until `stop` is set.

    The file at `path`, where the configuration is from, is watched; `lifecycle` lets
    `POST /-/reload` be asked for; `protection` says who may use the port. Of all operations,
    those of the `shard` are polled. `ready` is told where the port answers.

    Raises:
        ListenError: the port cannot be had; nothing was polled.
    """
    _run_evenly()
    asyncio.get_running_loop().set_exception_handler(_complain)
    recorder = Recorder(config.state_file, clock) if config.state_file else None
    memory = await recorder.read() if recorder else None
    async with build(config, clock, shard, memory) as exporter:
        reloader = Reloader(path, config, exporter) if path else None
        if reloader:
            await reloader.start()
        guard = Guard(protection or Protection(), exporter.telemetry)
        application = guard.protect(
            exporter.metrics_routes.application(*routes(exporter, reloader, lifecycle=lifecycle))
        )
        async with (
            listening(application, *address, guard) as listened,
            asyncio.TaskGroup() as group,
        ):
            url = f"{guard.scheme}://{listened if address[0] else 'localhost' + listened}"
            _announce(config, listened, exporter, url)
            ready(url)
            running = [group.create_task(exporter.run()), group.create_task(guard.watch())]
            if recorder:
                exporter.store.listen(recorder.changed)
                running.append(group.create_task(recorder.run(CheckpointSource(exporter))))
            if reloader:
                running.append(group.create_task(reloader.watch()))
                running.append(group.create_task(_on_hangup(reloader)))
            await stop.wait()
            logs.logger().info("stopping")
            for task in running:
                task.cancel()


def _run_evenly() -> None:
    """Let no work of ours stop a scrape for long; measured with 10,000 operations.

    A full garbage collection takes 0.1 to 0.2 s, and reading a configuration used to bring one
    about; little here makes cycles. A thread that reads one hands over after half a millisecond
    and not after five, of which a scrape needs many.
    """
    gc.set_threshold(20_000, 50, 100)
    sys.setswitchinterval(0.0005)


def _complain(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """What asyncio has no one to tell; without descriptors it says so a hundred times a second."""
    error = context.get("exception")
    known = isinstance(error, OSError)
    logs.logger().error(
        "trouble with the network"
        if known
        else "this is a fault of the exporter; please report it",
        what=context["message"],
        **{"reason": public(str(error))} if known else {"exc_info": error},
    )


def routes(
    exporter: Exporter,
    reloader: Reloader | None,
    *,
    lifecycle: bool,
) -> Iterable[web.RouteDef]:
    """All routes beside those of the face."""
    seen = sources(exporter, reloader, lifecycle=lifecycle)

    async def reload(_request: web.Request) -> web.Response:
        if not lifecycle or reloader is None:
            text = "not enabled; start with --web.enable-lifecycle\n"
            return web.Response(text=text, status=403)
        try:
            changed = await reloader.reload()
        except ConfigError as error:
            return web.Response(text=f"{error}\n", status=400)
        named = {what: ["/".join(key) for key in keys] for what, keys in asdict(changed).items()}
        return web.json_response(named)

    return [
        *OperationsApi(exporter.store, exporter.history, seen.problems, exporter.clock).routes(),
        *StatusPages(seen).routes(),
        *Probe(exporter.once, exporter.find, exporter.pages.alone).routes(),
        web.post("/-/reload", reload),
    ]


def sources(exporter: Exporter, reloader: Reloader | None, *, lifecycle: bool) -> Sources:
    """What the pages for people show."""

    def problems() -> list[str]:
        return [str(problem) for problem in reloader.problems] if reloader else []

    def not_loaded() -> list[str]:
        return [str(problem) for problem in reloader.bad] if reloader else []

    return Sources(
        exporter.store,
        exporter.history,
        exporter.activity,
        exporter.poller,
        exporter.telemetry,
        config=lambda: exporter.plan.config,
        clients=lambda: exporter.clients,
        problems=problems,
        not_loaded=not_loaded,
        lifecycle=lifecycle,
        shard=exporter.plan.shard,
        clock=exporter.clock,
    )


async def _on_hangup(reloader: Reloader) -> None:
    """SIGHUP means a reload, as Prometheus has it."""
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, asked.set)
    while True:
        await asked.wait()
        asked.clear()
        try:
            await reloader.reload()
        except ConfigError:
            continue  # it was said, and the old one stays


def _announce(config: Config, listened: str, exporter: Exporter, url: str) -> None:
    logs.logger().info(
        "started",
        address=listened,
        metrics=f"{url}/metrics",
        resources=len(config.resources),
        operations=exporter.waiting_for(),
    )
