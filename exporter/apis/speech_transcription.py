"""Batch transcriptions of speech to text, api-version 2024-11-15 or 2025-10-15.

https://learn.microsoft.com/azure/ai-services/speech-service/batch-transcription
https://learn.microsoft.com/azure/ai-services/speech-service/batch-transcription-get
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import Field

from exporter.apis.base import SWITCHED, Lister, Target
from exporter.apis.jobs import Jobs
from exporter.apis.reading import Quantity
from exporter.apis.recent import DiscoverRecent
from exporter.apis.request_counts import Assumed, RequestCounts
from exporter.apis.speech import JobProperties, JobStatus
from exporter.apis.speech_reports import REQUESTS, Reported, ReportedList
from exporter.apis.speech_to_text import (
    WORDS,
    DisplayName,
    FilteredList,
    IdOfSelf,
    SpeechToTextSettings,
    ValuesPage,
)
from exporter.model.operation import Amounts
from exporter.model.quantities import Amount
from exporter.settings.types import ID_ALONE, OperationEntry, Switch, Uuid


class TranscriptionProperties(JobProperties):
    """Facts about the audio. The URL of a destination may be signed, so it is not read."""

    milliseconds: Quantity | None = Field(None, validation_alias="durationMilliseconds")

    def amounts(self) -> Amounts:
        milliseconds = self.milliseconds
        return {} if milliseconds is None else {Amount.AUDIO_SECONDS: milliseconds / 1000}


class TranscriptionStatus(JobStatus):
    words: ClassVar = WORDS

    properties: TranscriptionProperties | None = None


class ListedTranscription(TranscriptionStatus):
    """A transcription in a list."""

    id: IdOfSelf
    name: DisplayName = None


class WatchedTranscription(OperationEntry):
    """One transcription: an id, or a mapping with `id` and options."""

    id: Uuid
    """The id of the transcription, which is the last part of its URL `self`."""


class SpeechTranscription(SpeechToTextSettings):
    """Batch transcriptions of a resource, polled at most once a minute."""

    amounts: ClassVar = (Amount.AUDIO_SECONDS,)
    # Azure's page: half an hour until the start, six hours until nine of ten have ended.
    stuck_after: ClassVar = 21600.0
    queued_after: ClassVar = 3600.0

    discover: Annotated[DiscoverRecent | None, SWITCHED] = None
    """Discovers transcriptions: true, or a mapping with options."""
    operations: tuple[Annotated[WatchedTranscription, ID_ALONE], ...] = ()
    """Transcriptions to poll: ids, or mappings with options."""
    reports: Switch = False
    """Reads the report of each finished transcription, for counts of audio files: two more
    requests, one of them to Azure's blob storage.
    """

    def jobs(self) -> Sequence[Jobs]:
        path = self.path("/transcriptions/{}")
        return [Jobs(path, TranscriptionStatus, WatchedTranscription, kind="transcription")]

    def entries(self) -> Sequence[OperationEntry]:
        return self.operations

    def target(self, id_: str) -> Target:
        target = super().target(id_)
        if not self.reports:
            return target
        files_path = self.path(f"/transcriptions/{target.id}/files", "top=100")
        path = self.path(f"/transcriptions/{target.id}")
        return Reported(
            target.id, target.labels, path, TranscriptionStatus, target.kind, files_path=files_path
        )

    def lister(self, own: Sequence[str]) -> Lister | None:  # noqa: ARG002
        if self.discover is None:
            return None
        path = self.path("/transcriptions", "top=100")
        kind = ReportedList if self.reports else FilteredList
        return kind(path, ValuesPage[ListedTranscription], self.discover)

    def request_counts(self, assumed: Assumed) -> RequestCounts:
        """Each report is read once."""
        counts = super().request_counts(assumed)
        jobs = len(self.operations) + (assumed.operations if self.discover else 0)
        return replace(counts, once=REQUESTS * jobs if self.reports else 0)
