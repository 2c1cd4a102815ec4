"""All commands. Nothing heavy is imported: `--help` has to be quick."""

import argparse
from collections.abc import Callable, Mapping, Sequence

from exporter import __version__
from exporter.commands import command_flags
from exporter.commands.command_parser import CommandParser, must_be

_Commands = Mapping[str, CommandParser]

_CHECK = "check the configuration; with --live its network access, credentials and permissions"
_DEMO = "start a simulator of Azure and an exporter that polls it; needs no Azure account"
_COMMANDS: Sequence[tuple[str, str, Callable[[argparse.ArgumentParser], None] | None]] = (
    ("run", "poll Azure and serve /metrics", command_flags.add_run_flags),
    ("check", _CHECK, command_flags.add_check_flags),
    ("demo", _DEMO, command_flags.add_demo_flags),
    ("simulate", "start the simulator of Azure only", command_flags.add_simulate_flags),
    ("metrics", "list all metrics", None),
    ("schema", "print the JSON Schema of the configuration, for editors", None),
    ("example", "print a configuration with every setting and a comment on each", None),
    (
        "healthy",
        "check that a running exporter is alive; exit code 0 or 1",
        command_flags.add_healthy_flags,
    ),
    (
        "top",
        "show the operations of a running exporter as a live table",
        command_flags.add_top_flags,
    ),
    ("completion", "print the completion script of a shell", command_flags.add_completion_flags),
)


class _Help(argparse.HelpFormatter):
    """Has a fixed width, so that the documents can show the output."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=90)
        self._action_max_length = 14  # of commands, whose indentation argparse forgets


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """The command and its flags; without a command, `run` is assumed.

    Ends the program with exit code 2 if they are wrong. `refuse` of the result does that for
    what is wrong with flags together.
    """
    name = arguments[0] if arguments else "run"
    if name in {"-h", "--help", "--version"}:
        return parser().parse_args(arguments)
    if name.startswith("-"):
        name, arguments = "run", ["run", *arguments]
    top, commands = _parsers()
    if name not in commands:
        top.error(f"unknown command {name!r}{must_be(name, [*commands, '--help', '--version'])}")
    flags = commands[name].take(arguments[1:], commands)
    flags.command, flags.refuse = name, commands[name].error
    return flags


def parser() -> argparse.ArgumentParser:
    """The parser of all commands and their flags."""
    return _parsers()[0]


def _parsers() -> tuple[CommandParser, _Commands]:
    """The parser of the program, and those of its commands."""
    top = CommandParser(
        prog="azure-ai-exporter",
        description="Prometheus exporter for the long-running operations of Azure AI services.",
        epilog="Without a command, run is assumed. More: azure-ai-exporter COMMAND --help",
        formatter_class=_Help,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"azure-ai-exporter {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary, add_flags in _COMMANDS:
        command = commands.add_parser(name, help=summary, formatter_class=_Help, allow_abbrev=False)
        if add_flags:
            add_flags(command)
    return top, commands.choices
