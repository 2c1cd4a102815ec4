"""What befalls a whole resource now and then: Azure says wait, or refuses its key. Pure."""

import math
from dataclasses import dataclass

from exporter.simulator.faults.faults import Fault, Kind


@dataclass(frozen=True)
class Weather:
    """So many seconds after `start` (Unix seconds) it begins, and again `every` so many seconds.

    A storm of 429 says when it will be over, as Azure does.
    """

    kind: Kind
    start: float
    first: float
    every: float
    lasts: float

    def fault(self, now: float) -> Fault | None:
        """What befalls a request now."""
        since = now - self.start - self.first
        left = self.lasts - since % self.every
        if since < 0 or left <= 0:
            return None
        wait = math.ceil(left)
        said = str(wait) if self.kind is Kind.THROTTLED else None
        return Fault(kind=self.kind, seconds=wait, retry_after=said)
