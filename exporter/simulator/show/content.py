"""The work of a team that has its invoices, films and calls analysed. Pure."""

from exporter.simulator.play.building import seeded_uuid
from exporter.simulator.play.content_building import analysis
from exporter.simulator.play.scenario import Scenario

_BAD_FILE = ("InvalidRequest", "InvalidContent", "The file is corrupted or its format unsupported.")


def content_opening(start: float, seed: int) -> Scenario:
    """The analyses that exist when the demo starts; the result of one has megabytes."""

    def name(title: str) -> str:
        return seeded_uuid("demo content", seed, title)

    return Scenario(
        content_understanding=(
            analysis(name("invoices"), created=start - 310.5, takes=280, megabytes=3.0,
                     usage=_usage(standard=24)),
            analysis(name("letters"), created=start - 14.25, takes=38, usage=_usage(basic=6),
                     warnings=("ContentTruncated",)),
            analysis(name("archive"), created=start - 60.25, takes=1500,
                     usage=_usage(standard=900)),
            analysis(name("films"), created=start - 30.75, takes=62,
                     analyzer="prebuilt-videoSearch",
                     usage={"videoHours": 1.25, "tokens": {"gpt-4.1-input": 90_000}}),
            analysis(name("calls"), created=start - 9.5, takes=55, analyzer="prebuilt-callCenter",
                     usage={"audioHours": 0.5, "contextualizationTokens": 50_000}),
            analysis(name("bad file"), created=start - 4.5, takes=21, outcome="Failed",
                     error=_BAD_FILE),
            analysis(name("our analyzer"), created=start - 2.5, takes=12,
                     analyzer="delivery-notes", makes_analyzer=True),
        )
    )  # fmt: skip


def _usage(*, basic: int = 0, standard: int = 0) -> dict[str, object]:
    """The usage of so many pages, with the tokens of two models."""
    pages = basic + standard
    return {
        "documentPagesBasic": basic,
        "documentPagesStandard": standard,
        "contextualizationTokens": 1000 * pages,
        "tokens": {
            "gpt-4.1-input": 3100 * pages,
            "gpt-4.1-cached-input": 800 * pages,
            "gpt-4.1-output": 420 * pages,
            "text-embedding-3-large-input": 60 * pages,
        },
    }
