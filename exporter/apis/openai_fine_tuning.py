"""Fine-tuning jobs of Azure OpenAI, api-version 2024-10-21, 2025-04-01-preview or v1.

Those of a Foundry project are at an endpoint with its path, with v1.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/fine-tuning
https://learn.microsoft.com/azure/ai-foundry/openai/reference#fine-tuning---get
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from exporter.apis.base import SWITCHED, Azure, FindKnown, Found, Lister, StatusBody
from exporter.apis.id_forms import IdForm
from exporter.apis.jobs import Jobs, with_first_end
from exporter.apis.openai import OpenaiSettings, fault_of
from exporter.apis.reading import (
    Count,
    MaybeError,
    Text,
    UnixTime,
    Word,
    read_state,
    without_none,
    words,
)
from exporter.apis.recent import DiscoverRecent, RecentList
from exporter.azure.body import CursorPage
from exporter.model.operation import Operation, State
from exporter.model.quantities import Amount
from exporter.settings.types import ID_ALONE, OperationEntry, matching

WORDS = words(
    pending=State.NOT_STARTED,
    queued=State.NOT_STARTED,
    validating_files=State.NOT_STARTED,
    created=State.NOT_STARTED,
    running=State.RUNNING,
    pausing=State.RUNNING,
    resuming=State.RUNNING,
    paused=State.PAUSED,
    succeeded=State.SUCCEEDED,
    failed=State.FAILED,
    cancelled=State.CANCELLED,
)

JobId = Annotated[
    str,
    matching(
        r"ftjob-[a-zA-Z0-9-]{1,64}",
        "ftjob- and letters, digits or '-', like ftjob-609d281b5c614ab78a8557fbe3ac9209",
    ),
]


class JobStatus(StatusBody):
    """A fine-tuning job. `estimated_finish` is not read: it does not move, whatever happens."""

    status: Word
    model: Text = None
    suffix: Text = None
    created: UnixTime = Field(None, validation_alias="created_at")
    finished: UnixTime = Field(None, validation_alias="finished_at")
    trained: Count | None = Field(None, validation_alias="trained_tokens")
    error: MaybeError = None

    @property
    def name(self) -> str | None:
        return self.suffix or self.model

    def operation(self) -> Operation:
        state = read_state(self.status, WORDS)
        return Operation(
            state=state,
            word=self.status,
            created=self.created,
            last_action=self.finished if state.finished else None,
            amounts=without_none({Amount.TRAINED_TOKENS: self.trained}),
            fault=fault_of(self.error),
        )


class JobItem(JobStatus):
    """A job in a list, where the id is required."""

    id: JobId


class WatchedJob(OperationEntry):
    """One fine-tuning job: an id, or a mapping with `id` and options."""

    id: JobId
    """The id of the job."""


@dataclass
class JobList(RecentList):
    """The jobs of a resource, each with the time at which it was seen to end first."""

    async def found(self, azure: Azure, known: FindKnown, now: float) -> AsyncIterator[Found]:
        async for found in super().found(azure, known, now):
            yield found._replace(operation=with_first_end(known(found.id), found.operation))


class OpenaiFineTuning(OpenaiSettings):
    """Fine-tuning jobs of an Azure OpenAI resource or a Foundry project."""

    words: ClassVar = WORDS
    account_path: ClassVar = "openai/fine_tuning/jobs"
    stuck_after: ClassVar = 21600.0
    queued_after: ClassVar = 21600.0
    amounts: ClassVar = (Amount.TRAINED_TOKENS,)

    discover: Annotated[DiscoverRecent | None, SWITCHED] = None
    """Discovers jobs: true, or a mapping with options."""
    operations: tuple[Annotated[WatchedJob, ID_ALONE], ...] = ()
    """Jobs to poll: ids, or mappings with options."""

    def jobs(self) -> Sequence[Jobs]:
        path = self.path("/fine_tuning/jobs/{}")
        # A cancelled job's `finished_at` moves, by seconds to days: recorded traffic of the SDKs.
        return [Jobs(path, JobStatus, WatchedJob, kind="fine_tuning_job", keeps_end=True)]

    def id_forms(self) -> Sequence[IdForm]:
        # The Location of a new job lacks `jobs` (recorded traffic).
        location = self.path("/fine_tuning/{}").partition("?")[0]
        return [*super().id_forms(), IdForm(location)]

    def entries(self) -> Sequence[OperationEntry]:
        return self.operations

    def lister(self, own: Sequence[str]) -> Lister | None:  # noqa: ARG002
        if self.discover is None:
            return None
        path = self.path("/fine_tuning/jobs", "limit=100")
        return JobList(path, CursorPage[JobItem], self.discover, newest_first=True)
