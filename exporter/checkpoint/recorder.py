"""Writes changes of the store to the checkpoint: every few seconds, in a thread."""

import asyncio
import time
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Protocol

from exporter.checkpoint.contents import Contents
from exporter.checkpoint.held_file import HeldFile
from exporter.checkpoint.place import CheckpointError
from exporter.model.operation import OperationKey
from exporter.model.snapshot import Snapshot
from exporter.model.store import Store
from exporter.telemetry.logs import logger

INTERVAL = 3.0  # seconds between two writes; a kill loses the changes of this time


class Source(Protocol):
    """Provides the operations and counters to save."""

    def keys(self) -> Iterable[OperationKey]:
        """All operations."""

    def contents(self, keys: Collection[OperationKey]) -> Contents:
        """These operations as they are now, and the counters that continue after a restart.

        All of it is of the same moment; a thread reads it.
        """

    def checkpointed(self, *, successful: bool) -> None:
        """Called after each write."""


class Recorder:
    """Collects the changes since the last write, and writes them to the file."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._file = HeldFile(path, clock)
        self._changed: set[OperationKey] = set()
        self._failure = ""

    def listen_to(self, store: Store) -> None:
        """Note each operation of this store that changes from now on."""
        store.listen(self._note_snapshots, self._note_refreshed)
        store.departed.listen(self._note_departed)

    def _note_snapshots(self, before: Snapshot | None, after: Snapshot | None) -> None:
        for snapshot in (before, after):
            if snapshot:
                self._changed.add(snapshot.watch.key)

    def _note_refreshed(self, after: Snapshot) -> None:
        self._changed.add(after.watch.key)

    def _note_departed(self, key: OperationKey) -> None:
        self._changed.add(key)

    async def read(self) -> Contents:
        """The content of the file; empty if there is no usable file."""
        try:
            contents = await self._file.read()
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
            await self._file.close()

    async def write(self, source: Source) -> None:
        """Write the changes; after a failure they are written the next time."""
        changed: set[OperationKey] = set()
        try:
            opened = await self._file.open_if_lost()
            if opened is not None:
                self._changed |= {*opened.operations, *source.keys()}
            changed, self._changed = self._changed, set()
            await self._file.write(source.contents(changed))
        except CheckpointError as error:
            self._changed |= changed
            self._log_change(str(error))
        else:
            self._log_change("")
        source.checkpointed(successful=not self._failure)

    def _log_change(self, failure: str) -> None:
        log = logger().bind(file=str(self._path))
        if failure and failure != self._failure:
            log.error(
                "checkpoint cannot be used; a restart would lose states and counters",
                reason=failure,
            )
        elif self._failure and not failure:
            log.info("checkpoint is written again")
        self._failure = failure
