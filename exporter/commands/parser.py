"""All commands and their flags. Nothing heavy is imported: `--help` has to be quick."""

import argparse
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from exporter import __version__
from exporter.commands import flag_values
from exporter.commands.shared_flags import (
    add_assume_flag,
    add_config_flag,
    add_listen_flag,
    add_log_flags,
    add_route_prefix_flag,
    add_shard_flags,
    add_web_config_flag,
)
from exporter.settings.suggestions import did_you_mean

SORTS = (
    *("trouble", "operation", "resource", "state", "progress"),
    *("charge", "started", "changed", "ends"),
)


class _Help(argparse.HelpFormatter):
    """Has a fixed width, so that the documents can show the output."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=90)


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """The command and its flags; without a command, `run` is assumed.

    Ends the program with exit code 2 if they are wrong, with the usage of the command.
    """
    name = arguments[0] if arguments else "run"
    if name in {"-h", "--help", "--version"}:
        return parser().parse_args(arguments)
    if name.startswith("-"):
        name, arguments = "run", ["run", *arguments]
    top, commands = _parsers()
    if name not in commands:
        known = f"must be one of {', '.join(commands)}"
        top.error(f"unknown command {name!r}; {known}{did_you_mean(name, commands)}")
    command = commands[name]
    flags, unknown = command.parse_known_args(arguments[1:])
    if unknown:
        command.error(_unknown_text(unknown[0], command))
    flags.command = name
    return flags


def _unknown_text(argument: str, command: argparse.ArgumentParser) -> str:
    if not argument.startswith("-"):
        return f"unexpected {argument!r}; values belong to flags, see {command.prog} --help"
    flag = argument.partition("=")[0]
    known = re.findall(r"--[a-z.-]+", command.format_usage())
    hint = did_you_mean(flag, known) or f"; see {command.prog} --help"
    return f"unknown flag {flag}{hint}"


def parser() -> argparse.ArgumentParser:
    """The parser of all commands and their flags."""
    return _parsers()[0]


def _parsers() -> tuple[argparse.ArgumentParser, Mapping[str, argparse.ArgumentParser]]:
    """The parser of the program, and those of its commands."""
    top = argparse.ArgumentParser(
        prog="azure-ai-exporter",
        description="Prometheus exporter for the long-running operations of Azure AI services.",
        epilog="Without a command, run is assumed. More: azure-ai-exporter COMMAND --help",
    )
    top.add_argument("--version", action="version", version=f"azure-ai-exporter {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    check = "check the configuration; with --live its network access, credentials and permissions"
    for name, summary, add_flags in (
        ("run", "poll Azure and serve /metrics", _add_run_flags),
        ("check", check, _add_check_flags),
        (
            "demo",
            "a local Azure and an exporter that polls it; needs no Azure account",
            _add_demo_flags,
        ),
        ("simulate", "the local Azure alone", _add_simulate_flags),
        ("metrics", "list all metrics", None),
        ("schema", "print the JSON Schema of the configuration, for editors", None),
        (
            "healthy",
            "check that a running exporter is alive; exit code 0 or 1",
            _add_healthy_flags,
        ),
        ("top", "a live table of what a running exporter knows", _add_top_flags),
    ):
        command = commands.add_parser(name, help=summary)
        if add_flags:
            add_flags(command)
    for parser_ in (top, *commands.choices.values()):
        parser_.formatter_class = _Help
        parser_.allow_abbrev = False
    return top, commands.choices


def _add_run_flags(command: argparse.ArgumentParser) -> None:
    add_config_flag(command)
    add_listen_flag(command, "--web.listen-address", ":10058", "address of the exporter's own port")
    command.add_argument(
        "--web.external-url",
        dest="external_url",
        type=flag_values.url,
        metavar="URL",
        help="URL under which the port is reached, through a proxy for example: links begin with "
        "it, and its host may be used for POST, as loopback and the port's addresses may (default: "
        "the machine's name)",
    )
    add_route_prefix_flag(command)
    command.add_argument(
        "--web.enable-lifecycle",
        dest="lifecycle",
        action="store_true",
        help="let POST /-/reload load the configuration again, and the status page poll an "
        "operation at once",
    )
    add_shard_flags(command)
    add_web_config_flag(command)
    command.add_argument(
        "--web.open-health",
        dest="open_health",
        action="store_true",
        help="let /-/healthy and /-/ready be asked without a user; where the web configuration "
        "requires client certificates, they stay closed to those without one",
    )
    add_log_flags(command)


def _add_check_flags(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Check the configuration. Exit code 0: fine; 1: the configuration is wrong, or an "
        "error was found; 3: warnings were found, but no error."
    )
    add_config_flag(command)
    add_web_config_flag(command)
    command.add_argument(
        "--live",
        action="store_true",
        help="try each resource step by step: name, TCP, proxy, TLS, clock, key or token, lists, "
        "each operation once",
    )
    command.add_argument(
        "--format",
        choices=("table", "json"),
        default="table",
        help="form of what is found (default: %(default)s)",
    )
    add_assume_flag(command, "operations", 10, "how many operations each discovery finds that run")
    add_assume_flag(command, "documents", 100, "how many documents a batch has")
    add_assume_flag(command, "projects", 10, "how many projects of custom models a resource has")


def _add_demo_flags(command: argparse.ArgumentParser) -> None:
    add_listen_flag(
        command, "--web.listen-address", "127.0.0.1:10058", "address of the exporter's port"
    )
    command.add_argument(
        "--speed",
        type=flag_values.speed,
        default=1.0,
        metavar="N",
        help="the work takes an Nth of its time and there is N times as much of it, 1 to 60; "
        "times stay true, and a wait that Azure asks for is as long as ever "
        "(default: %(default)g)",
    )
    add_log_flags(command)


def _add_simulate_flags(command: argparse.ArgumentParser) -> None:
    add_listen_flag(command, "--listen-address", "127.0.0.1:10059", "address of the local Azure")
    add_log_flags(command)


def _add_healthy_flags(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Ask /-/healthy, for an image's health check. No user is sent, so that an "
        "exporter with users needs --web.open-health; one that requires client certificates "
        "cannot be asked. Its own certificate is not verified."
    )
    command.add_argument(
        "--url",
        type=flag_values.url,
        default="http://127.0.0.1:10058",
        help="where it listens, with its route prefix if it has one (default: %(default)s)",
    )


def _add_top_flags(command: argparse.ArgumentParser) -> None:
    command.description = (
        "What runs, what is in trouble and what is done, from an exporter's JSON; trouble comes "
        "first. q ends it. Needs pip install 'azure-ai-exporter[top]'."
    )
    command.add_argument(
        "--url",
        type=flag_values.url,
        default="http://127.0.0.1:10058",
        help="where the exporter listens, with its route prefix if it has one (default: "
        "%(default)s)",
    )
    command.add_argument(
        "--interval",
        type=flag_values.seconds,
        default="2s",
        metavar="TIME",
        help="how often it is asked, such as 2s or 1m (default: %(default)s)",
    )
    for name, noun, type_ in (
        ("resource", "of this resource", str),
        ("api", "of this API", str),
        ("state", "in this state, or with this trouble", flag_values.state),
    ):
        command.add_argument(
            f"--{name}",
            action="append",
            default=[],
            type=type_,
            metavar=name.upper(),
            help=f"only operations {noun}; may be given again",
        )
    command.add_argument(
        "--sort",
        choices=SORTS,
        default="trouble",
        help="what comes first (default: %(default)s)",
    )
    command.add_argument("--once", action="store_true", help="print it once, all of it, and end")
    command.add_argument("--user", type=flag_values.user, help="user name for the exporter's port")
    command.add_argument(
        "--password-file", type=Path, metavar="FILE", help="the password of --user"
    )
    command.add_argument(
        "--ca-file", type=Path, metavar="FILE", help="who has signed the exporter's certificate"
    )
    command.add_argument("--insecure", action="store_true", help="do not verify its certificate")
    command.set_defaults(refuse=command.error)
