"""Time of a program without the time that it waits for a CPU."""

import time
from pathlib import Path


def starved(pid: int | None = None) -> float:
    """Seconds that the main thread of a program has waited for a processor; None: of this one.

    https://docs.kernel.org/scheduler/sched-stats.html
    """
    return int(Path(f"/proc/{pid or 'self'}/schedstat").read_text().split()[1]) / 1e9


def own_time() -> float:
    """Seconds of a clock that stands still while this program waits for a processor."""
    return time.monotonic() - starved()
