"""Writes changes of the store to the checkpoint: every few seconds, in a thread."""

import asyncio
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from exporter.checkpoint.contents import Contents, Counter
from exporter.checkpoint.file import (
    CheckpointError,
    CheckpointFile,
    DamagedError,
    set_aside,
)
from exporter.checkpoint.saved import Saved
from exporter.model.departed import Departed
from exporter.model.operation import OperationKey
from exporter.model.snapshot import Snapshot
from exporter.model.store import Store
from exporter.telemetry.logs import logger

INTERVAL = 3.0  # seconds between two writes; a kill loses the changes of this time
_OPEN_TIMEOUT = 10.0  # seconds to wait at start until an earlier exporter closes the file


class Source(Protocol):
    """Provides the operations and counters to save."""

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
        self._file: CheckpointFile | None = None
        self._changed: set[OperationKey] = set()
        self._failure = ""

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
        mark = f"unusable-{datetime.fromtimestamp(self._clock(), UTC):%Y%m%dT%H%M%SZ}"
        contents = await asyncio.to_thread(self._read, mark)
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
                await asyncio.to_thread(self._file.close)

    async def write(self, source: Source) -> None:
        """Write the changes; after a failure they are written the next time."""
        changed, self._changed = self._changed, set()
        # Operations and counters are consistent: there is no `await` in between.
        changes = Contents(
            {key: source.saved(key) for key in changed},
            {key: source.departed(key) for key in changed},
            list(source.counters()),
        )
        try:
            await asyncio.to_thread(self._write, changes)
        except CheckpointError as error:
            self._changed |= changed
            self._log_change(str(error))
        else:
            self._log_change("")
        source.checkpointed(successful=not self._failure)

    def _write(self, changes: Contents) -> None:
        if self._file is None:
            self._file = CheckpointFile(self._path)
            self._file.read()  # so that unchanged chunks are not written again
        self._file.write(changes)

    def _read(self, mark: str) -> Contents:
        until = time.monotonic() + _OPEN_TIMEOUT
        while True:
            try:
                self._file = CheckpointFile(self._path)
                return self._file.read()
            except DamagedError as error:
                return self._start_anew(str(error), mark)
            except CheckpointError as error:
                if not error.held or time.monotonic() > until:
                    self._log_change(str(error))
                    return Contents()
                time.sleep(0.2)

    def _start_anew(self, reason: str, mark: str) -> Contents:
        if self._file:
            self._file.close()
            self._file = None
        try:
            aside = set_aside(self._path, mark)
            self._file = CheckpointFile(self._path)
        except CheckpointError as error:
            self._log_change(f"{reason}; {error}")
            return Contents()
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
