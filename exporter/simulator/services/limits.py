"""Request limits: at most so many requests in so many seconds, counted over a sliding window.

What is refused does not count. A limit is for all paths with the same first segment.
"""

import math
from collections.abc import Mapping

Limits = Mapping[str, tuple[int, float]]
"""By first segment of the path: how many requests in how many seconds."""


class RequestLimits:
    """Remembers when what was let through; nothing is limited that is not named."""

    def __init__(self, limits: Limits) -> None:
        for name, (count, seconds) in limits.items():
            if count < 1 or not seconds > 0:
                raise ValueError(f"limit of {name}: {count} requests in {seconds} seconds")
        self._limits = dict(limits)
        self._passed: dict[str, list[float]] = {name: [] for name in limits}

    def wait(self, path: str, now: float) -> int | None:
        """None lets the request through; otherwise the whole seconds until the next one may."""
        name = path.split("/")[1] if "/" in path else path
        if name not in self._limits:
            return None
        count, seconds = self._limits[name]
        # A clock that a test sets back makes a request of the future: forgotten as well.
        passed = [moment for moment in self._passed[name] if 0 <= now - moment < seconds]
        self._passed[name] = passed
        if len(passed) < count:
            passed.append(now)
            return None
        return max(1, math.ceil(passed[0] + seconds - now))
