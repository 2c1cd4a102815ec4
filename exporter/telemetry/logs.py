"""Log lines: one when something changes, none for each poll, never a key, never a flood."""

import logging
import sys
import time
from collections.abc import Callable
from typing import TextIO

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from exporter.model.operation import State
from exporter.model.snapshot import Snapshot
from exporter.text import public

BURST = 500.0  # lines of one kind that may come at once
RATE = 1.0  # lines of one kind a second, for as long as they come


class _Bounded:
    """Lines of one kind are bounded: who makes operations flap does not fill the disk.

    The next line of its kind says how many were `left_out` before it.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._kinds: dict[str, tuple[float, float, int]] = {}  # when, how many may come, left out

    def __call__(self, _logger: WrappedLogger, _level: str, line: EventDict) -> EventDict:
        kind, now = str(line["event"]), self._now()
        then, room, left_out = self._kinds.get(kind, (now, BURST, 0))
        room = min(BURST, room + (now - then) * RATE)
        if room < 1:
            self._kinds[kind] = now, room, left_out + 1
            raise structlog.DropEvent
        self._kinds[kind] = now, room - 1, 0
        return {**line, "left_out": left_out} if left_out else line


def configure(
    level: str,
    form: str,
    stream: TextIO = sys.stderr,
    now: Callable[[], float] = time.monotonic,
) -> None:
    """Set up the log for the whole process; `now` is in seconds."""
    renderers: dict[str, Processor] = {
        "logfmt": structlog.processors.LogfmtRenderer(
            key_order=["ts", "level", "msg"],
            bool_as_flag=False,
        ),
        "json": structlog.processors.JSONRenderer(),
        "console": structlog.dev.ConsoleRenderer(
            event_key="msg", timestamp_key="ts", colors=stream.isatty()
        ),
    }
    structlog.configure(
        processors=[
            _Bounded(now),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
            structlog.processors.EventRenamer("msg"),
            structlog.processors.format_exc_info,
            renderers[form],
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )


def logger() -> FilteringBoundLogger:
    """The log."""
    log: FilteringBoundLogger = structlog.get_logger()
    return log


def changed(before: Snapshot | None, after: Snapshot | None) -> None:
    """A listener of the store: say what is new about an operation."""
    if before is None:
        return
    if after is None:
        logger().info("operation leaves", **before.watch.key._asdict())
        return
    known, now = before.operation, after.operation
    spoken = now is None or (known is not None and known.word == now.word)
    readable = _readable(before) == _readable(after)
    if spoken and readable:
        return
    log = logger().bind(**after.watch.key._asdict())
    if not readable:
        _say_readable(log, before, after)
    if now is None or spoken:
        return
    if now.state is State.UNKNOWN:
        log.warning("operation has a state that no page lists", word=public(now.word, 80))
    facts = {"state": now.state.value, "was": known.state.value if known else None}
    if now.fault:
        facts |= {
            "code": public(now.fault.code, 80),
            "inner_code": public(now.fault.inner_code, 80),
            "message": public(now.fault.message),
        }
    log.info("operation state", **{name: fact for name, fact in facts.items() if fact})


def _readable(snapshot: Snapshot) -> tuple[object, ...]:
    """All that `_say_readable` tells from."""
    unreadable = snapshot.unreadable_since.keys()
    return snapshot.failure is None, snapshot.stale, unreadable, snapshot.incomplete


def _say_readable(log: FilteringBoundLogger, before: Snapshot, after: Snapshot) -> None:
    if after.failure and not before.failure:
        request_id = after.failure.details.request_id
        facts = {"request_id": request_id} if request_id else {}
        log.warning("operation cannot be read", reason=after.failure.reason, **facts)
    elif not after.failure and (before.failure or before.stale):
        log.info("operation can be read again")
    if after.stale and not before.stale:
        log.warning("operation is no longer shown: it could not be read for too long")
    _say_complete(log, before, after)


def _say_complete(log: FilteringBoundLogger, before: Snapshot, after: Snapshot) -> None:
    appeared = after.unreadable_since.keys() - before.unreadable_since.keys()
    if appeared or (after.incomplete and not before.incomplete):
        count = len(after.unreadable_since)
        why = {"reason": after.incomplete} if after.incomplete else {}
        log.warning("documents cannot be read", documents=count, **why)
    elif (before.unreadable_since or before.incomplete) and not (
        after.unreadable_since or after.incomplete
    ):
        log.info("documents can be read again")
