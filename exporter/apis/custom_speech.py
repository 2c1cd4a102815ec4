"""Custom speech, api-version 2024-11-15 or 2025-10-15: datasets, models, endpoints, evaluations.

https://learn.microsoft.com/azure/ai-services/speech-service/custom-speech-overview
https://learn.microsoft.com/rest/api/speechtotext/models/list
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import AfterValidator

from exporter.apis.base import SWITCHED, Lister, Target
from exporter.apis.jobs import Jobs
from exporter.apis.recent import DiscoverRecent, PrefixedLists
from exporter.apis.request_counts import Assumed, RequestCounts
from exporter.apis.speech import JobStatus
from exporter.apis.speech_to_text import (
    WORDS,
    DisplayName,
    FilteredList,
    IdOfSelf,
    SpeechToTextSettings,
    ValuesPage,
)
from exporter.settings.types import ID_ALONE, UUID, OperationEntry, Uuid, matching

# The lists and the kinds of their items. `/models/base` has Microsoft's own models, no jobs.
_KINDS = {
    "datasets": "dataset",
    "models": "model",
    "endpoints": "endpoint",
    "evaluations": "evaluation",
}


class CustomStatus(JobStatus):
    """The numbers in its properties are -1 until the end, and are not read."""

    words: ClassVar = WORDS


class ListedJob(CustomStatus):
    """A job in a list."""

    id: IdOfSelf
    name: DisplayName = None


class IdPart(OperationEntry):
    """The part of an id behind the slash."""

    id: Uuid


class WatchedJob(OperationEntry):
    """One dataset, model, endpoint or evaluation: an id, or a mapping with options."""

    id: Annotated[
        str,
        matching(
            f"({'|'.join(_KINDS)})/{UUID}",
            "datasets/, models/, endpoints/ or evaluations/ and a UUID",
        ),
        AfterValidator(str.lower),
    ]
    """The id, like models/827712a5-f942-4997-91c3-7c6cde35600b."""


class CustomSpeech(SpeechToTextSettings):
    """Datasets, models, endpoints and evaluations of custom speech of a resource."""

    stuck_after: ClassVar = 86400.0  # a training reports nothing until its end
    lists: ClassVar = len(_KINDS)

    discover: Annotated[DiscoverRecent | None, SWITCHED] = None
    """Discovers datasets, models, endpoints and evaluations: true, or a mapping with options."""
    operations: tuple[Annotated[WatchedJob, ID_ALONE], ...] = ()
    """Datasets, models, endpoints and evaluations to poll: ids, or mappings with options."""

    def jobs(self) -> Sequence[Jobs]:
        return [
            Jobs(self.path(f"/{name}/{{}}"), CustomStatus, IdPart, kind, prefix=f"{name}/")
            for name, kind in _KINDS.items()
        ]

    def entries(self) -> Sequence[OperationEntry]:
        return self.operations

    def target(self, id_: str) -> Target:
        return super().target(WatchedJob(id=id_).id)

    def lister(self, own: Sequence[str]) -> Lister | None:  # noqa: ARG002
        if self.discover is None:
            return None
        lists = {
            f"{name}/": FilteredList(
                self.path(f"/{name}", "top=100"), ValuesPage[ListedJob], self.discover
            )
            for name in _KINDS
        }
        return PrefixedLists(lists, self.discover)

    def request_counts(self, assumed: Assumed) -> RequestCounts:
        """Each list has a page of its own, also if it is empty."""
        counts = super().request_counts(assumed)
        return replace(counts, round=counts.round + len(_KINDS) - 1 if self.discover else 0)
