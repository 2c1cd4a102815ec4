"""The memory of a process that reads responses of many sizes."""

import platform
import subprocess
import sys

import pytest

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
