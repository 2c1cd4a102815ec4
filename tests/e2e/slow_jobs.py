"""A stuck job for each API with its own threshold, and for two of them also a queued job.

They began hours ago, and end when their Azure has healed.
"""

from collections.abc import Mapping

from exporter.simulator.play.building import seeded_uuid, synthesis
from exporter.simulator.play.document_building import model_operation
from exporter.simulator.play.fine_tuning import FineTuning
from exporter.simulator.play.language import Training, project_job_id
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.play.speech_building import custom_job, transcription

BEGAN = 2 * 3600.0  # seconds ago
UUID = seeded_uuid("slow jobs")
THRESHOLDS = {
    f"stuckSeconds{api}": 5
    for api in (
        "OpenaiBatch",
        "OpenaiFineTuning",
        "Language",
        "DocumentIntelligence",
        "SpeechSynthesis",
        "SpeechTranscription",
        "CustomSpeech",
    )
} | {"queuedSecondsOpenaiFineTuning": 5, "queuedSecondsSpeechTranscription": 5}

_DISCOVERING = {"discover": {"interval": "1s"}}
SECTIONS = dict.fromkeys(
    (
        "openai_fine_tuning",
        "language",
        "document_intelligence",
        "speech_transcription",
        "custom_speech",
    ),
    _DISCOVERING,
)
"""Of the resource `jobs`, which finds all but the reading."""


def _jobs(api: str, operation: str = "") -> Mapping[str, str]:
    labels = {"job": "working", "resource": "jobs", "api": api}
    return labels | {"operation": operation} if operation else labels


STUCK = (
    _jobs("openai_fine_tuning", "ftjob-stuck"),
    _jobs("language"),
    _jobs("document_intelligence"),
    {**_jobs("speech_synthesis", "Stuck-reading"), "resource": "speech"},
    _jobs("speech_transcription", UUID),
    _jobs("custom_speech", f"models/{UUID}"),
)
QUEUED = (
    _jobs("openai_fine_tuning", "ftjob-queued"),
    _jobs("speech_transcription", seeded_uuid("slow jobs", "queued")),
)


def slow_jobs(now: float, ends: float | None) -> Scenario:
    """The jobs at `now`; all of them end at `ends`, if ever."""
    created = now - BEGAN
    takes = None if ends is None else ends - created
    waits = BEGAN + 1e6 if takes is None else 1.0
    return Scenario(
        fine_tunings=(
            FineTuning(id="ftjob-stuck", created=created, started=created + 9, finished=ends),
            FineTuning(
                id="ftjob-queued",
                created=created,
                started=None if ends is None else created + 9,
                finished=ends,
            ),
        ),
        trainings=(
            Training(
                kind="analyze-conversations",  # Azure tells the end of one of text late
                id=project_job_id(UUID, created),
                created=created,
                started=created + 9,
                finished=ends,
            ),
        ),
        document_jobs=(model_operation("our-model", created=created, takes=takes),),
        speech_syntheses=(synthesis("Stuck-reading", created=created, takes=takes, characters=0),),
        transcriptions=(
            transcription(UUID, created=created, takes=takes),
            transcription(
                seeded_uuid("slow jobs", "queued"),
                created=created,
                starts_after=waits,
                takes=takes,
            ),
        ),
        custom_speech=(custom_job("models", UUID, created=created, takes=takes),),
    )
