"""Where the CPU of a program goes: its stack is looked at each millisecond of CPU."""

import signal
from collections import Counter
from types import FrameType

from tests.benchmarks.obeying import Answer

_EVERY = 0.001  # seconds of CPU

# By the beginning of the module's name; the innermost frame that is of a part decides.
PARTS = {
    "HTTP": ("aiohttp.", "yarl.", "multidict", "exporter.azure.http"),
    "reading the answer": (
        *("exporter.azure.answer", "exporter.azure.body", "exporter.azure.repair"),
        *("exporter.redaction.", "exporter.text", "exporter.apis.", "pydantic."),
    ),
    "budget, breaker and credential": ("exporter.azure.",),
    "merging": ("exporter.model.",),
    "rendering": ("exporter.exposition.",),
    "counters, history and logs": ("exporter.telemetry.", "prometheus_client.", "structlog."),
    "polls and their times": ("exporter.polling.", "exporter.app."),
    "the event loop": ("asyncio.", "selectors"),
}
OTHER = "all other"


class Sampler:
    """Counts for which part the program works, from `begin` to `end`."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    async def begin(self, _: str = "") -> Answer:
        self._counts.clear()
        signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, _EVERY, _EVERY)
        return {}

    async def end(self, _: str = "") -> Answer:
        """The share of each part, 0 to 1."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        total = self._counts.total() or 1
        return {part: self._counts[part] / total for part in (*PARTS, OTHER)}

    def _look(self, _signal: int, frame: FrameType | None) -> None:
        while frame:
            module = str(frame.f_globals.get("__name__"))
            for part, beginnings in PARTS.items():
                if module.startswith(beginnings):
                    self._counts[part] += 1
                    return
            frame = frame.f_back
        self._counts[OTHER] += 1
