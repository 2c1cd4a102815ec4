"""Analyses of Content Understanding, and operations that make an analyzer. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from exporter.simulator.play.operation import Operation


@dataclass(frozen=True, kw_only=True)
class ContentAnalysis(Operation):
    """An analysis; with `makes_analyzer` the operation that makes the analyzer itself.

    `usage` is as in the answer. `megabytes` is how large the result is. `error` are the code, the
    inner code and the message of a Failed one.
    """

    analyzer: str = "prebuilt-invoice"
    makes_analyzer: bool = False
    usage: Mapping[str, object] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    megabytes: float = 0.0
    error: tuple[str, str, str] | None = None
    hours_to_live: float = 24.0

    @property
    def place(self) -> str:
        """The id with the part of the path before it, by which it is told from other kinds."""
        kind = f"analyzers/{self.analyzer}" if self.makes_analyzer else "analyzerResults"
        return f"{kind}/{self.id}"

    def exists(self, now: float) -> bool:
        """Whether it is created and not deleted. How long Azure keeps it is not published."""
        if self.finished is None:
            return self.created <= now
        return self.created <= now < self.finished + 3600 * self.hours_to_live
