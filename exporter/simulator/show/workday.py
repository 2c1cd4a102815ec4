"""Work without end: people start something new for as long as a local Azure runs. Pure.

A piece of work depends on the seed and its number alone, and is made when it is due; what has
been over for long enough is forgotten, so that an endless day takes no more memory than an hour.
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

_LONGEST = 3 * 3600.0
"""Seconds, more than any piece of work takes: what began before that is not caught up with."""


@dataclass(frozen=True)
class Job:
    """One piece of work to be made: its number, id, time in Unix seconds, and its dice."""

    number: int
    id: str
    created: float
    chance: random.Random


@dataclass(frozen=True)
class Stream:
    """Work of one kind: what, and when; `every` so many seconds, some of it later."""

    name: str
    make: Callable[[Job], Scenario]
    first: float
    every: float

    def after(self, seed: int, number: int) -> float:
        """Seconds from the beginning of the day until this piece of work."""
        late = random.Random(f"late/{self.name}/{seed}/{number}").uniform(0, 0.4) if number else 0
        return self.first + self.every * (number + late)

    def work(self, seed: int, number: int, start: float) -> Scenario:
        """A piece of work of a day that begins at `start`."""
        id_ = seeded_uuid("demo", self.name, seed, number)
        chance = random.Random(f"work/{self.name}/{seed}/{number}")
        return self.make(Job(number, id_, start + self.after(seed, number), chance))


class Due(NamedTuple):
    """What changes at a moment."""

    begun: Sequence[Scenario]
    over: Sequence[Scenario]


class Workday:
    """Streams of work from `start` (Unix seconds) on, `speed` times as fast.

    Finished work is forgotten after `kept` seconds, which pass as they do.
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
        self._leaving: list[tuple[float, int, Scenario]] = []
        self._order = itertools.count()

    def __len__(self) -> int:
        """How many pieces of work are not forgotten yet."""
        return len(self._leaving)

    def at(self, now: float) -> Due:
        """What began since this was last asked, and what is to be forgotten."""
        elapsed = (now - self._start) * self._speed
        begun = [
            work for index in range(len(self._streams)) for work in self._begun(index, elapsed)
        ]
        for work in begun:
            entry = (last_moment(work) + self._kept, next(self._order), work)
            heapq.heappush(self._leaving, entry)
        over = []
        while self._leaving and self._leaving[0][0] <= now:
            over.append(heapq.heappop(self._leaving)[2])
        return Due(begun, over)

    def coming(self, seconds: float) -> Iterator[Scenario]:
        """All that begins within the first so many seconds of the day, without beginning it."""
        for stream in self._streams:
            for number in itertools.count():
                if stream.after(self._seed, number) > seconds * self._speed:
                    break
                yield self._work(stream, number)

    def _begun(self, index: int, elapsed: float) -> Iterator[Scenario]:
        stream = self._streams[index]
        if elapsed - self._due[index] > _LONGEST:  # the machine has slept
            self._next[index] = int((elapsed - _LONGEST - stream.first) / stream.every)
            self._due[index] = stream.after(self._seed, self._next[index])
        while self._due[index] <= elapsed:
            yield self._work(stream, self._next[index])
            self._next[index] += 1
            self._due[index] = stream.after(self._seed, self._next[index])

    def _work(self, stream: Stream, number: int) -> Scenario:
        made = stream.work(self._seed, number, self._start)
        return Haste(self._start, self._speed).scenario(made)
