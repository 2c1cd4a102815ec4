"""An operation with the times of its events, in Unix seconds; `None` means never."""

import math
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["Succeeded", "Failed", "Canceled"]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """An operation of Video Translation or Avatar: only an id and a state."""

    id: str
    created: float
    started: float | None
    finished: float | None
    outcome: Outcome = "Succeeded"

    def __post_init__(self) -> None:
        """Refuse what could not happen."""
        in_order(self.id, self.created, self.started, self.finished)


def in_order(name: str, *times: float | None) -> None:
    """Refuse times that are not in order; `name` is the id of the operation."""
    latest = -math.inf
    for time in times:
        if time is not None:
            if time < latest:
                raise ValueError(f"{name}: times are not in order: {times}")
            latest = time
