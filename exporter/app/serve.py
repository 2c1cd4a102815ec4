"""The program as it runs: one TaskGroup owns the poller, the watch on files and the port."""

import asyncio
import gc
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from exporter.app.checkpoint_source import CheckpointSource
from exporter.app.exporter import Exporter, build
from exporter.app.heap import limit_heap, trim_heap
from exporter.app.reload import Reloader
from exporter.config.config import Config
from exporter.config.source import Source
from exporter.model.shard import ALONE, Shard
from exporter.settings.yaml_file import ConfigError, Problem
from exporter.telemetry import logs
from exporter.text import public
from exporter.web.api import OperationsApi
from exporter.web.port.guard import Guard, Protection
from exporter.web.port.names import PortNames
from exporter.web.probe import Probe
from exporter.web.resource_troubles import resource_troubles
from exporter.web.server import Address, listening_on
from exporter.web.status.handlers import StatusPages
from exporter.web.status.overview import parameter_values
from exporter.web.status.sources import Sources

if TYPE_CHECKING:
    from exporter.checkpoint.recorder import Recorder


async def run(
    config: Config,
    addresses: Sequence[Address],
    stop: asyncio.Event,
    *,
    source: Source | None = None,
    problems: Sequence[Problem] = (),
    lifecycle: bool = False,
    shard: Shard = ALONE,
    protection: Protection | None = None,
    names: PortNames | None = None,
    clock: Callable[[], float] = time.time,
    ready: Callable[[str], None] = lambda _url: None,
) -> None:
    """Poll and serve until `stop` is set.

    `source` is where the configuration comes from; it is watched, and
    `problems` are those of its files that could not be used. `lifecycle` enables `POST /-/reload`.
    `protection` says who may use the port, `names` under which names. Only the operations of
    `shard` are polled. `ready` is called with the URL of the first address.

    Raises:
        ListenError: an address cannot be used; nothing was polled.
    """
    _limit_stalls()
    limit_heap()
    asyncio.get_running_loop().set_exception_handler(_log_loop_error)
    recorder = _recorder(config.state_file, clock) if config.state_file else None
    memory = await recorder.read() if recorder else None
    async with build(config, clock, shard, memory) as exporter:
        reloader = Reloader(source, config, exporter, problems) if source else None
        if reloader:
            await reloader.start()
        names = names or PortNames()
        guard = Guard(protection or Protection(), exporter.telemetry, names)
        others = routes(exporter, reloader, lifecycle=lifecycle, names=names)
        metrics_routes = replace(exporter.metrics_routes, names=names)
        application = guard.protect(metrics_routes.application(*others))
        async with (
            listening_on(application, addresses, guard) as bound,
            asyncio.TaskGroup() as group,
        ):
            urls = [
                f"{guard.scheme}://{'localhost' if address.startswith(':') else ''}{address}"
                f"{names.prefix}"
                for address in bound
            ]
            _log_start(config, exporter, bound, urls)
            ready(urls[0])
            tasks = [
                group.create_task(exporter.run()),
                group.create_task(guard.watch()),
                group.create_task(trim_heap()),
            ]
            if recorder:
                recorder.listen_to(exporter.store)
                tasks.append(group.create_task(recorder.run(CheckpointSource(exporter))))
            if reloader:
                tasks.append(group.create_task(reloader.watch()))
                tasks.append(group.create_task(reloader.follow_accounts()))
                tasks.append(group.create_task(_on_hangup(reloader)))
            await stop.wait()
            logs.logger().info("stopping")
            for task in tasks:
                task.cancel()


def _recorder(state_file: Path, clock: Callable[[], float]) -> "Recorder":
    from exporter.checkpoint.recorder import Recorder  # noqa: PLC0415  SQLite takes 1 MB

    return Recorder(state_file, clock)


def _limit_stalls() -> None:
    """Keep garbage collection and threads from delaying scrapes; measured with 10,000 operations.

    A full garbage collection takes 0.1 to 0.2 s, and reading a configuration causes one by
    default; little here makes cycles. The interpreter switches from a thread that reads a
    configuration after 0.5 ms, not 5 ms: a scrape needs many switches.
    """
    gc.set_threshold(20_000, 50, 100)
    sys.setswitchinterval(0.0005)


def _log_loop_error(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """Log an error that no task awaits; without free descriptors there are 100 a second."""
    error = context.get("exception")
    network_error = isinstance(error, OSError)
    logs.logger().error(
        "network error" if network_error else "this is a bug of the exporter; please report it",
        what=context["message"],
        **{"reason": public(str(error))} if network_error else {"exc_info": error},
    )


def routes(
    exporter: Exporter,
    reloader: Reloader | None,
    *,
    lifecycle: bool,
    names: PortNames | None = None,
) -> Iterable[web.RouteDef]:
    """All routes except `/metrics` and the health checks."""
    page_sources = sources(exporter, reloader, lifecycle=lifecycle)

    async def reload(_request: web.Request) -> web.Response:
        if not lifecycle or reloader is None:
            text = "not enabled; start with --web.enable-lifecycle\n"
            return web.Response(text=text, status=403)
        try:
            changed, settings = await reloader.reload()
        except ConfigError as error:
            return web.Response(text=f"{error}\n", status=400)
        return web.json_response(
            {
                "added": ["/".join(key) for key in changed.added],
                "removed": ["/".join(key) for key in changed.removed],
                "changed": ["/".join(key) for key in changed.changed],
                "settings": settings,
            }
        )

    return [
        *OperationsApi(
            exporter.store,
            exporter.history,
            lambda: exporter.plan.sections,
            page_sources.problems,
            lambda: parameter_values(page_sources),
            page_sources.unwatched,
            lambda: resource_troubles(page_sources),
            names or PortNames(),
            exporter.clock,
        ).routes(),
        *StatusPages(page_sources).routes(),
        *Probe(exporter.once, exporter.find, exporter.pages.alone).routes(),
        web.post("/-/reload", reload),
    ]


def sources(exporter: Exporter, reloader: Reloader | None, *, lifecycle: bool) -> Sources:
    """The data sources of the HTML pages."""

    def problems() -> list[str]:
        return [str(problem) for problem in reloader.problems] if reloader else []

    def not_loaded() -> list[str]:
        return [str(problem) for problem in reloader.load_problems] if reloader else []

    return Sources(
        exporter.store,
        exporter.history,
        exporter.activity,
        exporter.progress,
        exporter.today,
        exporter.poller,
        exporter.lists.watchers,
        exporter.telemetry,
        config=lambda: exporter.plan.config,
        clients=lambda: exporter.clients,
        problems=problems,
        not_loaded=not_loaded,
        unwatched=lambda: exporter.accounts.unwatched,
        lifecycle=lifecycle,
        shard=exporter.plan.shard,
        clock=exporter.clock,
    )


async def _on_hangup(reloader: Reloader) -> None:
    """Reload on SIGHUP, as Prometheus does."""
    hangup = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hangup.set)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})  # blocked since the start
    while True:
        await hangup.wait()
        hangup.clear()
        try:
            await reloader.reload()
        except ConfigError:
            continue  # already logged; the old configuration stays


def _log_start(
    config: Config, exporter: Exporter, addresses: Sequence[str], urls: Sequence[str]
) -> None:
    logs.logger().info(
        "started",
        address=addresses[0],
        metrics=f"{urls[0]}/metrics",
        resources=len(config.resources),
        operations=exporter.waiting_for(),
    )
    for address, url in zip(addresses[1:], urls[1:], strict=True):
        logs.logger().info("also listening", address=address, metrics=f"{url}/metrics")
