"""Commands, flags and exit codes. Nothing heavy is imported before it is needed."""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from exporter import __version__
from exporter.commands import flags

LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("logfmt", "json", "console")
SORTS = (
    *("trouble", "operation", "resource", "state", "progress"),
    *("charge", "started", "changed", "ends"),
)


class _Help(argparse.HelpFormatter):
    """As wide everywhere, so that the documents can show it."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=90)


def parser() -> argparse.ArgumentParser:
    """All commands and their flags."""
    top = argparse.ArgumentParser(
        prog="azure-ai-exporter",
        description="Prometheus exporter for the long-running operations of Azure AI services.",
        epilog="Flags alone mean run. More on a command: azure-ai-exporter COMMAND --help",
    )
    top.add_argument("--version", action="version", version=f"azure-ai-exporter {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    live = "check the configuration, and with --live all that it needs of the network and Azure"
    for name, what, flags_of in (
        ("run", "poll Azure and serve /metrics", _run),
        ("check", live, _check),
        ("demo", "a local Azure and an exporter that polls it; needs no Azure account", _demo),
        ("simulate", "the local Azure alone", _simulate),
        ("metrics", "print the metric contract", None),
        ("schema", "print the JSON Schema of the configuration, for editors", None),
        ("healthy", "ask a running exporter whether it lives; exit code 0 or 1", _healthy),
        ("top", "a live table of what a running exporter knows", _top),
    ):
        command = commands.add_parser(name, help=what)
        if flags_of:
            flags_of(command)
    for each in (top, *commands.choices.values()):
        each.formatter_class = _Help
        each.allow_abbrev = False
    return top


def _run(command: argparse.ArgumentParser) -> None:
    _config_flag(command)
    _listen_flag(command, "--web.listen-address", ":10058", "address of the exporter's own port")
    command.add_argument(
        "--web.enable-lifecycle",
        dest="lifecycle",
        action="store_true",
        help="let POST /-/reload load the configuration again, and the status page poll an "
        "operation at once",
    )
    _shard_flags(command)
    _web_config_flag(command)
    command.add_argument(
        "--web.open-health",
        dest="open_health",
        action="store_true",
        help="let /-/healthy and /-/ready be asked without a user; where the web configuration "
        "requires client certificates, they stay closed to those without one",
    )
    _log_flags(command)


def _check(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Check the configuration. Exit code 0: fine; 1: the configuration is wrong, or "
        "--live found an error; 3: --live found warnings, but no error."
    )
    _config_flag(command)
    _web_config_flag(command)
    command.add_argument(
        "--live",
        action="store_true",
        help="try each resource step by step: name, TCP, proxy, TLS, clock, key or token, lists, "
        "each operation once; says what to do about all that is found",
    )
    command.add_argument(
        "--format",
        choices=("table", "json"),
        default="table",
        help="form of what --live finds (default: %(default)s)",
    )
    _assume_flag(command, "operations", 10, "how many operations each discovery finds that run")
    _assume_flag(command, "documents", 100, "how many documents a batch has")


def _demo(command: argparse.ArgumentParser) -> None:
    _listen_flag(
        command, "--web.listen-address", "127.0.0.1:10058", "address of the exporter's port"
    )
    command.add_argument(
        "--speed",
        type=flags.speed,
        default=1.0,
        metavar="N",
        help="the work takes an Nth of its time and there is N times as much of it, 1 to 60; "
        "times stay true, and a wait that Azure asks for is as long as ever "
        "(default: %(default)g)",
    )
    _log_flags(command)


def _simulate(command: argparse.ArgumentParser) -> None:
    _listen_flag(command, "--listen-address", "127.0.0.1:10059", "address of the local Azure")
    _log_flags(command)


def _healthy(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Ask /-/healthy, for an image's health check. No user is sent, so that an "
        "exporter with users needs --web.open-health; one that requires client certificates "
        "cannot be asked. Its own certificate is not verified."
    )
    command.add_argument(
        "--url",
        type=flags.url,
        default="http://127.0.0.1:10058",
        help="where it listens (default: %(default)s)",
    )


def _top(command: argparse.ArgumentParser) -> None:
    command.description = (
        "What runs, what is in trouble and what is done, from an exporter's JSON; trouble comes "
        "first. q ends it. Needs pip install 'azure-ai-exporter[top]'."
    )
    command.add_argument(
        "--url",
        type=flags.url,
        default="http://127.0.0.1:10058",
        help="where the exporter listens (default: %(default)s)",
    )
    command.add_argument(
        "--interval",
        type=flags.seconds,
        default="2s",
        metavar="TIME",
        help="how often it is asked, such as 2s or 1m (default: %(default)s)",
    )
    for name, what in (("resource", "resource"), ("api", "API"), ("state", "state")):
        command.add_argument(
            f"--{name}",
            action="append",
            default=[],
            metavar=name.upper(),
            help=f"only operations of this {what}; may be given again",
        )
    command.add_argument(
        "--sort",
        choices=SORTS,
        default="trouble",
        help="what comes first (default: %(default)s)",
    )
    command.add_argument("--once", action="store_true", help="print it once, all of it, and end")
    command.add_argument(
        "--user", type=flags.user, help="whom the exporter's web configuration knows"
    )
    command.add_argument(
        "--password-file", type=Path, metavar="FILE", help="the password of --user"
    )
    command.add_argument(
        "--ca-file", type=Path, metavar="FILE", help="who has signed the exporter's certificate"
    )
    command.add_argument(
        "--insecure", action="store_true", help="whatever certificate it has is accepted"
    )
    command.set_defaults(refuse=command.error)


def _config_flag(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--config.file",
        dest="config_file",
        default="config.yaml",
        metavar="FILE",
        help="configuration (default: %(default)s)",
    )


def _web_config_flag(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--web.config.file",
        dest="web_config_file",
        type=Path,
        metavar="FILE",
        help="TLS and users of the exporter's own port, as Prometheus' exporter-toolkit has it",
    )


def _assume_flag(command: argparse.ArgumentParser, what: str, default: int, text: str) -> None:
    command.add_argument(
        f"--assume-{what}",
        type=flags.count,
        default=default,
        metavar="N",
        help=f"{text}, for the requests an hour (default: %(default)s)",
    )


def _listen_flag(command: argparse.ArgumentParser, flag: str, default: str, text: str) -> None:
    command.add_argument(
        flag,
        dest="listen",
        type=flags.address,
        default=default,
        metavar="HOST:PORT",
        help=f"{text} (default: %(default)s)",
    )


def _shard_flags(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--shard",
        type=flags.shard,
        metavar="N|auto",
        help="do this share of the work, from 0; auto: the number in the name of a StatefulSet's "
        "pod, from POD_NAME or the host name",
    )
    command.add_argument(
        "--total-shards",
        type=flags.total,
        metavar="M",
        help="how many share the work, each with the same configuration",
    )
    command.set_defaults(refuse=command.error)


def _log_flags(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--log.level",
        dest="log_level",
        choices=LEVELS,
        default="info",
        help="least severity to log (default: %(default)s)",
    )
    command.add_argument(
        "--log.format",
        dest="log_format",
        choices=FORMATS,
        default="logfmt",
        help="form of a log line (default: %(default)s)",
    )


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run a command; the process ends with its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or (words[0].startswith("-") and words[0] not in {"-h", "--help", "--version"}):
        words.insert(0, "run")
    given = parser().parse_args(words)
    if given.command == "run":
        try:
            given.shard = flags.chosen_shard(given.shard, given.total_shards)
        except ValueError as error:
            given.refuse(str(error))

    if given.command == "healthy":  # asked twice a minute, it does without the rest
        from exporter.commands.healthy import healthy  # noqa: PLC0415

        sys.exit(healthy(given.url))

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # no traceback while the rest is imported
    if given.command == "top":
        try:
            flags.check_password(given)
        except ValueError as error:
            given.refuse(str(error))
        from exporter.top import top  # noqa: PLC0415  the program beside it may run elsewhere

        sys.exit(top(given))

    from exporter.commands import commands  # noqa: PLC0415  --help need not wait for aiohttp

    sys.exit(commands.COMMANDS[given.command](given))
