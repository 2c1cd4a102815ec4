"""Text to speech avatar, api-version 2024-08-01: operations and batch syntheses.

https://learn.microsoft.com/rest/api/aiservices/speechapi/operations/get
https://learn.microsoft.com/azure/ai-services/speech-service/text-to-speech-avatar/batch-synthesis-avatar
"""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from exporter.apis.base import SWITCHED, Discover, Lister
from exporter.apis.jobs import Jobs, JobSettings
from exporter.apis.reading import Count, Quantity, Text, without_none, words
from exporter.apis.speech import (
    SPEECH_KINDS,
    SYNTHESIS_ERROR_CODES,
    JobProperties,
    JobStatus,
    SpeechId,
    SpeechOperation,
    SpeechStatus,
    outputs,
)
from exporter.azure.body import Body, ItemsPage
from exporter.model.operation import Amounts, Counts, Number, State
from exporter.model.quantities import Amount
from exporter.settings.types import ID_ALONE, OperationEntry, between

_VERSION = "api-version=2024-08-01"
WORDS = words(State.NOT_STARTED, State.RUNNING, State.SUCCEEDED, State.FAILED)


class Billing(Body):
    """What a batch synthesis was charged for."""

    neural: Quantity | None = Field(None, validation_alias="neuralCharacters")
    custom: Quantity | None = Field(None, validation_alias="customNeuralCharacters")
    openai: Quantity | None = Field(None, validation_alias="aoaiCharacters")
    openai_hd: Quantity | None = Field(None, validation_alias="aoaiHDCharacters")
    seconds: Quantity | None = Field(None, validation_alias="talkingAvatarDurationSeconds")

    def amounts(self) -> Amounts:
        return without_none(
            {
                Amount.CHARACTERS_CHARGED: self.characters(),
                Amount.BILLED_DURATION_SECONDS: self.seconds,
            }
        )

    def characters(self) -> Number | None:
        """The sum for all kinds of voices."""
        fields = [self.neural, self.custom, self.openai, self.openai_hd]
        counts = [count for count in fields if count is not None]
        return sum(counts) if counts else None


class SynthesisProperties(JobProperties):
    """Facts about the outputs; only `error` gives a reason."""

    succeeded: Count | None = Field(None, validation_alias="succeededCount")
    failed: Count | None = Field(None, validation_alias="failedCount")
    billing: Billing | None = Field(None, validation_alias="billingDetails")

    def counts(self) -> Counts:
        return outputs(self.succeeded, self.failed)

    def amounts(self) -> Amounts:
        return self.billing.amounts() if self.billing else {}


class AvatarStatus(SpeechStatus):
    words: ClassVar = WORDS


class SynthesisStatus(JobStatus):
    words: ClassVar = WORDS

    name: Text = Field(None, validation_alias="description")
    properties: SynthesisProperties | None = None


class SynthesisItem(SynthesisStatus):
    """A batch synthesis in a list, where the id is required."""

    id: SpeechId


class Avatar(JobSettings):
    """Avatar operations and batch syntheses of a resource."""

    words: ClassVar = WORDS
    amounts: ClassVar = (Amount.BILLED_DURATION_SECONDS,)
    error_codes: ClassVar = SYNTHESIS_ERROR_CODES
    account_endpoints: ClassVar = ("Speech Services Batch Avatar",)
    account_kinds: ClassVar = SPEECH_KINDS
    account_path: ClassVar = "avatar/batchsyntheses"

    # Azure's two requests a minute are a limit of PUT alone, as each account's callRateLimit says.
    # https://learn.microsoft.com/azure/ai-services/speech-service/speech-services-quotas-and-limits
    requests_per_minute: Annotated[float, between(0.1, 60000, "0.1 to 60000")] | None = None
    """Requests a minute to this API, within the budget of the resource; by default only that budget
    is the limit.
    """
    discover: Annotated[Discover | None, SWITCHED] = None
    """Discovers batch syntheses: true, or a mapping with options."""
    operations: tuple[Annotated[SpeechOperation, ID_ALONE], ...] = ()
    """Operations to poll: the Operation-Id of the PUT request, or a mapping with options."""

    @property
    def requests_per_second(self) -> float | None:
        return None if self.requests_per_minute is None else self.requests_per_minute / 60

    def jobs(self) -> Sequence[Jobs]:
        return [_SYNTHESES, _OPERATIONS]

    def entries(self) -> Sequence[OperationEntry]:
        return self.operations

    def lister(self, own: Sequence[str]) -> Lister | None:  # noqa: ARG002
        path = f"/avatar/batchsyntheses?maxpagesize=100&{_VERSION}"
        return self.list_of(path, ItemsPage[SynthesisItem], _SYNTHESES, self.discover)


_OPERATIONS = Jobs(f"/avatar/operations/{{}}?{_VERSION}", AvatarStatus, SpeechOperation)
_SYNTHESES = Jobs(
    f"/avatar/batchsyntheses/{{}}?{_VERSION}",
    SynthesisStatus,
    SpeechOperation,
    kind="batch_synthesis",
    prefix="batchsyntheses/",
    reusable_ids=True,
)
