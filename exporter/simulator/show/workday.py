"""Endless work: new work starts for as long as a simulator runs. Pure.

A piece of work depends only on the seed and its number, and is made when it is due. Finished work
is dropped after some time, so that an endless day needs no more memory than an hour.
"""

import heapq
import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from exporter.simulator.play.building import seeded_uuid
from exporter.simulator.play.hastening import Haste, last_moment
from exporter.simulator.play.scenario import Scenario

_CATCH_UP_SECONDS = 3 * 3600.0
"""Longer than any piece of work takes; work that began before is left out."""


@dataclass(frozen=True)
class Job:
    """One piece of work to make: its number, id, time in Unix seconds, and random numbers."""

    number: int
    id: str
    created: float
    chance: random.Random


@dataclass(frozen=True)
class Stream:
    """Work of one kind: a piece every `every` seconds from `first` on, or a little later."""

    name: str
    make: Callable[[Job], Scenario]
    first: float
    every: float

    def after(self, seed: int, number: int) -> float:
        """Seconds from the start of the day until this piece of work."""
        delay = random.Random(f"late/{self.name}/{seed}/{number}").uniform(0, 0.4) if number else 0
        return self.first + self.every * (number + delay)

    def work(self, seed: int, number: int, start: float) -> Scenario:
        """A piece of work of a day that starts at `start`."""
        id_ = seeded_uuid("demo", self.name, seed, number)
        chance = random.Random(f"work/{self.name}/{seed}/{number}")
        return self.make(Job(number, id_, start + self.after(seed, number), chance))


class Due(NamedTuple):
    """The work that has started, and the work to drop."""

    started: Sequence[Scenario]
    expired: Sequence[Scenario]


class Workday:
    """Streams of work from `start` (Unix seconds) on, faster by the factor `speed`.

    Finished work is dropped after `kept` seconds, to which `speed` does not apply.
    """

    def __init__(
        self,
        streams: Sequence[Stream],
        start: float,
        *,
        kept: float,
        seed: int = 0,
        speed: float = 1.0,
    ) -> None:
        self._streams = streams
        self._start, self._speed, self._seed, self._kept = start, speed, seed, kept
        self._next = [0 for _ in streams]
        self._due = [stream.after(seed, 0) for stream in streams]
        self._finishing: list[tuple[float, int, Scenario]] = []
        self._sequence = itertools.count()

    def __len__(self) -> int:
        """The number of pieces of work that are not dropped yet."""
        return len(self._finishing)

    def at(self, now: float) -> Due:
        """The work that has started since the last call, and the work to drop."""
        elapsed = (now - self._start) * self._speed
        started = [
            work for index in range(len(self._streams)) for work in self._started(index, elapsed)
        ]
        for work in started:
            entry = (last_moment(work) + self._kept, next(self._sequence), work)
            heapq.heappush(self._finishing, entry)
        expired = []
        while self._finishing and self._finishing[0][0] <= now:
            expired.append(heapq.heappop(self._finishing)[2])
        return Due(started, expired)

    def coming(self, seconds: float) -> Iterator[Scenario]:
        """All work of the first `seconds` of the day; the day itself does not advance."""
        for stream in self._streams:
            for number in itertools.count():
                if stream.after(self._seed, number) > seconds * self._speed:
                    break
                yield self._work(stream, number)

    def _started(self, index: int, elapsed: float) -> Iterator[Scenario]:
        stream = self._streams[index]
        if elapsed - self._due[index] > _CATCH_UP_SECONDS:  # the machine has slept
            self._next[index] = int((elapsed - _CATCH_UP_SECONDS - stream.first) / stream.every)
            self._due[index] = stream.after(self._seed, self._next[index])
        while self._due[index] <= elapsed:
            yield self._work(stream, self._next[index])
            self._next[index] += 1
            self._due[index] = stream.after(self._seed, self._next[index])

    def _work(self, stream: Stream, number: int) -> Scenario:
        work = stream.work(self._seed, number, self._start)
        return Haste(self._start, self._speed).scenario(work)
