"""A function that makes the analyses of a scenario."""

from collections.abc import Mapping

from exporter.simulator.play.building import operation, seeded_uuid
from exporter.simulator.play.content_understanding import ContentAnalysis
from exporter.simulator.play.operation import Outcome


def analysis(
    id: str | None = None,  # noqa: A002 - the word of the API
    *,
    created: float,
    takes: float | None = 60.0,
    outcome: Outcome = "Succeeded",
    analyzer: str = "prebuilt-invoice",
    makes_analyzer: bool = False,
    usage: Mapping[str, object] | None = None,
    warnings: tuple[str, ...] = (),
    megabytes: float = 0.0,
    error: tuple[str, str, str] | None = None,
    hours_to_live: float = 24.0,
    seed: int = 0,
) -> ContentAnalysis:
    """An analysis, or the making of an analyzer; it runs from its creation on."""
    operation_ = operation(
        id or seeded_uuid("analysis", seed, created),
        created=created,
        starts_after=0,
        takes=takes,
        outcome=outcome,
    )
    return ContentAnalysis(
        **vars(operation_),
        analyzer=analyzer,
        makes_analyzer=makes_analyzer,
        usage=usage or {},
        warnings=warnings,
        megabytes=megabytes,
        error=error,
        hours_to_live=hours_to_live,
    )
