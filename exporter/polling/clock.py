"""Unix seconds, with every jump of the system clock reported."""

import asyncio
from collections.abc import Callable

from exporter.telemetry.logs import logger

_JUMP_SECONDS = 10.0  # a smaller jump has no visible effect


class SteadyClock:
    """Unix seconds, compared with the loop's time at each call to detect a jump.

    Args:
        clock: Unix seconds of the system.
        jumped: called with the size of a jump, in seconds, before the new time is returned.
    """

    def __init__(self, clock: Callable[[], float], jumped: Callable[[float], None]) -> None:
        self._clock = clock
        self._jumped = jumped
        self._lead: float | None = None  # seconds, clock minus the loop's time

    def __call__(self) -> float:
        """Unix seconds."""
        now = self._clock()
        lead = now - asyncio.get_running_loop().time()
        before = lead if self._lead is None else self._lead
        if abs(lead - before) > _JUMP_SECONDS:
            logger().warning("the clock has jumped", seconds=round(lead - before))
            self._jumped(lead - before)
        self._lead = lead
        return now
