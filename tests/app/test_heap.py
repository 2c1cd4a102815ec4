"""The memory of a process that reads responses of many sizes."""

import asyncio
import platform
import socket
import subprocess
import sys

import pytest

from exporter.app.heap import limit_heap

needs_glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")

# How many blocks more come from the system for one of 200 kB, after a larger one was freed.
_BLOCKS = """\
import ctypes
from exporter.app.heap import limit_heap

class Info(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in "abcdefghij"]

mallinfo2 = ctypes.CDLL(None).mallinfo2
mallinfo2.restype = Info
if {limited}:
    limit_heap()
larger = bytes(2_000_000)
del larger
before = mallinfo2().d
block = bytes(200_000)
print(mallinfo2().d - before)
"""


@needs_glibc
@pytest.mark.parametrize(("limited", "blocks"), [(True, "1"), (False, "0")])
def test_large_blocks_stay_out_of_the_heap(*, limited: bool, blocks: str) -> None:
    """Also after a larger one was freed, which would otherwise raise glibc's limit."""
    program = _BLOCKS.format(limited=limited)
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert shown.stdout.decode().strip() == blocks


class _Sizes(asyncio.Protocol):
    """Notes how much each read gives."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.ended = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        self.sizes.append(len(data))

    def connection_lost(self, _error: Exception | None) -> None:
        self.ended.set_result(None)


async def test_reads_are_smaller_than_large_blocks() -> None:
    """However much is there to read; a larger buffer would come from the system each time."""
    limit_heap()
    left, right = socket.socketpair()
    _, reading = await asyncio.get_running_loop().create_connection(_Sizes, sock=left)
    _, writer = await asyncio.open_connection(sock=right)
    writer.write(bytes(1_000_000))
    writer.close()
    await reading.ended
    assert (sum(reading.sizes), max(reading.sizes) <= 16_384) == (1_000_000, True)


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


@needs_glibc
def test_gaps_in_the_heap_are_returned() -> None:
    """Also below a block that is still in use, where glibc keeps them."""
    assert _resident(trimmed=False) - _resident(trimmed=True) > 40
