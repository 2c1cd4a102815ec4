"""The progress of each operation over the last hour."""

from array import array
from collections.abc import Iterator, Sequence

from exporter.model.operation import OperationKey
from exporter.model.snapshot import Snapshot

HOUR = 3600.0
_MINUTE = 60
_POINTS = 61  # one a minute, and the one with which the hour begins


class _Track:
    """Progress by minute, only where it changed: 12 bytes for each point."""

    __slots__ = ("_minutes", "_values")

    def __init__(self) -> None:
        self._minutes = array("d")
        self._values = array("f")

    def add(self, at: float, value: float) -> None:
        """Note a progress; the last one of a minute stays."""
        minute = at // _MINUTE * _MINUTE
        if self._minutes and minute <= self._minutes[-1]:
            self._values[-1] = value
            return
        self._minutes.append(minute)
        self._values.append(value)
        if len(self._minutes) > _POINTS:
            del self._minutes[0], self._values[0]

    def __iter__(self) -> Iterator[tuple[float, float]]:
        return zip(self._minutes, self._values, strict=True)


class ProgressHistory:
    """When each operation was seen at which progress."""

    def __init__(self) -> None:
        self._by_key: dict[OperationKey, _Track] = {}

    def of(self, key: OperationKey, now: float) -> Sequence[tuple[float, float]]:
        """Unix seconds (whole minutes) and progress at each change of the hour before `now`.

        The last change before the hour is given as a change at its beginning.
        """
        begin = now - HOUR
        points = list(self._by_key.get(key, ()))
        within = [point for point in points if point[0] >= begin]
        earlier = points[: len(points) - len(within)]
        return [(begin, earlier[-1][1]), *within] if earlier else within

    def changed(self, before: Snapshot | None, after: Snapshot | None) -> None:
        """A listener of the store."""
        if after is None:
            if before is not None:
                self._by_key.pop(before.watch.key, None)
            return
        later = after.operation
        if later is None or later.progress is None or after.last_success is None:
            return
        earlier = before.operation if before else None
        if earlier is not None and earlier.progress == later.progress:
            return
        track = self._by_key.get(after.watch.key)
        if track is None:
            if later.state.finished:
                return  # its way there was not seen
            track = self._by_key[after.watch.key] = _Track()
        track.add(after.last_success, later.progress)
