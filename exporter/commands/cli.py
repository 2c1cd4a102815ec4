"""The entry point: reads the command line, runs the command and ends with its exit code."""

import sys
from collections.abc import Sequence
from typing import NoReturn

from exporter.commands import flag_values
from exporter.commands.parser import parsed


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run a command; the process ends with its exit code."""
    args = parsed(list(sys.argv[1:] if argv is None else argv))
    if args.command == "run":
        try:
            args.shard = flag_values.shard_of(args.shard, args.total_shards)
        except ValueError as error:
            args.refuse(str(error))

    if args.command == "healthy":  # runs twice a minute, so it imports nothing else
        from exporter.commands.healthy import healthy  # noqa: PLC0415

        sys.exit(healthy(args.url))

    if args.command == "top":
        try:
            flag_values.check_password(args)
        except ValueError as error:
            args.refuse(str(error))
        from exporter.top import top  # noqa: PLC0415  only `top` needs it

        sys.exit(top(args))

    from exporter.commands import commands  # noqa: PLC0415  --help must not wait for aiohttp

    sys.exit(commands.COMMANDS[args.command](args))
