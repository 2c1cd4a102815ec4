"""The cache that Document Translation keeps before its status answers.

Recorded traffic of the Azure SDKs: a fresh answer is followed by an older one of the same URL,
with `Age`, for up to 60 seconds; so a status goes backward. `Cache-Control: max-age=1` is said
and not obeyed.
"""

import random

from exporter.simulator.wire import Answer

LIFETIME = 60.0
"""Seconds that an answer is kept."""


class AnswerCache:
    """Remembers the first answer of each URL; `chance` is how often it is given again."""

    def __init__(self, chance: float, seed: int = 0) -> None:
        self._chance = chance
        self._random = random.Random(f"cache/{seed}")
        self._kept: dict[str, tuple[float, Answer]] = {}

    def answer(self, url: str, now: float, fresh: Answer, *, stale: bool = False) -> Answer:
        """The fresh answer, or the one that was kept; `stale` asks for the one that was kept."""
        self._forget(now)
        kept_at, kept = self._kept.setdefault(url, (now, fresh))
        if kept is fresh or not (stale or self._random.random() < self._chance):
            return fresh
        return kept.plus(Age=str(int(now - kept_at)))

    def _forget(self, now: float) -> None:
        # A clock that a test sets back makes an answer of the future: forgotten as well.
        self._kept = {
            url: kept for url, kept in self._kept.items() if 0 <= now - kept[0] < LIFETIME
        }
