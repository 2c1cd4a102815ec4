"""The work of the speech team that is in progress when the demo starts."""

from exporter.simulator.play.building import (
    iteration,
    operation,
    seeded_uuid,
    synthesis,
    translation,
)
from exporter.simulator.play.scenario import Operation, Scenario, Synthesis, Translation


def speech_opening(start: float, seed: int) -> Scenario:
    """The team's films, avatars and audio books."""
    return Scenario(
        video_translation=_videos(start),
        translations=_translations(start),
        avatar=_avatars(start, seed),
        syntheses=_syntheses(start),
        speech_syntheses=_speech_syntheses(start),
    )


def _videos(start: float) -> tuple[Operation, ...]:
    return (
        operation("TownHall-en-US-to-de-DE.1", created=start - 240, takes=255),
        operation("ProductTour-en-US-to-ja-JP.2", created=start - 15, starts_after=40, takes=700),
        operation("Onboarding-de-DE-to-fr-FR", created=start - 30, takes=80, outcome="Canceled"),
        operation(
            "SafetyFilm-en-US-to-pl-PL",
            created=start - 8,
            starts_after=20,
            takes=60,
            outcome="Failed",
        ),
    )


def _translations(start: float) -> tuple[Translation, ...]:
    return (
        translation(
            "AnnualReport-en-US-to-es-ES",
            iteration(
                "First",
                created=start - 290.618,
                takes=104.4,
                outcome="Failed",
                failure_reason="The speech of the video could not be recognized.",
            ),
            iteration("Second", created=start - 60.577, takes=98.696, edits=True),
            created=start - 300.271,
            languages=("en-US", "es-ES"),
        ),
        translation(
            "Keynote-en-US-to-de-DE",
            iteration(created=start - 44.142, starts_after=20.1, takes=1618.034),
            created=start - 44.142,
            terse=True,
        ),
        translation(
            "CookingShow-fr-FR-to-pl-PL",
            iteration(created=start + 15.5, starts_after=25.25, takes=1200.6),
            created=start - 9.81,
            languages=("fr-FR", "pl-PL"),
        ),
    )


def _syntheses(start: float) -> tuple[Synthesis, ...]:
    return (
        synthesis("welcome-message", created=start - 86.02, takes=71.5, characters=212),
        synthesis("product-chapters", created=start - 12.3, takes=50.4, outputs=3,
                  failed_outputs=1, characters=1890),
        synthesis("press-statement", created=start - 6.28, starts_after=14, takes=45.9,
                  outcome="Failed", error=("InvalidInput", "The voice of the request is unknown.")),
        synthesis("lecture-week-7", created=start - 33.3, takes=1735.2, characters=9421,
                  custom_voice=True),
    )  # fmt: skip


def _speech_syntheses(start: float) -> tuple[Synthesis, ...]:
    return (
        synthesis("audiobook-chapter-1", created=start - 71.8, takes=62.6, outputs=12,
                  characters=18250),
        synthesis("audiobook-chapter-2", created=start - 4.7, takes=44.2, outputs=9,
                  failed_outputs=2, characters=14410),
        synthesis("announcements", created=start - 2.9, starts_after=11, takes=36.3,
                  outcome="Failed", error=("BadArgument", "The text is no SSML.")),
    )  # fmt: skip


def _avatars(start: float, seed: int) -> tuple[Operation, ...]:
    def name(title: str) -> str:
        return seeded_uuid("demo avatar", seed, title)

    return (
        operation(name("greeting"), created=start - 60, takes=95),
        operation(name("lecture"), created=start - 5, starts_after=30, takes=1260),
        operation(name("news"), created=start - 2, starts_after=300, takes=420, outcome="Failed"),
    )
