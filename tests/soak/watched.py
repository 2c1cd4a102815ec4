"""The real command, which on SIGUSR1 writes the number of its asyncio tasks into a file."""

import asyncio
import signal
import sys
from pathlib import Path
from types import FrameType

from exporter.commands.cli import main


def tell(_number: int, _frame: FrameType | None) -> None:
    """The handler runs in the main thread, in the middle of the loop."""
    tasks = len(asyncio.all_tasks(asyncio.get_running_loop()))
    Path(sys.argv[1]).write_text(str(tasks))


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, tell)
    main(sys.argv[2:])
