"""Writes changes of the store to the checkpoint: every few seconds, in a thread."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Protocol, TypeVar

from exporter.checkpoint.contents import Contents, Counter
from exporter.checkpoint.file import CheckpointFile
from exporter.checkpoint.place import CheckpointError, DamagedError, set_aside
from exporter.checkpoint.saved import Saved
from exporter.files import threads
from exporter.model.departed import Departed
from exporter.model.operation import OperationKey
from exporter.model.snapshot import Snapshot
from exporter.model.store import Store
from exporter.telemetry.logs import logger

INTERVAL = 3.0  # seconds between two writes; a kill loses the changes of this time
_OPEN_TIMEOUT = 10.0  # seconds to wait at start until an earlier exporter closes the file
_READ_TIMEOUT = 60.0  # seconds for the file at start
_WRITE_TIMEOUT = 10.0  # seconds for one write


Result = TypeVar("Result")


class Source(Protocol):
    """Provides the operations and counters to save."""

    def keys(self) -> Iterable[OperationKey]:
        """All operations."""

    def saved(self, key: OperationKey) -> Saved | None:
        """An operation as it is now; None if it was removed."""

    def departed(self, key: OperationKey) -> Departed | None:
        """What is remembered of an operation that was dropped; None if nothing is."""

    def counters(self) -> Iterable[Counter]:
        """The counters that continue after a restart, as they are now."""

    def checkpointed(self, *, successful: bool) -> None:
        """Called after each write."""


class Recorder:
    """Collects the changes since the last write, and writes them to the file."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._now = 0.0  # when the latest work in a thread began
        self._file: CheckpointFile | None = None
        self._changed: set[OperationKey] = set()
        self._failure = ""
        self._lock = Lock()  # a cancelled write goes on in its thread

    def listen_to(self, store: Store) -> None:
        """Note each operation of this store that changes from now on."""
        store.listen(self._note_snapshots)
        store.departed.listen(self._note_departed)

    def _note_snapshots(self, before: Snapshot | None, after: Snapshot | None) -> None:
        for snapshot in (before, after):
            if snapshot:
                self._changed.add(snapshot.watch.key)

    def _note_departed(self, key: OperationKey) -> None:
        self._changed.add(key)

    async def read(self) -> Contents:
        """The content of the file; empty if there is no usable file."""
        try:
            contents = await self._in_thread(self._read, _READ_TIMEOUT)
        except CheckpointError as error:
            self._log_change(str(error))
            return Contents()
        self._changed |= contents.operations.keys()  # removes operations that are no longer watched
        return contents

    async def run(self, source: Source) -> None:
        """Write every few seconds until cancelled, and then once more."""
        try:
            while True:
                await asyncio.sleep(INTERVAL)
                await self.write(source)
        finally:
            await self.write(source)
            if self._file:
                with suppress(CheckpointError):
                    await self._in_thread(self._file.close, _WRITE_TIMEOUT)

    async def write(self, source: Source) -> None:
        """Write the changes; after a failure they are written the next time."""
        changed: set[OperationKey] = set()
        try:
            opened = await self._in_thread(self._open_if_lost, _WRITE_TIMEOUT)
            if opened is not None:
                self._changed |= {*opened.operations, *source.keys()}
            changed, self._changed = self._changed, set()
            # Operations and counters are consistent: there is no `await` in between.
            changes = Contents(
                {key: source.saved(key) for key in changed},
                {key: source.departed(key) for key in changed},
                list(source.counters()),
            )
            await self._in_thread(lambda: self._write(changes), _WRITE_TIMEOUT)
        except CheckpointError as error:
            self._changed |= changed
            self._log_change(str(error))
        else:
            self._log_change("")
        source.checkpointed(successful=not self._failure)

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
        while True:
            try:
                return self._open()
            except CheckpointError as error:
                if not error.held or time.monotonic() > until:
                    raise
                time.sleep(0.2)

    def _start_anew(self, reason: str) -> Contents:
        mark = f"unusable-{datetime.fromtimestamp(self._now, UTC):%Y%m%dT%H%M%SZ}"
        try:
            aside = set_aside(self._path, mark)
            self._file = CheckpointFile(self._path)
        except CheckpointError as error:
            raise CheckpointError(f"{reason}; {error}") from None
        message = "checkpoint set aside; states and counters begin anew"
        logger().error(message, reason=reason, file=str(self._path), it_is_now=str(aside))
        return Contents()

    def _log_change(self, failure: str) -> None:
        log = logger().bind(file=str(self._path))
        if failure and failure != self._failure:
            log.error("checkpoint cannot be used; a restart would forget", reason=failure)
        elif self._failure and not failure:
            log.info("checkpoint is written again")
        self._failure = failure
