"""The work of the speech team that is in progress when the demo starts."""

from exporter.simulator.play.building import (
    iteration,
    operation,
    seeded_uuid,
    synthesis,
    translation,
)
from exporter.simulator.play.operation import Operation
from exporter.simulator.play.scenario import Scenario, Translation
from exporter.simulator.play.speech_building import custom_job, transcription
from exporter.simulator.play.speech_jobs import CustomJob, Synthesis, Transcription


def speech_opening(start: float, seed: int) -> Scenario:
    """The team's films, avatars, audio books, recorded calls and custom models."""
    return Scenario(
        video_translation=_videos(start),
        translations=_translations(start),
        avatar=_avatars(start, seed),
        syntheses=_syntheses(start),
        speech_syntheses=_speech_syntheses(start),
        transcriptions=_transcriptions(start, seed),
        custom_speech=_custom_speech(start, seed),
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


def _transcriptions(start: float, seed: int) -> tuple[Transcription, ...]:
    def name(title: str) -> str:
        return seeded_uuid("demo transcription", seed, title)

    return (
        transcription(name("night"), created=start - 410.4, takes=372.1, audio=5460,
                      files=14, failed_files=1,
                      display_name="Calls of the night"),
        transcription(name("morning"), created=start - 9.2, takes=1240.8, audio=12900,
                      display_name="Calls of the morning"),
        transcription(name("archive"), created=start - 3.6, starts_after=9, takes=41.5, audio=75,
                      outcome="Failed", display_name="Archive",
                      error=("InvalidData", "The recordings could not be read.")),
    )  # fmt: skip


def _custom_speech(start: float, seed: int) -> tuple[CustomJob, ...]:
    def name(title: str) -> str:
        return seeded_uuid("demo custom speech", seed, title)

    return (
        custom_job("datasets", name("dataset"), created=start - 700.5, takes=312.9,
                   display_name="Terms of our trade"),
        custom_job("models", name("model"), created=start - 380.2, takes=1400.7,
                   display_name="Model with our terms"),
        custom_job("evaluations", name("evaluation"), created=start - 2.4, starts_after=17,
                   takes=39.9, outcome="Failed", display_name="Old against new",
                   error=("InvalidData", "The dataset has no transcripts.")),
        custom_job("endpoints", name("endpoint"), created=start - 900.1, takes=120.3,
                   display_name="Hotline"),
    )  # fmt: skip


def _avatars(start: float, seed: int) -> tuple[Operation, ...]:
    def name(title: str) -> str:
        return seeded_uuid("demo avatar", seed, title)

    return (
        operation(name("greeting"), created=start - 60, takes=95),
        operation(name("lecture"), created=start - 5, starts_after=30, takes=1260),
        operation(name("news"), created=start - 2, starts_after=300, takes=420, outcome="Failed"),
    )
