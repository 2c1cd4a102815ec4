"""The commands; each returns its exit code.

A command imports inside its function, so that other commands do not wait for these imports.
"""

import errno
import os
import shutil
import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # `metrics` does not need them
    import asyncio

    from exporter.web.server import ListenError


def _run_exporter(flags: Namespace) -> int:
    from exporter.app import serve
    from exporter.config.sources import source_of
    from exporter.telemetry import logs
    from exporter.web.port.guard import Protection
    from exporter.web.port.names import PortNames
    from exporter.web.port.web_config import WebConfig, load_web

    logs.configure(flags.log_level, flags.log_format)
    source = source_of(flags.config_file)
    config, problems = source.load()
    web_path = flags.web_config_file
    web_config = load_web(web_path) if web_path else WebConfig()
    protection = Protection(web_path, web_config, flags.open_health)
    return _run_until_signal(
        lambda stop: serve.run(
            config,
            flags.listen,
            stop,
            source=source,
            problems=problems,
            lifecycle=flags.lifecycle,
            shard=flags.shard,
            protection=protection,
            names=PortNames(flags.external_url, route_prefix=flags.route_prefix),
        )
    )


def _demo(flags: Namespace) -> int:
    from exporter.commands import demo
    from exporter.telemetry import logs

    logs.configure(flags.log_level, flags.log_format)
    return _run_until_signal(lambda stop: demo.demo(flags.listen, stop, flags.speed))


def _simulate(flags: Namespace) -> int:
    from exporter.commands import demo
    from exporter.telemetry import logs

    logs.configure(flags.log_level, flags.log_format)
    return _run_until_signal(lambda stop: demo.simulate(flags.listen, stop))


def _check(flags: Namespace) -> int:
    from exporter.apis.request_counts import Assumed
    from exporter.config import request_budget
    from exporter.config.sources import source_of
    from exporter.doctor.findings import worst
    from exporter.doctor.kinds import EXIT_CODES
    from exporter.doctor.offline_check import offline_findings
    from exporter.doctor.report import as_json, as_table
    from exporter.settings.yaml_file import ConfigError

    source = source_of(flags.config_file)
    config, problems = source.load()
    if problems:
        raise ConfigError(list(problems))
    if flags.web_config_file:
        from exporter.web.port.web_config import load_web

        load_web(flags.web_config_file)
    if flags.live:
        import asyncio

        from exporter.doctor.resource_check import examine
        from exporter.telemetry import logs

        logs.configure("error", "logfmt")
        findings = asyncio.run(examine(config, source.folder))
    else:
        findings = offline_findings(config, source.folder)
    if flags.format == "json":
        print(as_json(findings))
    elif findings:
        print(as_table(findings, shutil.get_terminal_size().columns))
    if not flags.live and flags.format != "json":
        assumed = Assumed(flags.assume_operations, flags.assume_documents, flags.assume_projects)
        operations = sum(
            len(list(section.targets()))
            for resource in config.resources
            for _, section in resource.sections()
        )
        counted = f"resources: {len(config.resources)}, operations: {operations}"
        if config.discover_resources:
            counted += f", entries of discover_resources: {len(config.discover_resources)}"
        fine = "" if EXIT_CODES[worst(findings)] else "fine: "
        print(f"{source.name}: {fine}{counted}")
        print(request_budget.report(config, assumed))
    return EXIT_CODES[worst(findings)]


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


def _example(_flags: Namespace) -> int:
    from importlib.resources import files

    text = files("exporter.commands").joinpath("config.example.yaml").read_text("utf-8")
    print(text.replace("$schema=docs/", "$schema="), end="", flush=True)
    return 0


def _completion(flags: Namespace) -> int:
    from exporter.commands import completion

    print(completion.script(flags.shell), end="", flush=True)
    return 0


def _run_until_signal(work: Callable[["asyncio.Event"], Coroutine[None, None, None]]) -> int:
    """Run until SIGTERM or SIGINT."""
    import asyncio

    from exporter.web.server import ListenError

    async def run_until_signal() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signal_number, stop.set)
        await work(stop)

    try:
        asyncio.run(run_until_signal())
    except ListenError as error:
        print(f"azure-ai-exporter: {error}{_remedy(error)}", file=sys.stderr)
        return 1
    return 0


def _remedy(error: "ListenError") -> str:
    from exporter.commands.port_owner import port_owner

    choose = "choose another with --web.listen-address"
    if error.number == errno.EACCES:
        return f"; a port below 1024 needs the capability NET_BIND_SERVICE; {choose}"
    if error.number != errno.EADDRINUSE:
        return f"; {choose}"
    if owner := port_owner(error.port):
        return f" by {owner}; stop it, or {choose}"
    return f"; ss -ltnp shows the process; {choose}"


def _with_config_errors(command: Callable[[Namespace], int]) -> Callable[[Namespace], int]:
    """The command, with errors in files printed as lines, not as a traceback."""

    def run_command(flags: Namespace) -> int:
        from exporter.settings.yaml_file import ConfigError

        try:
            return command(flags)
        except ConfigError as error:
            print(error, file=sys.stderr)
        return 1

    return run_command


def _with_broken_pipe(command: Callable[[Namespace], int]) -> Callable[[Namespace], int]:
    """The command, without a traceback when the reader of its output ends, as in `| head`."""

    def run_command(flags: Namespace) -> int:
        try:
            return command(flags)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1

    return run_command


COMMANDS = {
    name: _with_broken_pipe(command)
    for name, command in {
        "run": _with_config_errors(_run_exporter),
        "check": _with_config_errors(_check),
        "demo": _demo,
        "simulate": _simulate,
        "metrics": _metrics,
        "schema": _schema,
        "example": _example,
        "completion": _completion,
    }.items()
}
