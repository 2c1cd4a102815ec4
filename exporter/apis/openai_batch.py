"""Batches of Azure OpenAI, api-version 2024-10-21, 2025-04-01-preview or v1.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/batch
https://learn.microsoft.com/azure/ai-foundry/openai/reference#batch---get
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from exporter.apis.base import SWITCHED, Lister, StatusBody
from exporter.apis.jobs import Jobs
from exporter.apis.openai import OpenaiSettings, fault_of
from exporter.apis.openai_tokens import Usage
from exporter.apis.reading import (
    Count,
    MaybeError,
    Text,
    UnixTime,
    Word,
    counted,
    read_state,
    without_none,
    words,
)
from exporter.apis.recent import DiscoverRecent, RecentList
from exporter.azure.body import Body, CursorPage
from exporter.model.operation import Operation, State
from exporter.model.quantities import Amount, Counted
from exporter.settings.types import ID_ALONE, OperationEntry, matching

_FILTERING_VERSION = "2025-04-01-preview"
WORDS = words(
    validating=State.NOT_STARTED,
    in_progress=State.RUNNING,
    finalizing=State.RUNNING,
    completed=State.SUCCEEDED,
    failed=State.FAILED,
    expired=State.EXPIRED,
    cancelling=State.CANCELLING,
    cancelled=State.CANCELLED,
)

BatchId = Annotated[
    str,
    matching(
        r"batch_[a-zA-Z0-9-]{1,64}",
        "batch_ and letters, digits or '-', like batch_2144f9fa-c3bf-412d-9f4c-400db5595ad8",
    ),
]


class RequestCounts(Body):
    """Requests of a batch; 0 until Azure has counted them, for small batches at its end."""

    total: Count | None = None
    completed: Count | None = None
    failed: Count | None = None


def _first_error(value: object) -> object:
    """The first of `{"data": [...]}`; the specification has one object in place of the list."""
    data: object = value.get("data") if isinstance(value, dict) else None
    return next(iter(data), None) if isinstance(data, list) else data


class BatchStatus(StatusBody):
    """A batch. Its files and metadata are not read: `error_file_id` says nothing of failures."""

    status: Word
    name: Text = Field(None, validation_alias="model")
    created: UnixTime = Field(None, validation_alias="created_at")
    started: UnixTime = Field(None, validation_alias="in_progress_at")
    deadline: UnixTime = Field(None, validation_alias="expires_at")
    finalizing_at: UnixTime = None
    completed_at: UnixTime = None
    failed_at: UnixTime = None
    expired_at: UnixTime = None
    cancelling_at: UnixTime = None
    cancelled_at: UnixTime = None
    requests: RequestCounts | None = Field(None, validation_alias="request_counts")
    usage: Usage | None = None
    error: Annotated[MaybeError, BeforeValidator(_first_error)] = Field(
        None, validation_alias="errors"
    )

    def operation(self) -> Operation:
        requests = self.requests or RequestCounts()
        by_state = {State.SUCCEEDED: requests.completed, State.FAILED: requests.failed}
        return Operation(
            state=read_state(self.status, WORDS),
            word=self.status,
            created=self.created,
            last_action=self._last_action(),
            started=self.started,
            deadline=self.deadline,
            counts=counted({Counted.REQUESTS: by_state}),
            submitted=without_none({Counted.REQUESTS: requests.total}),
            amounts=self.usage.amounts() if self.usage else {},
            fault=fault_of(self.error),
        )

    def _last_action(self) -> float | None:
        """When the batch entered its state: the latest of its times."""
        times = (
            self.created,
            self.started,
            self.finalizing_at,
            self.completed_at,
            self.failed_at,
            self.expired_at,
            self.cancelling_at,
            self.cancelled_at,
        )
        return max((time for time in times if time is not None), default=None)


class BatchItem(BatchStatus):
    """A batch in a list, where the id is required."""

    id: BatchId


class WatchedBatch(OperationEntry):
    """One batch: an id, or a mapping with `id` and options."""

    id: BatchId
    """The id of the batch."""


@dataclass
class BatchList(RecentList):
    """The batches of a resource; `filtered` if Azure leaves out the old ones."""

    filtered: bool = False

    def first_page(self, now: float) -> str:
        if not self.filtered:
            return self.path
        return f"{self.path}&$filter=created_at%20gt%20{now - self.discover.lookback:.0f}"


class OpenaiBatch(OpenaiSettings):
    """Batches of an Azure OpenAI resource."""

    words: ClassVar = WORDS
    account_path: ClassVar = "openai/batches"
    stuck_after: ClassVar = 86400.0
    amounts: ClassVar = (
        Amount.INPUT_TOKENS,
        Amount.CACHED_INPUT_TOKENS,
        Amount.OUTPUT_TOKENS,
        Amount.REASONING_TOKENS,
    )
    error_codes: ClassVar = (
        "token_limit_exceeded",
        "invalid_json_line",
        "too_many_tasks",
        "url_mismatch",
        "model_not_found",
        "duplicate_custom_id",
        "empty_file",
        "model_mismatch",
        "invalid_request",
        "input_modified",
        "input_no_permissions",
    )

    discover: Annotated[DiscoverRecent | None, SWITCHED] = None
    """Discovers batches: true, or a mapping with options."""
    operations: tuple[Annotated[WatchedBatch, ID_ALONE], ...] = ()
    """Batches to poll: ids, or mappings with options."""

    def jobs(self) -> Sequence[Jobs]:
        return [Jobs(self.path("/batches/{}"), BatchStatus, WatchedBatch, kind="batch")]

    def entries(self) -> Sequence[OperationEntry]:
        return self.operations

    def lister(self, own: Sequence[str]) -> Lister | None:  # noqa: ARG002
        if self.discover is None:
            return None
        return BatchList(
            self.path("/batches", "limit=100"),
            CursorPage[BatchItem],
            self.discover,
            filtered=self.api_version == _FILTERING_VERSION,
        )
