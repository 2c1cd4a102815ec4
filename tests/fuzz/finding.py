"""A bad input that was not borne, and the count of those that were."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from traceback import extract_tb

LONGEST = 1.0  # seconds of work; whatever takes longer hangs
_SHOWN = 1000  # characters of an input


@dataclass
class Findings:
    """All that was tried of one kind of input."""

    what: str
    tried: int = 0
    slowest: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def trying(self, given: object) -> Iterator[None]:
        """One input: an exception that comes out of here is one that escaped."""
        self.tried += 1
        begun = time.thread_time()
        try:
            yield
        except Exception as error:  # noqa: BLE001  that is what is looked for
            last = extract_tb(error.__traceback__)[-1]
            where = f"{last.filename.rpartition('/')[2]}:{last.lineno}"
            self.failed(f"{type(error).__name__} at {where}: {str(error)[:200]}", given)
        seconds = time.thread_time() - begun
        self.slowest = max(self.slowest, seconds)
        if seconds > LONGEST:
            self.failed(f"took more than {LONGEST:g} s", given)

    def failed(self, how: str, given: object) -> None:
        """Each way to fail is said once, with the first input that shows it."""
        self.outcomes["FAILED"] += 1
        if how not in self.failures:
            self.failures[how] = repr(given)[:_SHOWN]
            print(f"FAILED {self.what}: {how}\n  input: {self.failures[how]}", flush=True)

    def summary(self) -> str:
        """One line."""
        outcomes = ", ".join(f"{count:,} {what}" for what, count in self.outcomes.most_common())
        slowest = f"slowest {1000 * self.slowest:.0f} ms"
        return f"{self.tried:,} {self.what}: {outcomes}; {slowest}; {len(self.failures)} failures"
