"""Text to speech avatar, api-version 2024-08-01: operations and batch syntheses.

https://learn.microsoft.com/rest/api/aiservices/speechapi/operations/get
https://learn.microsoft.com/azure/ai-services/speech-service/text-to-speech-avatar/batch-synthesis-avatar
"""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from exporter.apis.base import SWITCHED, Discover, Lister, StatusBody
from exporter.apis.jobs import Jobs, JobSettings
from exporter.apis.reading import (
    Count,
    MaybeError,
    Quantity,
    Text,
    Timestamp,
    Word,
    counted,
    read_state,
    without_none,
    words,
)
from exporter.apis.speech import SpeechId, SpeechOperation, SpeechStatus
from exporter.azure.body import Body, ItemsPage
from exporter.model.operation import Amounts, Counts, Number, Operation, State
from exporter.model.quantities import Amount, Counted
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


class Properties(Body):
    """Facts about the outputs; only `error` gives a reason."""

    succeeded: Count | None = Field(None, validation_alias="succeededCount")
    failed: Count | None = Field(None, validation_alias="failedCount")
    billing: Billing | None = Field(None, validation_alias="billingDetails")
    error: MaybeError = None

    def counts(self) -> Counts:
        outputs = {State.SUCCEEDED: self.succeeded, State.FAILED: self.failed}
        return counted({Counted.OUTPUTS: outputs})


class AvatarStatus(SpeechStatus):
    words: ClassVar = WORDS


class SynthesisStatus(StatusBody):
    """A batch synthesis. Its `outputs` are signed URLs, so they are not read."""

    status: Word
    name: Text = Field(None, validation_alias="description")
    created: Timestamp = Field(None, validation_alias="createdDateTime")
    last_action: Timestamp = Field(None, validation_alias="lastActionDateTime")
    properties: Properties | None = None

    def operation(self) -> Operation:
        properties = self.properties or Properties()
        return Operation(
            state=read_state(self.status, WORDS),
            word=self.status,
            created=self.created,
            last_action=self.last_action,
            counts=properties.counts(),
            amounts=properties.billing.amounts() if properties.billing else {},
            fault=properties.error.fault() if properties.error else None,
        )


class SynthesisItem(SynthesisStatus):
    """A batch synthesis in a list, where the id is required."""

    id: SpeechId


class Avatar(JobSettings):
    """Avatar operations and batch syntheses of a resource."""

    words: ClassVar = WORDS
    amounts: ClassVar = (Amount.BILLED_DURATION_SECONDS,)
    error_codes: ClassVar = (
        "BadRequest",
        "BadArgument",
        "Unauthorized",
        "Forbidden",
        "NotFound",
        "UnsupportedMediaType",
        "TooManyRequests",
        "InternalServerError",
        "ServiceUnavailable",
    )

    # Azure's two requests a minute are a limit of PUT alone, as each account's callRateLimit says.
    # https://learn.microsoft.com/azure/ai-services/speech-service/speech-services-quotas-and-limits
    requests_per_minute: Annotated[float, between(0.1, 60000, "0.1 to 60000")] | None = None
    """Requests a minute for this API, within the budget of the resource; by default only that
    budget limits it."""
    discover: Annotated[Discover | None, SWITCHED] = None
    """Finds batch syntheses: true, or a mapping with options."""
    operations: tuple[Annotated[SpeechOperation, ID_ALONE], ...] = ()
    """Operations to watch in any case: the Operation-Id of the PUT, or a mapping with options."""

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
