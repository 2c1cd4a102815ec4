"""What goes wrong on the way to a good answer, each path for itself."""

import random
from dataclasses import dataclass, field

from tests.azure_model.lives import Json
from tests.azure_model.world import World

_APART = 4  # good answers between two faults, so that nothing is missing three times in a row
_FAULT: dict[str, Json] = {"error": {"code": "InternalServerError", "message": "try again"}}
_MISSING: dict[str, Json] = {"error": {"code": "404", "message": "Resource not found"}}
_OUT: dict[str, Json] = {"error": {"code": "ServiceUnavailable", "message": "busy"}}
_NOTHING: dict[str, Json] = {"value": [], "data": [], "has_more": False}

Fault = tuple[int, dict[str, Json]]


@dataclass
class Weather:
    """The faults of one seed; `good` counts the good answers of each path since its last fault."""

    world: World
    good: dict[str, int] = field(default_factory=dict)
    stormy: dict[tuple[float, str], int] = field(default_factory=dict)

    def fault(self, path: str, now: float, chance: random.Random, *, is_list: bool) -> Fault | None:
        """The bad answer to this request; None for a good one."""
        for begins, ends in self.world.storms:
            if begins <= now < ends:
                return self._storm(path, begins, is_list=is_list)
        good = self.good.get(path, _APART)
        self.good[path] = good + 1
        if now >= self.world.rests or good < _APART:
            return None
        # The iterations of a translation are read only once, so a fault is likelier there.
        likely = 0.5 if path.endswith("/iterations") else 0.01 if is_list else 0.04
        if chance.random() >= likely:
            return None
        self.good[path] = 0
        nothing = _NOTHING if is_list else _FAULT
        return chance.choice([(404, _MISSING), (200, nothing), (200, nothing), (200, _FAULT)])

    def _storm(self, path: str, begins: float, *, is_list: bool) -> Fault:
        """503 all the time, and amid it a single 404 for each operation."""
        count = self.stormy[begins, path] = self.stormy.get((begins, path), 0) + 1
        self.good[path] = 0
        missing = not is_list and count == random.Random(f"{begins}/{path}").randrange(4, 7)
        return (404, _MISSING) if missing else (503, _OUT)
