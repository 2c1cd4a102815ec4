"""What each command does; a command returns the exit code.

It imports what it alone needs when it runs, so that no other command waits for that.
"""

import os
import shutil
import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # `metrics` need not wait for it
    import asyncio


def _run(flags: Namespace) -> int:
    from exporter.app import serve
    from exporter.config.config import load
    from exporter.telemetry import logs
    from exporter.web.port.guard import Protection
    from exporter.web.port.web_config import WebConfig, load_web

    logs.configure(flags.log_level, flags.log_format)
    path = Path(flags.config_file)
    config = load(path)
    web_path = flags.web_config_file
    web_config = load_web(web_path) if web_path else WebConfig()
    protection = Protection(web_path, web_config, flags.open_health)
    return _until_signalled(
        lambda stop: serve.run(
            config,
            flags.listen,
            stop,
            path=path,
            lifecycle=flags.lifecycle,
            shard=flags.shard,
            protection=protection,
        )
    )


def _demo(flags: Namespace) -> int:
    from exporter.commands import demo
    from exporter.telemetry import logs

    logs.configure(flags.log_level, flags.log_format)
    return _until_signalled(lambda stop: demo.demo(flags.listen, stop, flags.speed))


def _simulate(flags: Namespace) -> int:
    from exporter.commands import demo
    from exporter.telemetry import logs

    logs.configure(flags.log_level, flags.log_format)
    return _until_signalled(lambda stop: demo.simulate(flags.listen, stop))


def _check(flags: Namespace) -> int:
    from exporter.apis.request_counts import Assumed
    from exporter.config import request_budget
    from exporter.config.config import load

    path = Path(flags.config_file)
    config = load(path)
    if flags.web_config_file:
        from exporter.web.port.web_config import load_web

        load_web(flags.web_config_file)
    if flags.live:
        import asyncio

        from exporter.doctor.doctor import examine
        from exporter.doctor.findings import worst
        from exporter.doctor.kinds import EXIT_CODES
        from exporter.doctor.report import as_json, as_table
        from exporter.telemetry import logs

        logs.configure("error", "logfmt")
        findings = asyncio.run(examine(config, path.parent))
        columns = shutil.get_terminal_size().columns
        print(as_json(findings) if flags.format == "json" else as_table(findings, columns))
        return EXIT_CODES[worst(findings)]
    operations = sum(
        len(list(section.targets()))
        for resource in config.resources
        for _, section in resource.sections()
    )
    print(
        f"{flags.config_file}: fine: resources: {len(config.resources)}, operations: {operations}",
    )
    print(request_budget.report(config, Assumed(flags.assume_operations, flags.assume_documents)))
    return 0


def _metrics(_flags: Namespace) -> int:
    from exporter.exposition.families import FAMILIES

    for family in FAMILIES:
        print(f"{family.name} {family.type} {','.join(family.all_labels) or '-'} {family.help}")
    sys.stdout.flush()
    return 0


def _schema(_flags: Namespace) -> int:
    from exporter.config import json_schema

    print(json_schema.text(), end="", flush=True)
    return 0


def _until_signalled(work: Callable[["asyncio.Event"], Coroutine[None, None, None]]) -> int:
    """Run until SIGTERM or SIGINT."""
    import asyncio

    from exporter.web.server import ListenError

    async def signalled() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, stop.set)
        await work(stop)

    try:
        asyncio.run(signalled())
    except ListenError as error:
        print(f"azure-ai-exporter: {error}", file=sys.stderr)
        return 1
    return 0


def _explained(command: Callable[[Namespace], int]) -> Callable[[Namespace], int]:
    """What a person can mend in a file is said in lines, not in a traceback."""

    def explained(flags: Namespace) -> int:
        from exporter.settings.yaml_file import ConfigError

        try:
            return command(flags)
        except ConfigError as error:
            print(error, file=sys.stderr)
        return 1

    return explained


def _piped(command: Callable[[Namespace], int]) -> Callable[[Namespace], int]:
    """`| head` may have read enough."""

    def piped(flags: Namespace) -> int:
        try:
            return command(flags)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1

    return piped


COMMANDS = {
    name: _piped(command)
    for name, command in {
        "run": _explained(_run),
        "check": _explained(_check),
        "demo": _demo,
        "simulate": _simulate,
        "metrics": _metrics,
        "schema": _schema,
    }.items()
}
