"""Text to speech avatar, api-version 2024-08-01: operations and batch syntheses.

https://learn.microsoft.com/rest/api/aiservices/speechapi/operations/get
https://learn.microsoft.com/azure/ai-services/speech-service/text-to-speech-avatar/batch-synthesis-avatar
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Annotated, ClassVar

from pydantic import Field

from exporter.apis.base import SWITCHED, Discover, Lister, OneStatus, Settings, Status, Target
from exporter.apis.listing import OneList
from exporter.apis.reading import Count, MaybeError, Text, Timestamp
from exporter.apis.speech import SPEECH_ID, SpeechOperation, SpeechStatus
from exporter.azure.body import ItemsPage, Wire
from exporter.model.operation import Operation, State
from exporter.settings.types import ID_ALONE, NUMBER, Duration, between, matching

_VERSION = "api-version=2024-08-01"


class Billing(Wire):
    """What a batch synthesis has cost."""

    neural: Count | None = Field(None, validation_alias="neuralCharacters")
    custom: Count | None = Field(None, validation_alias="customNeuralCharacters")
    openai: Count | None = Field(None, validation_alias="aoaiCharacters")
    openai_hd: Count | None = Field(None, validation_alias="aoaiHDCharacters")
    seconds: Count | None = Field(None, validation_alias="talkingAvatarDurationSeconds")

    def characters(self) -> int | None:
        """Of all voices together."""
        said = [self.neural, self.custom, self.openai, self.openai_hd]
        counts = [count for count in said if count is not None]
        return sum(counts) if counts else None


class Properties(Wire):
    """What is known of the outputs; `error` is the only place for a reason."""

    succeeded: Count | None = Field(None, validation_alias="succeededCount")
    failed: Count | None = Field(None, validation_alias="failedCount")
    billing: Billing | None = Field(None, validation_alias="billingDetails")
    error: MaybeError = None

    def outputs(self) -> Mapping[State, int] | None:
        said = {State.SUCCEEDED: self.succeeded, State.FAILED: self.failed}
        return {state: count for state, count in said.items() if count is not None} or None


class SynthesisStatus(Status):
    """A batch synthesis. Its `outputs` are signed URLs, which are not even read."""

    id: Annotated[str, matching(*SPEECH_ID)]
    status: str
    name: Text = Field(None, validation_alias="description")
    created: Timestamp = Field(None, validation_alias="createdDateTime")
    last_action: Timestamp = Field(None, validation_alias="lastActionDateTime")
    properties: Properties | None = None

    def operation(self) -> Operation:
        said = self.properties or Properties()
        return Operation(
            state=State.read(self.status),
            word=self.status,
            created=self.created,
            last_action=self.last_action,
            characters_charged=said.billing.characters() if said.billing else None,
            billed_seconds=said.billing.seconds if said.billing else None,
            outputs=said.outputs(),
            fault=said.error.fault() if said.error else None,
        )


class DiscoverSyntheses(Discover):
    """How batch syntheses are found."""

    # One list a minute leaves the other of the two requests to operations.
    interval: Annotated[Duration, between(1, 86400, "1s to 24h")] | None = 60.0
    """Time between two looks at the list."""


class Avatar(Settings):
    """Avatar operations and batch syntheses of a resource."""

    states: ClassVar = (State.NOT_STARTED, State.RUNNING, State.SUCCEEDED, State.FAILED)
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

    # https://learn.microsoft.com/azure/ai-services/speech-service/speech-services-quotas-and-limits
    requests_per_minute: Annotated[float, NUMBER, between(0.1, 60000, "0.1 to 60000")] = 2.0
    """Requests a minute for this API, within the budget of the resource; Azure's published limit
    by default."""
    discover: Annotated[DiscoverSyntheses | None, SWITCHED] = None
    """Finds batch syntheses: true, or a mapping with options."""
    operations: tuple[Annotated[SpeechOperation, ID_ALONE], ...] = ()
    """Operations to watch in any case: the Operation-Id of the PUT, or a mapping with options."""

    @property
    def requests_per_second(self) -> float:
        return self.requests_per_minute / 60

    def synthesis(self, id_: str) -> Target:
        """One batch synthesis; its id has its kind in front, to tell it from an operation."""
        path = f"/avatar/batchsyntheses/{id_}?{_VERSION}"
        return OneStatus(f"{_SYNTHESES}{id_}", {}, path, SynthesisStatus, "batch_synthesis")

    @cached_property
    def by_id(self) -> Mapping[str, SpeechOperation]:
        """What is configured, to be looked up."""
        return {entry.id: entry for entry in self.operations}

    def targets(self) -> Iterable[Target]:
        return [self._operation(entry) for entry in self.operations]

    def target(self, id_: str) -> Target:
        if id_.startswith(_SYNTHESES):
            return self.synthesis(SpeechOperation(id=id_.removeprefix(_SYNTHESES)).id)
        return self._operation(self.by_id.get(id_) or SpeechOperation(id=id_))

    def lister(self, own: Sequence[str]) -> Lister | None:  # noqa: ARG002
        if self.discover is None:
            return None
        path = f"/avatar/batchsyntheses?maxpagesize=100&{_VERSION}"
        return OneList(path, ItemsPage[SynthesisStatus], self.synthesis, self.discover)

    def _operation(self, entry: SpeechOperation) -> Target:
        path = f"/avatar/operations/{entry.id}?{_VERSION}"
        return OneStatus(entry.id, entry.labels, path, SpeechStatus)


_SYNTHESES = "batchsyntheses/"
