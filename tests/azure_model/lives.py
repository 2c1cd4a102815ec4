"""The life of one thing in Azure: what is true of it, from one moment to the next. Pure."""

import math
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

MINUTE = 60.0  # seconds
FINISHED = {
    *("Succeeded", "PartiallySucceeded", "Failed", "Cancelled", "ValidationFailed", "Expired"),
    *("Canceled", "succeeded", "completed", "partiallyCompleted", "failed", "cancelled", "expired"),
}
"""The final states, as the exporter and as Azure's APIs spell them."""
NEVER = 253_402_214_400.0  # 9999-12-31 as Unix seconds: an Azure time that means nothing
EMPTY = "0001-01-01T00:00:00Z"  # .NET's empty date


@dataclass(frozen=True)
class Step:
    """What is true from `at` (Unix seconds) on.

    Attributes:
        word: Azure's word for the state.
        body: the rest of the body, without the id.
        stamp: the time of the last action as Azure writes it; None: it writes none.
        charged: characters.
    """

    at: float
    word: str
    body: Mapping[str, Json] = field(default_factory=dict)
    stamp: float | None = None
    charged: int = 0

    @property
    def finished(self) -> bool:
        return self.word in FINISHED


@dataclass(frozen=True)
class Life:
    """One life of an id, until it is deleted. The same id may live again later.

    Attributes:
        parts: documents of a batch, iterations of a translation.
    """

    id: str
    steps: tuple[Step, ...]
    deleted: float = math.inf
    parts: tuple["Life", ...] = ()

    @property
    def born(self) -> float:
        return self.steps[0].at

    @property
    def last(self) -> Step:
        return self.steps[-1]

    def at(self, when: float) -> Step | None:
        """What is true at a moment; None before its birth and after it was deleted."""
        if when >= self.deleted:
            return None
        return next((step for step in reversed(self.steps) if step.at <= when), None)


def living(lives: Iterable[Life], when: float) -> list[Life]:
    """All that exist at a moment, the newest first."""
    there = [life for life in lives if life.at(when)]
    return sorted(there, key=lambda life: -life.born)


def moment(chance: random.Random, begin: float, end: float) -> float:
    """A random time, as exact as Azure writes it."""
    return round(chance.uniform(begin, end), 4)


def text(seconds: float, zone: str = "Z") -> str:
    """A time as Azure writes it: with seven digits, and with none at full seconds."""
    if seconds == NEVER:
        return f"9999-12-31T00:00:00{zone}"
    fraction = f".{seconds % 1:.7f}".replace("0.", "", 1) if seconds % 1 else ""
    return f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%dT%H:%M:%S}{fraction}{zone}"


@dataclass(frozen=True)
class Clock:
    """How Azure stamps the steps of one life.

    `exact`; `coarse`: in whole minutes, so that many are equal; `behind`: a server whose clock is
    late writes the end; `ahead`: the first step has a time that is never reached; `absent`.
    """

    kind: str

    @classmethod
    def random(cls, chance: random.Random) -> "Clock":
        kinds = ("exact", "coarse", "behind", "ahead", "absent")
        return cls(chance.choices(kinds, (35, 15, 20, 15, 15))[0])

    def stamps(self, moments: Iterable[tuple[float, str]]) -> list[float | None]:
        """The stamp of each step, of which time and word are given."""
        stamps: list[float | None] = []
        for number, (at, word) in enumerate(moments):
            stamp: float | None = at
            if self.kind == "coarse":
                stamp = at // 60 * 60
            elif self.kind == "behind" and word in FINISHED and number:
                stamp = round((stamps[-1] or at) - 0.1, 4)
            elif self.kind == "ahead" and not number and word not in FINISHED:
                stamp = NEVER
            elif self.kind == "absent":
                stamp = None
            stamps.append(stamp)
        return stamps
