"""Faults of a whole resource that repeat: Azure throttles requests, or refuses the key. Pure."""

import math
from dataclasses import dataclass

from exporter.simulator.faults.faults import Fault, Kind


@dataclass(frozen=True)
class Weather:
    """A fault that repeats.

    Attributes:
        kind: of the fault. An answer of 429 has a Retry-After until the fault's end, as Azure's.
        start: Unix seconds.
        first: seconds from `start` until the fault begins for the first time.
        every: seconds from one beginning to the next.
        lasts: seconds from a beginning to its end.
    """

    kind: Kind
    start: float
    first: float
    every: float
    lasts: float

    def fault(self, now: float) -> Fault | None:
        """The fault of a request at `now`, if any."""
        since = now - self.start - self.first
        remaining = self.lasts - since % self.every
        if since < 0 or remaining <= 0:
            return None
        wait = math.ceil(remaining)
        retry_after = str(wait) if self.kind is Kind.THROTTLED else None
        return Fault(kind=self.kind, seconds=wait, retry_after=retry_after)
