"""The memory of a process that compresses lines of many sizes."""

import platform
import subprocess
import sys

import pytest

needs_glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")

# https://man7.org/linux/man-pages/man3/mallinfo.3.html
_MALLINFO = """\
import ctypes
from exporter.app.heap import limit_heap

class Info(ctypes.Structure):
    names = "arena ordblks smblks from_system hblkhd usmblks fsmblks uordblks free keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in names.split()]

mallinfo2 = ctypes.CDLL(None).mallinfo2
mallinfo2.restype = Info
"""

# How many blocks more come from the system for one of 200 kB, after a larger one was freed.
_BLOCKS = """\
larger = bytes(2_000_000)
del larger
before = mallinfo2().from_system
block = bytes(200_000)
print(mallinfo2().from_system - before)
"""


def _output(program: str, *, limited: bool = True) -> str:
    """What this program says, in a process of its own."""
    whole = _MALLINFO + ("limit_heap()\n" if limited else "") + program
    said = subprocess.run([sys.executable, "-c", whole], capture_output=True, check=True)
    return said.stdout.decode().strip()


@needs_glibc
@pytest.mark.parametrize(("limited", "blocks"), [(True, "1"), (False, "0")])
def test_large_blocks_stay_out_of_the_heap(*, limited: bool, blocks: str) -> None:
    """Also after a larger one was freed, which would otherwise raise glibc's limit."""
    assert _output(_BLOCKS, limited=limited) == blocks


# How much of the heap is free, in MB, after results of many sizes replaced each other.
_RESULTS = """\
import random
from exporter.exposition.stream import piece

random.seed(1)
kept = {}
for _ in range(6000):
    digits = (b"%032x\\n" % random.getrandbits(128) for _ in range(random.randrange(20, 200)))
    kept[random.randrange(1000)] = piece(b"".join(digits))
print(mallinfo2().free // 1_000_000)
"""


@needs_glibc
def test_compressed_lines_leave_no_gaps() -> None:
    """Thousands of results are kept, each as long as its lines need."""
    assert int(_output(_RESULTS)) < 3


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
    return int(_output(_GAPS.format(trimmed=trimmed)))


@needs_glibc
def test_gaps_in_the_heap_are_returned() -> None:
    """Also below a block that is still in use, where glibc keeps them."""
    assert _resident(trimmed=False) - _resident(trimmed=True) > 40
