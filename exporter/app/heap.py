"""Keeps the process from growing for hours, as `make soak` measures."""

import asyncio
import ctypes

_M_MMAP_THRESHOLD = -3  # the number in malloc.h
_BLOCK = 128 * 1024  # bytes; where glibc begins
_PERIOD = 30.0  # seconds; trimming takes about a millisecond, also with a million series


def limit_heap() -> None:
    """Keep large blocks out of the heap; without glibc nothing is done.

    By default glibc cuts larger and larger blocks out of the heap: its limit rises with each block
    that is freed. Small objects then fill the gaps, and no large block fits there again. Here those
    of 128 KiB or more come from the system and return to it.

    https://man7.org/linux/man-pages/man3/mallopt.3.html
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _BLOCK)


async def trim_heap(period: float = _PERIOD) -> None:
    """Return the free pages of the heap to the system, again and again.

    By itself glibc returns only what is free at the heap's end. Without glibc nothing is done.

    https://man7.org/linux/man-pages/man3/malloc_trim.3.html
    """
    malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    while malloc_trim is not None:
        await asyncio.sleep(period)
        malloc_trim(0)
