"""The entry point: reads the command line, runs the command and ends with its exit code."""

import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import NoReturn

from exporter.commands import flag_values
from exporter.commands.parser import parsed
from exporter.settings.suggestions import did_you_mean


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run a command; the process ends with its exit code."""
    args = parsed(list(sys.argv[1:] if argv is None else argv))
    try:
        if args.command == "run":
            args.shard = flag_values.shard_of(args.shard, args.total_shards)
        elif args.command == "top":
            flag_values.check_top(args)
    except ValueError as error:
        args.refuse(str(error))

    if args.command == "healthy":  # runs twice a minute, so it imports nothing else
        from exporter.commands.healthy import healthy  # noqa: PLC0415

        sys.exit(healthy(args.url))

    if args.command == "top":
        sys.exit(_top(args))

    from exporter.commands import commands  # noqa: PLC0415  --help must not wait for aiohttp

    sys.exit(commands.COMMANDS[args.command](args))


def _top(args: Namespace) -> int:
    from exporter.top import top  # noqa: PLC0415  only `top` needs it
    from exporter.top.row_filter import UnknownFilterError  # noqa: PLC0415

    try:
        return top(args)
    except UnknownFilterError as error:
        args.refuse(f"{error}{did_you_mean(error.name, error.known)}")
        return 2
