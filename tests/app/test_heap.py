"""The memory of a process that reads responses of many sizes."""

import platform
import subprocess
import sys

import pytest

# Resident memory, in MB, after gaps of 60 MB were left in the heap.
_GAPS = """\
import asyncio
from exporter.app.heap import trim_heap

async def main():
    blocks = [bytes(3000) for _ in range(20_000)]
    del blocks[:-1]  # nothing is free at the end of the heap
    if {trimmed}:
        task = asyncio.create_task(trim_heap(0.01))
        await asyncio.sleep(0.1)
        task.cancel()
    with open("/proc/self/statm") as file:
        print(int(file.read().split()[1]) * 4096 // 1_000_000)

asyncio.run(main())
"""


def _resident(*, trimmed: bool) -> int:
    program = [sys.executable, "-c", _GAPS.format(trimmed=trimmed)]
    return int(subprocess.run(program, capture_output=True, check=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")
def test_gaps_in_the_heap_are_returned() -> None:
    """Also below a block that is still in use, where glibc keeps them."""
    assert _resident(trimmed=False) - _resident(trimmed=True) > 40
