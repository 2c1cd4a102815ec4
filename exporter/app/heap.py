"""Keeps the process from growing for hours, as `make soak` measures."""

import asyncio
import ctypes

_PERIOD = 30.0  # seconds; it takes about a millisecond, also with a million series


async def trim_heap(period: float = _PERIOD) -> None:
    """Return the free pages of the heap to the system, again and again.

    Responses of many sizes leave gaps in glibc's heap, which only returns what is free at its end.
    Without glibc nothing is done.

    https://man7.org/linux/man-pages/man3/malloc_trim.3.html
    """
    malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    while malloc_trim is not None:
        await asyncio.sleep(period)
        malloc_trim(0)
