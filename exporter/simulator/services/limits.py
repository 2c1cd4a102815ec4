"""Request limits: a number of requests in a sliding window of seconds.

Refused requests are not counted. A limit is for all paths with the same first segment.
"""

import math
from collections.abc import Mapping

Limits = Mapping[str, tuple[int, float]]
"""By the first segment of the path: the number of requests, and the seconds of the window."""


class RequestLimits:
    """Keeps the times of accepted requests. Paths without a limit are always accepted."""

    def __init__(self, limits: Limits) -> None:
        for name, (count, seconds) in limits.items():
            if count < 1 or not seconds > 0:
                raise ValueError(f"limit of {name}: {count} requests in {seconds} seconds")
        self._limits = dict(limits)
        self._accepted: dict[str, list[float]] = {name: [] for name in limits}

    def wait(self, path: str, now: float) -> int | None:
        """None if the request is accepted; otherwise whole seconds until one would be."""
        name = path.split("/")[1] if "/" in path else path
        if name not in self._limits:
            return None
        count, seconds = self._limits[name]
        # A test may set its clock back; then a kept time is in the future and is dropped, too.
        accepted = [time for time in self._accepted[name] if 0 <= now - time < seconds]
        self._accepted[name] = accepted
        if len(accepted) < count:
            accepted.append(now)
            return None
        return max(1, math.ceil(accepted[0] + seconds - now))
