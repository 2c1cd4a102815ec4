"""Keeps the checkpoint in step with the store: every few seconds, off the event loop."""

import asyncio
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from exporter.checkpoint.file import (
    CheckpointError,
    CheckpointFile,
    Contents,
    Counter,
    DamagedError,
    set_aside,
)
from exporter.checkpoint.saved import Saved
from exporter.model.operation import OperationKey
from exporter.model.snapshot import Snapshot
from exporter.telemetry.logs import logger

INTERVAL = 3.0  # seconds between two writes: as much as a kill can lose
_PATIENCE = 10.0  # seconds at start for an exporter before this one to let go of the file


class Source(Protocol):
    """What is to be kept."""

    def saved(self, key: OperationKey) -> Saved | None:
        """An operation as it is now; None if it has left."""

    def counters(self) -> Iterable[Counter]:
        """The counters that go on after a restart, as they are now."""

    def checkpointed(self, *, successful: bool) -> None:
        """Is told of each write."""


class Recorder:
    """What has changed since the last write, and the file that it goes to."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._file: CheckpointFile | None = None
        self._changed: set[OperationKey] = set()
        self._failing = ""

    def changed(self, before: Snapshot | None, after: Snapshot | None) -> None:
        """A listener of the store: note whose snapshot is new."""
        for snapshot in (before, after):
            if snapshot:
                self._changed.add(snapshot.watch.key)

    async def read(self) -> Contents:
        """What the file holds; nothing if there is none, or none that can be used."""
        mark = f"unusable-{datetime.fromtimestamp(self._clock(), UTC):%Y%m%dT%H%M%SZ}"
        contents = await asyncio.to_thread(self._read, mark)
        self._changed |= contents.operations.keys()  # those that are not taken up leave the file
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
        """Write what has changed. What could not be written is tried again the next time."""
        changed, self._changed = self._changed, set()
        # Operations and counters of one moment: nothing else runs in between.
        news = Contents({key: source.saved(key) for key in changed}, list(source.counters()))
        try:
            await asyncio.to_thread(self._write, news)
        except CheckpointError as error:
            self._changed |= changed
            self._say(str(error))
        else:
            self._say("")
        source.checkpointed(successful=not self._failing)

    def _write(self, news: Contents) -> None:
        if self._file is None:
            self._file = CheckpointFile(self._path)
            self._file.read()  # which chunks are there already
        self._file.write(news)

    def _read(self, mark: str) -> Contents:
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                self._file = CheckpointFile(self._path)
                return self._file.read()
            except DamagedError as error:
                return self._begin_anew(str(error), mark)
            except CheckpointError as error:
                if not error.held or time.monotonic() > until:
                    self._say(str(error))
                    return Contents()
                time.sleep(0.2)

    def _begin_anew(self, why: str, mark: str) -> Contents:
        if self._file:
            self._file.close()
            self._file = None
        try:
            aside = set_aside(self._path, mark)
            self._file = CheckpointFile(self._path)
        except CheckpointError as error:
            self._say(f"{why}; {error}")
            return Contents()
        said = "checkpoint set aside; states and counters begin anew"
        logger().error(said, reason=why, file=str(self._path), it_is_now=str(aside))
        return Contents()

    def _say(self, failing: str) -> None:
        log = logger().bind(file=str(self._path))
        if failing and failing != self._failing:
            log.error("checkpoint cannot be used; a restart would forget", reason=failing)
        elif self._failing and not failing:
            log.info("checkpoint is written again")
        self._failing = failing
