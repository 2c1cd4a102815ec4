"""Batch text to speech, api-version 2024-04-01: batch syntheses.

https://learn.microsoft.com/azure/ai-services/speech-service/batch-synthesis
https://learn.microsoft.com/rest/api/batchtexttospeech/batch-syntheses/get
"""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from exporter.apis.base import SWITCHED, Lister
from exporter.apis.jobs import Jobs, JobSettings
from exporter.apis.reading import Count, Quantity, read_number, without_none, words
from exporter.apis.recent import DiscoverRecent, RecentList
from exporter.apis.speech import (
    SPEECH_KINDS,
    SYNTHESIS_ERROR_CODES,
    JobProperties,
    JobStatus,
    SpeechId,
    outputs,
)
from exporter.azure.body import ItemsPage
from exporter.model.operation import Amounts, Counts, Number, State
from exporter.model.quantities import Amount
from exporter.settings.types import ID_ALONE, OperationEntry

_PATH = "/texttospeech/batchsyntheses"
_VERSION = "api-version=2024-04-01"
WORDS = words(State.NOT_STARTED, State.RUNNING, State.SUCCEEDED, State.FAILED)


def _sum_of_numbers(billing: object) -> Number | None:
    """The characters for all kinds of voices, whose names differ between revisions of the API."""
    values = billing.values() if isinstance(billing, dict) else ()
    numbers = [number for value in values if (number := read_number(value)) is not None]
    return sum(numbers) if numbers else None


class SynthesisProperties(JobProperties):
    """Facts about the audios; a synthesis has them when it has finished."""

    succeeded: Count | None = Field(None, validation_alias="succeededAudioCount")
    failed: Count | None = Field(None, validation_alias="failedAudioCount")
    milliseconds: Quantity | None = Field(None, validation_alias="durationInMilliseconds")
    characters: Annotated[Quantity | None, BeforeValidator(_sum_of_numbers)] = Field(
        None, validation_alias="billingDetails"
    )

    def counts(self) -> Counts:
        return outputs(self.succeeded, self.failed)

    def amounts(self) -> Amounts:
        milliseconds = self.milliseconds
        return without_none(
            {
                Amount.CHARACTERS_CHARGED: self.characters,
                Amount.AUDIO_SECONDS: None if milliseconds is None else milliseconds / 1000,
            }
        )


class SynthesisStatus(JobStatus):
    words: ClassVar = WORDS

    properties: SynthesisProperties | None = None


class SynthesisItem(SynthesisStatus):
    """A batch synthesis in a list, where the id is required. It has no display name."""

    id: SpeechId
    name: ClassVar[None] = None


class WatchedSynthesis(OperationEntry):
    """One batch synthesis: an id, or a mapping with `id` and options."""

    id: SpeechId
    """The id of the batch synthesis, which is in the path of the PUT request that started it."""


class SpeechSynthesis(JobSettings):
    """Batch syntheses of text to speech of a resource."""

    words: ClassVar = WORDS
    stuck_after: ClassVar = 900.0
    amounts: ClassVar = (Amount.AUDIO_SECONDS,)
    error_codes: ClassVar = SYNTHESIS_ERROR_CODES
    account_endpoints: ClassVar = ("Speech Services Batch Text to Speech",)
    account_kinds: ClassVar = SPEECH_KINDS
    account_path: ClassVar = "texttospeech/batchsyntheses"

    discover: Annotated[DiscoverRecent | None, SWITCHED] = None
    """Discovers batch syntheses: true, or a mapping with options."""
    operations: tuple[Annotated[WatchedSynthesis, ID_ALONE], ...] = ()
    """Batch syntheses to poll: ids, or mappings with options."""

    def jobs(self) -> Sequence[Jobs]:
        return [_SYNTHESES]

    def entries(self) -> Sequence[OperationEntry]:
        return self.operations

    def lister(self, own: Sequence[str]) -> Lister | None:  # noqa: ARG002
        if self.discover is None:
            return None
        path = f"{_PATH}?maxpagesize=100&{_VERSION}"
        return RecentList(path, ItemsPage[SynthesisItem], self.discover)


_SYNTHESES = Jobs(
    f"{_PATH}/{{}}?{_VERSION}",
    SynthesisStatus,
    WatchedSynthesis,
    kind="batch_synthesis",
    reusable_ids=True,
)
