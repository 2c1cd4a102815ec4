"""The cache of Document Translation's status answers.

In recorded traffic of the Azure SDKs, an older answer of the same URL, with `Age`, follows a fresh
one for up to 60 seconds, so that a status goes backward. The answers have
`Cache-Control: max-age=1`, which the cache ignores.
"""

import random

from exporter.simulator.messages import Answer

LIFETIME = 60.0
"""Seconds that an answer is kept."""


class AnswerCache:
    """Keeps the first answer of each URL; `chance` is the probability that it is sent again."""

    def __init__(self, chance: float, seed: int = 0) -> None:
        self._chance = chance
        self._random = random.Random(f"cache/{seed}")
        self._kept: dict[str, tuple[float, Answer]] = {}

    def answer(self, url: str, now: float, fresh: Answer, *, stale: bool = False) -> Answer:
        """The fresh answer or the kept one; always the kept one if `stale`."""
        self._forget(now)
        kept_at, kept = self._kept.setdefault(url, (now, fresh))
        if kept is fresh or not (stale or self._random.random() < self._chance):
            return fresh
        return kept.plus(Age=str(int(now - kept_at)))

    def _forget(self, now: float) -> None:
        # A test may set its clock back; then a kept time is in the future and is dropped, too.
        self._kept = {
            url: entry for url, entry in self._kept.items() if 0 <= now - entry[0] < LIFETIME
        }
