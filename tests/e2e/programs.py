"""Programs that run beside a test: where they listen, how they start, and how they end."""

import asyncio
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import aiohttp

PATIENCE = 60  # seconds until a program is ready

_HELD: list[socket.socket] = []


def free_port() -> int:
    """A port of 127.0.0.1 that nobody else gets as long as this process lives.

    The socket stays bound and never listens. With SO_REUSEADDR on both sides, as servers of
    asyncio and Go have it, a program can listen there all the same; the kernel gives the port to
    nobody who asks for any port.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    _HELD.append(held)
    port: int = held.getsockname()[1]
    return port


@contextmanager
def program(log: Path, *command: str) -> Iterator[None]:
    """A program that ends with the test, whatever becomes of that; `log` gets what it says."""
    with log.open("wb") as file, subprocess.Popen(command, stdout=file, stderr=file) as process:
        try:
            yield
        finally:
            process.terminate()


async def ready(url: str) -> None:
    """Wait until a program says so."""
    until = time.monotonic() + PATIENCE
    async with aiohttp.ClientSession() as session:
        while time.monotonic() < until:
            with suppress(aiohttp.ClientError):
                async with session.get(f"{url}/-/ready") as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.1)
    raise AssertionError(f"{url} is not ready")
