"""The checkpoint file that an exporter holds: opened in a thread, and again where it was lost."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TypeVar

from exporter.checkpoint.contents import Contents
from exporter.checkpoint.file import CheckpointFile
from exporter.checkpoint.place import CheckpointError, DamagedError, set_aside
from exporter.files import threads
from exporter.telemetry.logs import logger

_OPEN_TIMEOUT = 10.0  # seconds to wait at start until an earlier exporter closes the file
_READ_TIMEOUT = 60.0  # seconds for the file at start
_WRITE_TIMEOUT = 10.0  # seconds for one write

Result = TypeVar("Result")


class HeldFile:
    """The file at `path`. Its methods raise CheckpointError."""

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock
        self._now = 0.0  # when the latest work in a thread began
        self._file: CheckpointFile | None = None
        self._lock = Lock()  # cancelled work goes on in its thread

    async def read(self) -> Contents:
        """Open the file, and read it; an earlier exporter may still have it for some seconds."""
        return await self._in_thread(self._read, _READ_TIMEOUT)

    async def open_if_lost(self) -> Contents | None:
        """What the file holds, if it had to be opened: it was deleted, replaced or never open."""
        return await self._in_thread(self._open_if_lost, _WRITE_TIMEOUT)

    async def write(self, changes: Contents) -> None:
        """Write changes."""
        await self._in_thread(lambda: self._write(changes), _WRITE_TIMEOUT)

    async def close(self) -> None:
        """Close the file; another exporter may open it."""
        if self._file:
            with suppress(CheckpointError):
                await self._in_thread(self._file.close, _WRITE_TIMEOUT)

    async def _in_thread(self, work: Callable[[], Result], seconds: float) -> Result:
        self._now = self._clock()

        def one_at_a_time() -> Result:
            with self._lock:
                return work()

        try:
            return await threads.run(
                lambda: threads.call(f"checkpoint {self._path}", one_at_a_time, seconds)
            )
        except threads.HangingError as error:
            raise CheckpointError(str(error)) from None

    def _open_if_lost(self) -> Contents | None:
        """Open the file if it is not open, and return what it holds.

        A file that was deleted or replaced meanwhile is opened anew.
        """
        if self._file is not None:
            if self._file.is_in_place():
                return None
            message = "checkpoint was deleted or replaced while in use; everything is written again"
            logger().warning(message, file=str(self._path))
            lost, self._file = self._file, None
            with suppress(sqlite3.Error):
                lost.close()
        return self._open()

    def _write(self, changes: Contents) -> None:
        if self._file is None:
            raise CheckpointError("it is not open")
        self._file.write(changes)

    def _open(self) -> Contents:
        file: CheckpointFile | None = None
        try:
            file = CheckpointFile(self._path)
            contents = file.read()
        except CheckpointError as error:
            if file:
                file.close()
            if isinstance(error, DamagedError):
                return self._start_anew(str(error))
            raise
        self._file = file
        return contents

    def _read(self) -> Contents:
        until = time.monotonic() + _OPEN_TIMEOUT
        waits = False
        while True:
            try:
                return self._open()
            except CheckpointError as error:
                if not error.held or time.monotonic() > until:
                    raise
                if not waits:
                    message = "another exporter uses the state_file; this one waits for it"
                    seconds = round(_OPEN_TIMEOUT)
                    logger().warning(message, file=str(self._path), seconds=seconds)
                waits = True
                time.sleep(0.2)

    def _start_anew(self, reason: str) -> Contents:
        mark = f"unusable-{datetime.fromtimestamp(self._now, UTC):%Y%m%dT%H%M%SZ}"
        try:
            aside = set_aside(self._path, mark)
            self._file = CheckpointFile(self._path)
        except CheckpointError as error:
            raise CheckpointError(f"{reason}; {error}") from None
        message = "checkpoint renamed; states and counters start again"
        logger().error(message, reason=reason, file=str(self._path), it_is_now=str(aside))
        return Contents()
