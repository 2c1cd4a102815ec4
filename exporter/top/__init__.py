"""`top`: the operations of a running exporter, as a live table in the terminal.

operations_json   the exporter's JSON          client      requests it from the exporter's port
rows              one row for each operation   connecting  TLS, and why a connection fails
row_filter        which rows, in which order   head        the summary above them
table             fits them into a terminal    watch       updates the table again and again
"""

import sys
from argparse import Namespace

from exporter.top.client import RunningExporter
from exporter.top.connecting import TlsFiles
from exporter.top.row_filter import RowFilter

_INSTALL_COMMAND = "pip install 'azure-ai-exporter[top]'"


def top(flags: Namespace) -> int:
    """Run the command and return its exit code: 1 with one line of text if `rich` is missing.

    Raises:
        UnknownFilterError: the exporter has none of what the flags select.
    """
    try:
        from exporter.top import watch  # noqa: PLC0415  rich is an extra
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "rich":
            raise
        print(f"azure-ai-exporter: top needs rich: {_INSTALL_COMMAND}", file=sys.stderr)
        return 1
    row_filter = RowFilter(
        frozenset(flags.resource), frozenset(flags.api), frozenset(flags.state), flags.sort
    )
    return watch.run(exporter_of(flags), row_filter, flags.interval, once=flags.once)


def exporter_of(flags: Namespace) -> RunningExporter:
    """The exporter that the flags name, and how it is requested."""
    tls = TlsFiles(flags.ca_file, flags.cert_file, flags.key_file, verified=not flags.insecure)
    return RunningExporter(flags.url, flags.user, flags.password_file, tls)
