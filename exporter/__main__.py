"""``python -m exporter`` is the command ``azure-ai-exporter``."""

import sys
from typing import NoReturn

from exporter.commands import process


def start() -> NoReturn:
    """Run the command line as a process of its own."""
    process.prepare(sys.argv[1:])
    from exporter.commands.cli import main  # noqa: PLC0415  the process is prepared first

    try:
        main()
    finally:
        process.ending()


if __name__ == "__main__":
    start()
