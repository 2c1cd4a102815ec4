"""A resource whose key is not accepted is left alone, and asked again now and then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from exporter.azure.throttle import Refusals
from exporter.errors import Unauthorised

FIRST_PAUSE = 60.0  # seconds
LONGEST_PAUSE = 600.0


class CircuitBreaker:
    """Open while the resource refuses its key: no request leaves, but for one after each pause."""

    def __init__(self) -> None:
        self._refusals = Refusals()
        self._refused: Unauthorised | None = None
        self._until = 0.0
        self._pause = FIRST_PAUSE
        self._probe = asyncio.Lock()

    @property
    def open(self) -> bool:
        """Whether requests are blocked."""
        return self._refused is not None

    @property
    def why(self) -> Unauthorised | None:
        """The refusal that opened it."""
        return self._refused

    @property
    def rest(self) -> float:
        """Seconds until one request finds out whether that has changed."""
        return max(0.0, self._until - asyncio.get_running_loop().time())

    @asynccontextmanager
    async def permit(self) -> AsyncIterator[bool]:
        """Leave to send one request; whether it is the one that finds out.

        Raises:
            Unauthorised: the resource is paused; no request was made. `retry_after` is the rest.
        """
        if self.open:
            async with self._probe:
                if self.open:
                    self._raise_while_paused()
                    yield True
                    return
        yield False

    def _raise_while_paused(self) -> None:
        refused = self._refused
        rest = self._until - asyncio.get_running_loop().time()
        if refused and rest > 0:
            details = replace(refused.details, retry_after=rest)
            raise Unauthorised(refused.status, f"the resource is paused: {refused}", details)

    def refused(self, operation: str, failure: Unauthorised) -> None:
        """A 401 or 403 came; it may be the operation's own."""
        now = asyncio.get_running_loop().time()
        if self._refused is None:
            if not self._refusals.refused(operation):
                return
            self._pause = FIRST_PAUSE
        elif now < self._until:
            return  # it left before the pause began
        else:
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self._refused = failure
        self._until = now + self._pause

    def half_open(self) -> None:
        """There is reason to ask again now: where it is open, the next request finds out."""
        self._until = 0.0

    def accepted(self) -> None:
        """The key was accepted: the circuit is closed, and requests leave."""
        self._refusals.accepted()
        self._refused = None
