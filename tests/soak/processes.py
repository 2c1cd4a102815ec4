"""The programs of the soak: how they start, and what they say."""

import asyncio
import contextlib
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

import aiohttp
import msgspec

Shape = TypeVar("Shape")


@asynccontextmanager
async def program(module: str, *arguments: object) -> AsyncIterator[Process]:
    """A module of this package as a program of its own, which ends with us.

    A terminal's signals reach only this program.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"tests.soak.{module}", *map(str, arguments)),
        stdout=PIPE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def said(process: Process, shape: type[Shape]) -> Shape:
    """The next line of its output, which is JSON of this shape."""
    line = await process.stdout.readline() if process.stdout else b""
    if not line:
        raise RuntimeError("a program of the soak has ended, and said why above")
    return msgspec.json.decode(line, type=shape)


async def until_it_answers(exporter: Process, session: aiohttp.ClientSession, url: str) -> None:
    """Wait until the exporter answers."""
    while exporter.returncode is None:
        with contextlib.suppress(aiohttp.ClientConnectionError):
            async with session.get(url):
                return
        await asyncio.sleep(0.1)
    raise RuntimeError("the exporter has ended, and said why above")
