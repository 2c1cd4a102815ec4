"""Log lines: one for each change, none for a poll without change, no secrets, limited in number."""

import logging
import sys
import time
from collections.abc import Callable
from typing import TextIO

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from exporter.model.operation import State
from exporter.model.snapshot import Snapshot
from exporter.redaction.own_secrets import own_secrets
from exporter.telemetry.line_stream import LineStream
from exporter.text import public

BURST = 500.0  # lines of one kind at once, at most
RATE = 1.0  # lines of one kind a second, at most in the long run


class _LineLimit:
    """Limits the lines of one kind, so that operations that flap do not fill the disk.

    The next line of the kind has the number of omitted lines in `left_out`.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._kinds: dict[str, tuple[float, float, int]] = {}  # time, lines allowed, left out

    def __call__(self, _logger: WrappedLogger, _level: str, line: EventDict) -> EventDict:
        kind, now = str(line["event"]), self._now()
        last, allowed, left_out = self._kinds.get(kind, (now, BURST, 0))
        allowed = min(BURST, allowed + (now - last) * RATE)
        if allowed < 1:
            self._kinds[kind] = now, allowed, left_out + 1
            raise structlog.DropEvent
        self._kinds[kind] = now, allowed - 1, 0
        return {**line, "left_out": left_out} if left_out else line


def _without_own_secrets(renderer: Processor) -> Processor:
    """The renderer, with own secrets cut out: tracebacks and names of files are foreign as well."""

    def render(logger: WrappedLogger, level: str, event: EventDict) -> str:
        return own_secrets.cut(str(renderer(logger, level, event)))

    return render


def configure(
    level: str,
    form: str,
    stream: TextIO | None = None,
    now: Callable[[], float] = time.monotonic,
) -> None:
    """Set up the log for the whole process, on standard error; `now` is in seconds."""
    stream = stream or sys.stderr
    if isinstance(stream, LineStream):
        stream.report(_log_dropped)
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
            _LineLimit(now),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
            structlog.processors.EventRenamer("msg"),
            structlog.processors.format_exc_info,
            _without_own_secrets(renderers[form]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )


def logger() -> FilteringBoundLogger:
    """The logger of this process."""
    log: FilteringBoundLogger = structlog.get_logger()
    return log


def _log_dropped(lines: int) -> None:
    logger().warning("log lines were dropped: they could not be written", lines=lines)


def changed(before: Snapshot | None, after: Snapshot | None) -> None:
    """A listener of the store: log the changes of an operation."""
    if before is None:
        return
    if after is None:
        logger().info("operation is dropped", **before.watch.key._asdict())
        return
    earlier, later = before.operation, after.operation
    same_state = later is None or (earlier is not None and earlier.word == later.word)
    same_readability = _readability(before) == _readability(after)
    if same_state and same_readability:
        return
    log = logger().bind(**after.watch.key._asdict())
    if not same_readability:
        _log_readability(log, before, after)
    if later is None or same_state:
        return
    if later.state is State.UNKNOWN:
        log.warning("operation has an undocumented state", word=public(later.word, 80))
    facts = {"state": later.state.value, "was": earlier.state.value if earlier else None}
    if later.fault:
        facts |= {
            "code": public(later.fault.code, 80),
            "inner_code": public(later.fault.inner_code, 80),
            "message": public(later.fault.message),
        }
    log.info("operation state", **{name: fact for name, fact in facts.items() if fact})


def _readability(snapshot: Snapshot) -> tuple[object, ...]:
    """All that `_log_readability` depends on."""
    unreadable = snapshot.unreadable_since.keys()
    return snapshot.failure is None, snapshot.stale, unreadable, snapshot.incomplete


def _log_readability(log: FilteringBoundLogger, before: Snapshot, after: Snapshot) -> None:
    if after.failure and not before.failure:
        request_id = after.failure.details.request_id
        facts = {"request_id": request_id} if request_id else {}
        log.warning("operation cannot be read", reason=after.failure.reason, **facts)
    elif not after.failure and (before.failure or before.stale):
        log.info("operation can be read again")
    if after.stale and not before.stale:
        log.warning("operation is no longer shown: it could not be read for too long")
    _log_completeness(log, before, after)


def _log_completeness(log: FilteringBoundLogger, before: Snapshot, after: Snapshot) -> None:
    newly_unreadable = after.unreadable_since.keys() - before.unreadable_since.keys()
    if newly_unreadable or (after.incomplete and not before.incomplete):
        count = len(after.unreadable_since)
        facts = {"reason": after.incomplete} if after.incomplete else {}
        log.warning("documents cannot be read", documents=count, **facts)
    elif (before.unreadable_since or before.incomplete) and not (
        after.unreadable_since or after.incomplete
    ):
        log.info("documents can be read again")
