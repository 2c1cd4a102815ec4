"""`top`: the operations of a running exporter, as a live table in the terminal.

operations_json   the exporter's JSON          client   requests it from the exporter's port
rows              one row for each operation   table    fits the rows into a terminal
watch             updates the table again and again
"""

import sys
from argparse import Namespace

from exporter.top.client import RunningExporter
from exporter.top.rows import RowFilter, UnknownFilterError

_INSTALL_COMMAND = "pip install 'azure-ai-exporter[top]'"


def top(flags: Namespace) -> int:
    """Run the command and return its exit code: 1 with one line of text if `rich` is missing.

    `flags.refuse` ends the program, as for other flags with values that are not known.
    """
    try:
        from exporter.top import watch  # noqa: PLC0415  rich is an extra
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "rich":
            raise
        print(f"azure-ai-exporter: top needs rich: {_INSTALL_COMMAND}", file=sys.stderr)
        return 1
    exporter = RunningExporter(
        flags.url, flags.user, flags.password_file, flags.ca_file, verified=not flags.insecure
    )
    row_filter = RowFilter(
        frozenset(flags.resource), frozenset(flags.api), frozenset(flags.state), flags.sort
    )
    try:
        return watch.run(exporter, row_filter, flags.interval, once=flags.once)
    except UnknownFilterError as error:
        flags.refuse(str(error))
        return 2
