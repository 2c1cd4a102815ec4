"""Unix seconds that survive a system clock which is set anew."""

import asyncio
from collections.abc import Callable

from exporter.telemetry.logs import logger

_JUMP = 10.0  # seconds; a smaller jump changes nothing that anybody sees


class SteadyClock:
    """Unix seconds, compared with the loop's time at each call to notice a jump.

    Args:
        clock: Unix seconds of the system.
        jumped: is told of a jump, in seconds, before the time after it is given out.
    """

    def __init__(self, clock: Callable[[], float], jumped: Callable[[float], None]) -> None:
        self._clock = clock
        self._jumped = jumped
        self._lead: float | None = None  # of the clock before the loop's time

    def __call__(self) -> float:
        """Unix seconds."""
        now = self._clock()
        lead = now - asyncio.get_running_loop().time()
        before = lead if self._lead is None else self._lead
        if abs(lead - before) > _JUMP:
            logger().warning("the clock has jumped", seconds=round(lead - before))
            self._jumped(lead - before)
        self._lead = lead
        return now
