"""Jobs of the Speech services, kept for some hours after their end."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from exporter.simulator.play.operation import Operation

CUSTOM_ROUTES = ("datasets", "models", "endpoints", "evaluations")


@dataclass(frozen=True, kw_only=True)
class SpeechJob(Operation):
    """A job that makes or reads so many milliseconds; a Failed one may have no error."""

    milliseconds: int = 0
    error_code: str | None = None
    error_message: str | None = None
    hours_to_live: int = 744

    def __post_init__(self) -> None:
        """Refuse what could not happen."""
        super().__post_init__()
        if self.outcome == "Canceled":
            raise ValueError(f"{self.id}: nothing cancels a job of a Speech service")

    def exists(self, now: float) -> bool:
        """Whether it is created, and its time to live is not over. An unfinished job has no end."""
        if self.finished is None:
            return self.created <= now
        return self.created <= now < self.finished + 3600 * self.hours_to_live


@dataclass(frozen=True, kw_only=True)
class Synthesis(SpeechJob):
    """A batch synthesis of Avatar or of text to speech.

    A Succeeded one may have `failed_outputs`.
    """

    description: str | None = None
    voice: str = "en-US-AvaMultilingualNeural"
    avatar: Mapping[str, object] = field(default_factory=lambda: {"talkingAvatarCharacter": "lisa"})
    input_kind: str = "PlainText"
    outputs: int = 1
    failed_outputs: int = 0
    neural_characters: int = 0
    custom_neural_characters: int = 0
    aoai_characters: int = 0

    def __post_init__(self) -> None:
        """Refuse what could not happen."""
        super().__post_init__()
        if not 0 <= self.failed_outputs <= self.outputs:
            raise ValueError(f"synthesis {self.id}: more outputs fail than there are")


@dataclass(frozen=True, kw_only=True)
class TextJob(SpeechJob):
    """A job of speech to text; `route` is the part of its path before the id."""

    route: str
    display_name: str
    locale: str = "en-US"


@dataclass(frozen=True, kw_only=True)
class Transcription(TextJob):
    """A batch transcription of so many milliseconds of audio, in so many files.

    A Succeeded one may have `failed_files`.
    """

    route: str = "transcriptions"
    display_name: str = "Calls"
    hours_to_live: int = 48
    files: int = 1
    failed_files: int = 0

    def __post_init__(self) -> None:
        """Refuse what could not happen."""
        super().__post_init__()
        if not 0 <= self.failed_files <= self.files:
            raise ValueError(f"transcription {self.id}: more files fail than there are")


@dataclass(frozen=True, kw_only=True)
class CustomJob(TextJob):
    """A dataset, model, endpoint or evaluation of custom speech, which stays until a DELETE."""

    def __post_init__(self) -> None:
        """Refuse what could not happen."""
        super().__post_init__()
        if self.route not in CUSTOM_ROUTES:
            raise ValueError(f"{self.id}: custom speech has no {self.route}")

    def exists(self, now: float) -> bool:
        return self.created <= now
