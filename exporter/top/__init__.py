"""`top`: what a running exporter knows, as a live table in the terminal.

asking   from the exporter's port: JSON, or why there is none      rows    what stands in a row
table    rows to what fits into a terminal                         watch   again and again
"""

import sys
from argparse import Namespace

from exporter.top.client import RunningExporter
from exporter.top.rows import RowFilter

_NEEDED = "pip install 'azure-ai-exporter[top]'"


def top(flags: Namespace) -> int:
    """The exit code; without the library that draws the table it is 1, and one line says so."""
    try:
        from exporter.top import watch  # noqa: PLC0415  rich is an extra
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != "rich":
            raise
        print(f"azure-ai-exporter: top needs rich: {_NEEDED}", file=sys.stderr)
        return 1
    exporter = RunningExporter(
        flags.url, flags.user, flags.password_file, flags.ca_file, verified=not flags.insecure
    )
    choice = RowFilter(
        frozenset(flags.resource), frozenset(flags.api), frozenset(flags.state), flags.sort
    )
    return watch.run(exporter, choice, flags.interval, once=flags.once)
