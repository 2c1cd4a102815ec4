"""What each command does; a command returns the exit code."""

import asyncio
import os
import shutil
import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Coroutine
from pathlib import Path

from exporter import asking, demo, logs, schema, serve
from exporter.apis.asks import Assumed
from exporter.config import Config, ConfigError, load
from exporter.doctor.doctor import examine
from exporter.doctor.findings import worst
from exporter.doctor.kinds import EXIT_CODES
from exporter.doctor.report import as_json, as_table
from exporter.exposition.families import FAMILIES
from exporter.web.guard import Protection
from exporter.web.server import ListenError
from exporter.web.web_config import WebConfig, load_web


def _run(flags: Namespace) -> int:
    logs.configure(flags.log_level, flags.log_format)
    path = Path(flags.config_file)
    config = load(path)
    protection = Protection(flags.web_config_file, _web_config(flags), flags.open_health)
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


def _web_config(flags: Namespace) -> WebConfig:
    return load_web(flags.web_config_file) if flags.web_config_file else WebConfig()


def _demo(flags: Namespace) -> int:
    logs.configure(flags.log_level, flags.log_format)
    return _until_signalled(lambda stop: demo.demo(flags.listen, stop, flags.speed))


def _simulate(flags: Namespace) -> int:
    logs.configure(flags.log_level, flags.log_format)
    return _until_signalled(lambda stop: demo.simulate(flags.listen, stop))


def _check(flags: Namespace) -> int:
    path = Path(flags.config_file)
    config = load(path)
    _web_config(flags)
    if flags.live:
        logs.configure("error", "logfmt")
        findings = asyncio.run(examine(config, path.parent))
        columns = shutil.get_terminal_size().columns
        print(as_json(findings) if flags.format == "json" else as_table(findings, columns))
        return EXIT_CODES[worst(findings)]
    operations = sum(len(targets) for targets in _targets(config))
    print(
        f"{flags.config_file}: fine: resources: {len(config.resources)}, operations: {operations}",
    )
    print(asking.report(config, Assumed(flags.assume_operations, flags.assume_documents)))
    return 0


def _targets(config: Config) -> list[list[object]]:
    return [
        list(section.targets())
        for resource in config.resources
        for _, section in resource.sections()
    ]


def _metrics(_flags: Namespace) -> int:
    for family in FAMILIES:
        print(f"{family.name} {family.type} {','.join(family.all_labels) or '-'} {family.help}")
    sys.stdout.flush()
    return 0


def _schema(_flags: Namespace) -> int:
    print(schema.text(), end="", flush=True)
    return 0


def _until_signalled(work: Callable[[asyncio.Event], Coroutine[None, None, None]]) -> int:
    """Run until SIGTERM or SIGINT."""

    async def signalled() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, stop.set)
        await work(stop)

    asyncio.run(signalled())
    return 0


def _explained(command: Callable[[Namespace], int]) -> Callable[[Namespace], int]:
    """What a person can mend is said in lines, not in a traceback."""

    def explained(flags: Namespace) -> int:
        try:
            return command(flags)
        except ConfigError as error:
            print(error, file=sys.stderr)
        except ListenError as error:
            print(f"azure-ai-exporter: {error}", file=sys.stderr)
        except BrokenPipeError:  # `| head` has read enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1

    return explained


COMMANDS = {
    name: _explained(command)
    for name, command in {
        "run": _run,
        "check": _check,
        "demo": _demo,
        "simulate": _simulate,
        "metrics": _metrics,
        "schema": _schema,
    }.items()
}
