"""Counts what is under way, so that its end can be waited for."""

import asyncio
from types import TracebackType


class Pending:
    """A context manager for each thing under way; reusable, also while others are."""

    def __init__(self) -> None:
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    def __enter__(self) -> None:
        self._count += 1
        self._none.clear()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._count -= 1
        if not self._count:
            self._none.set()

    async def end(self) -> None:
        """Return when nothing is under way."""
        await self._none.wait()
