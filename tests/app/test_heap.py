"""The memory of a process that reads responses of many sizes."""

import asyncio
import platform
import socket
import subprocess
import sys

import pytest

from exporter.app.heap import limit_heap

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


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")
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
    assert (sum(reading.sizes), max(reading.sizes) <= 65_536) == (1_000_000, True)
