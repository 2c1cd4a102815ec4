"""Which discovered operations have series of their own; the others are counted."""

from enum import StrEnum

from exporter.model.snapshot import Snapshot
from exporter.model.trouble import ended_badly, ended_recently


class OperationSeries(StrEnum):
    """The setting `operation_series`."""

    ALL = "all"
    UNFINISHED = "unfinished"
    FAILED = "failed"

    def includes(self, snapshot: Snapshot, now: float) -> bool:
        """Whether the operation has series at `now` (Unix seconds).

        Of those that have finished, UNFINISHED includes what ended badly as long as alerts about
        it fire. Configured operations always have series.
        """
        operation = snapshot.operation
        if self is OperationSeries.ALL or not snapshot.watch.discovered:
            return True
        if operation is None:
            return False
        if not operation.state.finished:
            return self is OperationSeries.UNFINISHED
        return ended_badly(operation) and (
            self is OperationSeries.FAILED or ended_recently(snapshot, now)
        )

    def includes_for_a_time(self, snapshot: Snapshot) -> bool:
        """Whether an operation that has series will lose them without any change of it."""
        discovered_and_finished = snapshot.watch.discovered and snapshot.finished
        return self is OperationSeries.UNFINISHED and discovered_and_finished
