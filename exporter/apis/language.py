"""Azure AI Language: analyses of text, conversations and documents; trainings of custom projects.

https://learn.microsoft.com/rest/api/language/text-analysis-runtime/job-status
https://learn.microsoft.com/rest/api/language/conversation-analysis-runtime/get-job-status
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, ClassVar

from msgspec import structs
from pydantic import AfterValidator, Field

from exporter.apis.base import SWITCHED, Lister, Target
from exporter.apis.jobs import Jobs, JobSettings
from exporter.apis.language_jobs import (
    ERROR_CODES,
    JOB_ID,
    NAME,
    WORDS,
    IdPart,
    LanguageJob,
    with_lower_job,
)
from exporter.apis.language_trainings import (
    KINDS,
    PROJECT_ROUNDS,
    DiscoverTrainings,
    Training,
    TrainingLists,
)
from exporter.apis.reading import Count, counted, without_none
from exporter.apis.request_counts import PAGE, Assumed, RequestCounts, pages
from exporter.azure.body import Body
from exporter.model.operation import Operation, State
from exporter.model.quantities import Counted
from exporter.settings.types import ID_ALONE, UUID, OperationEntry, between, known_words, matching

_TEXT_AUTHORING_VERSION = "2023-04-01"

_ANALYSES = {
    "analyze-text": "text_analysis",
    "analyze-conversations": "conversation_analysis",
    "analyze-documents": "document_analysis",
}
_TRAININGS = {
    "analyze-text": "text_training",
    "analyze-conversations": "conversation_training",
}


class Tasks(Body):
    """The tasks of an analysis by state. Azure counts those that wait as in progress."""

    completed: Count | None = None
    failed: Count | None = None
    in_progress: Count | None = Field(None, validation_alias="inProgress")
    total: Count | None = None


class Analysis(LanguageJob):
    """An analysis. A document that fails fails neither its task nor the job."""

    tasks: Tasks | None = None

    def operation(self) -> Operation:
        tasks = self.tasks or Tasks()
        unfinished = State.NOT_STARTED if self.state is State.NOT_STARTED else State.RUNNING
        by_state = {
            unfinished: tasks.in_progress,
            State.SUCCEEDED: tasks.completed,
            State.FAILED: tasks.failed,
        }
        return structs.replace(
            super().operation(),
            counts=counted({Counted.TASKS: by_state}),
            submitted=without_none({Counted.TASKS: tasks.total}),
        )


class WatchedJob(OperationEntry):
    """One analysis or training: an id, or a mapping with options."""

    id: Annotated[
        str,
        matching(
            rf"({'|'.join(_ANALYSES)})/{UUID}|authoring/({'|'.join(_TRAININGS)})/{NAME}/train/{JOB_ID}",
            "analyze-text/ID, analyze-conversations/ID, analyze-documents/ID, "
            "authoring/analyze-text/PROJECT/train/ID or "
            "authoring/analyze-conversations/PROJECT/train/ID",
        ),
        AfterValidator(with_lower_job),
    ]
    """The id, like analyze-text/0b9dbc3c-3b5b-4f0c-8b0e-5d3a6f0e7a11."""


class Language(JobSettings):
    """Analyses of a Language resource, and the trainings of its projects."""

    words: ClassVar = WORDS
    account_endpoints: ClassVar = (
        "Custom Text Authoring",
        "Conversational Language Understanding Authoring",
    )
    account_kinds: ClassVar = ("TextAnalytics", "AIServices")
    account_path: ClassVar = "language/authoring/analyze-text/projects"
    stuck_after: ClassVar = 7200.0
    lists: ClassVar = 3  # the projects of both kinds, and the trainings of the first
    error_codes: ClassVar = ERROR_CODES

    api_version: Annotated[str, known_words(("2024-11-01", "2023-04-01"))] = "2024-11-01"
    """The version of Azure's API for analyses of text and conversations."""
    documents_api_version: Annotated[
        str, known_words(("2026-05-15-preview", "2025-11-15-preview", "2024-11-15-preview"))
    ] = "2026-05-15-preview"
    """The version for analyses of documents."""
    authoring_api_version: Annotated[str, known_words(("2023-04-01", "2025-11-01"))] = "2023-04-01"
    """The version for trainings of conversational projects; those of text projects use 2023-04-01.
    """
    # https://learn.microsoft.com/azure/ai-services/language-service/conversational-language-understanding/service-limits
    requests_per_minute: Annotated[float, between(0.1, 60000, "0.1 to 60000")] = 100.0
    """Requests a minute to this API, within the budget of the resource. Azure's limit for trainings
    is 100; without trainings, a higher value is possible.
    """
    discover: Annotated[DiscoverTrainings | None, SWITCHED] = None
    """Discovers the trainings of all projects: true, or a mapping with options."""
    operations: tuple[Annotated[WatchedJob, ID_ALONE], ...] = ()
    """Analyses and trainings to poll: ids, or mappings with options. Azure has no list of analyses.
    """

    @property
    def requests_per_second(self) -> float | None:
        return self.requests_per_minute / 60

    def jobs(self) -> Sequence[Jobs]:
        return [
            *(
                Jobs(self._analysis_path(name), Analysis, IdPart, kind, prefix=f"{name}/")
                for name, kind in _ANALYSES.items()
            ),
            *(
                Jobs(
                    self._authoring_path(name, "/{0}/train/jobs/{2}"),
                    Training,
                    IdPart,
                    kind,
                    prefix=f"authoring/{name}/",
                    form="{0}/train/{2}",
                )
                for name, kind in _TRAININGS.items()
            ),
        ]

    def entries(self) -> Sequence[OperationEntry]:
        return self.operations

    def target(self, id_: str) -> Target:
        return super().target(WatchedJob(id=id_).id)

    def lister(self, own: Sequence[str]) -> Lister | None:  # noqa: ARG002
        if self.discover is None:
            return None
        return TrainingLists(self._list_path, self.discover)

    def request_counts(self, assumed: Assumed) -> RequestCounts:
        """A round reads a list for each project, one of several also the lists of projects."""
        counts = super().request_counts(assumed)
        if self.discover is None:
            return counts
        lists = assumed.projects + assumed.operations // PAGE
        project_pages = len(KINDS) * pages(assumed.projects) / PROJECT_ROUNDS
        return replace(counts, round=lists + project_pages)

    def _analysis_path(self, name: str) -> str:
        if name == "analyze-documents":
            return f"/language/{name}/jobs/{{}}?api-version={self.documents_api_version}"
        # Text alone can be asked for with fewer results.
        top = "&top=1" if name == "analyze-text" else ""
        return f"/language/{name}/jobs/{{}}?api-version={self.api_version}{top}"

    def _authoring_path(self, kind: str, rest: str) -> str:
        of_text = kind == "analyze-text"
        version = _TEXT_AUTHORING_VERSION if of_text else self.authoring_api_version
        return f"/language/authoring/{kind}/projects{rest}?api-version={version}"

    def _list_path(self, kind: str, rest: str) -> str:
        return f"{self._authoring_path(kind, rest)}&maxpagesize={PAGE}"
