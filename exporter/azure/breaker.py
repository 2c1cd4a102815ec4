"""The circuit breaker: a resource that refuses its key gets only one request after each pause."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec.structs import replace

from exporter.azure.throttle import Refusals
from exporter.errors import Unauthorised

FIRST_PAUSE = 60.0  # seconds
LONGEST_PAUSE = 600.0


class CircuitBreaker:
    """Open while the resource refuses its key: blocks all requests but one after each pause."""

    def __init__(self) -> None:
        self._refusals = Refusals()
        self._refusal: Unauthorised | None = None
        self._doubted = False
        self._until = 0.0
        self._pause = FIRST_PAUSE
        self._probe = asyncio.Lock()

    @property
    def open(self) -> bool:
        """Whether requests are blocked."""
        return self._refusal is not None

    @property
    def refusing(self) -> bool:
        """Whether the latest answers to at least one operation were refusals."""
        return self.open or self._doubted or bool(self._refusals)

    @property
    def refusal(self) -> Unauthorised | None:
        """The refusal that opened it; None while it is closed."""
        return self._refusal

    @property
    def remaining_pause(self) -> float:
        """Seconds until one request may try again."""
        return max(0.0, self._until - asyncio.get_running_loop().time())

    @asynccontextmanager
    async def permit(self) -> AsyncIterator[bool]:
        """Permission to send one request; True if it is the one that tries again.

        Raises:
            Unauthorised: the resource is paused; `retry_after` is the remaining pause.
        """
        if self.open:
            async with self._probe:
                if self.open:
                    self._raise_while_paused()
                    yield True
                    return
        yield False

    def _raise_while_paused(self) -> None:
        refusal = self._refusal
        remaining = self._until - asyncio.get_running_loop().time()
        if refusal and remaining > 0:
            details = replace(refusal.details, retry_after=remaining)
            raise Unauthorised(refusal.status, f"the resource is paused: {refusal}", details)

    def refused(self, operation: str, failure: Unauthorised) -> None:
        """Note a 401 or 403, which may concern the operation only."""
        now = asyncio.get_running_loop().time()
        if self._refusal is None:
            if not self._refusals.refused(operation):
                return
            self._pause = FIRST_PAUSE
        elif now < self._until:
            return  # the request was sent before the pause began
        else:
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self._refusal = failure
        self._until = now + self._pause

    def doubt(self) -> None:
        """Note a refusal that may mean an API which the resource does not serve: not to open it."""
        self._doubted = True

    def half_open(self) -> None:
        """End the pause: if it is open, the next request tries again."""
        self._until = 0.0

    def accepted(self) -> None:
        """Close it: the key was accepted."""
        self._refusals.accepted()
        self._refusal = None
        self._doubted = False
