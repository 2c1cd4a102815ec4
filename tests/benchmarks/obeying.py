"""A program that measures itself: one-word commands on its stdin, lines of JSON on its stdout.

`cpu` tells the seconds of CPU so far, `memory` the bytes held now and the most since it was last
asked. `tick` begins to watch the event loop, `stall` ends that and tells the longest stall.
"""

import asyncio
import json
import os
import re
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

Answer = Mapping[str, float | str]
Command = Callable[[str], Awaitable[Answer]]

_WAKE = 0.001  # seconds; shorter stalls cannot be distinguished from delays of the system
_RESET_PEAK = "5"  # https://docs.kernel.org/filesystems/proc.html, clear_refs


class Ticker:
    """How much too late a task woke that sleeps a millisecond at a time."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._task: asyncio.Task[None] | None = None

    async def begin(self, _: str = "") -> Answer:
        self.longest = 0.0
        self._task = asyncio.create_task(self._run())
        await asyncio.sleep(10 * _WAKE)
        return {}

    async def end(self, _: str = "") -> Answer:
        """The longest stall in seconds."""
        if self._task:
            await asyncio.sleep(10 * _WAKE)
            self._task.cancel()
        return {"stall": self.longest}

    async def _run(self) -> None:
        before = time.perf_counter()
        while True:
            await asyncio.sleep(_WAKE)
            now = time.perf_counter()
            self.longest = max(self.longest, now - before - _WAKE)
            before = now


async def obey(address: str, ticker: Ticker, commands: Mapping[str, Command] | None = None) -> None:
    """Tell where it listens, then do what stdin says until that ends."""
    known: dict[str, Command] = {"cpu": _cpu, "memory": _memory}
    known |= {"tick": ticker.begin, "stall": ticker.end, **(commands or {})}
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    _say({"address": address})
    async for line in reader:
        word, _, rest = line.decode().strip().partition(" ")
        _say(await known[word](rest))


def _say(answer: Answer) -> None:
    print(json.dumps(answer), flush=True)


async def _cpu(_: str) -> Answer:
    return {"cpu": time.process_time()}


async def _memory(_: str) -> Answer:
    proc = Path(f"/proc/{os.getpid()}")
    found = dict(re.findall(r"(VmRSS|VmHWM):\s+(\d+) kB", (proc / "status").read_text()))
    (proc / "clear_refs").write_text(_RESET_PEAK)
    return {"resident": 1024 * int(found["VmRSS"]), "peak": 1024 * int(found["VmHWM"])}
