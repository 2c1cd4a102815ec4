"""Trainings of conversational projects and of custom text projects, found in lists.

https://learn.microsoft.com/rest/api/language/conversational-language-understanding-authoring/list-training-jobs
https://learn.microsoft.com/rest/api/language/text-analysis-authoring/list-training-jobs
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

from msgspec import structs
from pydantic import Field

from exporter.apis.base import Azure, DiscoveringLister, FindKnown, Found
from exporter.apis.language_jobs import JOB_ID, NAME, LanguageJob
from exporter.apis.reading import Text, Timestamp, without_none
from exporter.apis.recent import DiscoverRecent, RecentList, known_as
from exporter.azure.body import Body, ItemsPage
from exporter.errors import Failure, Gone
from exporter.model.operation import Amounts, Operation, State
from exporter.model.quantities import Amount
from exporter.settings.types import Duration, between, matching

KINDS = ("analyze-text", "analyze-conversations")
PROJECT_ROUNDS = 5  # one of so many rounds reads the projects
_MAX_FAILURES = 3  # lists that cannot be read after which a round stops
_NOT_STARTED = "notStarted"


class Phase(Body):
    """A phase of a training."""

    percent: Annotated[float, Field(ge=0, le=100, strict=True)] | None = Field(
        None, validation_alias="percentComplete"
    )
    status: str = ""
    start: Timestamp = Field(None, validation_alias="startDateTime")
    end: Timestamp = Field(None, validation_alias="endDateTime")

    @property
    def ratio(self) -> float | None:
        return None if self.percent is None else self.percent / 100


class TrainingResult(Body):
    """The phases of a training; only some conversational ones generate data."""

    name: Text = Field(None, validation_alias="modelLabel")
    data_generation: Phase | None = Field(None, validation_alias="dataGenerationStatus")
    training: Phase | None = Field(None, validation_alias="trainingStatus")
    evaluation: Phase | None = Field(None, validation_alias="evaluationStatus")

    def phases(self) -> Sequence[Phase]:
        """In the order in which they run."""
        phases = (self.data_generation, self.training, self.evaluation)
        return [phase for phase in phases if phase]

    def amounts(self) -> Amounts:
        phases = {
            Amount.DATA_GENERATION_PROGRESS: self.data_generation,
            Amount.TRAINING_PROGRESS: self.training,
            Amount.EVALUATION_PROGRESS: self.evaluation,
        }
        return without_none({amount: phase.ratio for amount, phase in phases.items() if phase})

    def progress(self) -> float | None:
        """The mean of the phases, without those that a later one has passed over."""
        begun = [phase.status != _NOT_STARTED for phase in self.phases()]
        ratios = [
            phase.ratio
            for number, phase in enumerate(self.phases())
            if phase.ratio is not None and (begun[number] or not any(begun[number:]))
        ]
        return sum(ratios) / len(ratios) if ratios else None

    def started(self) -> float | None:
        return min((phase.start for phase in self.phases() if phase.start), default=None)

    def ended(self) -> float | None:
        return max((phase.end for phase in self.phases() if phase.end), default=None)


class Training(LanguageJob):
    """A training. A succeeded one may have phases that never started."""

    result: TrainingResult | None = None

    def operation(self) -> Operation:
        result = self.result or TrainingResult()
        succeeded = self.state is State.SUCCEEDED
        return structs.replace(
            super().operation(),
            # Azure notices an end up to half a minute late, and calls that the last update.
            last_action=(result.ended() if succeeded else None) or self.last_action,
            started=result.started(),
            progress=1.0 if succeeded else result.progress(),
            amounts=result.amounts(),
        )


class ListedTraining(Training):
    """A training in a list, where the id is required."""

    id: Annotated[str, matching(JOB_ID, "a job's id")] = Field(validation_alias="jobId")

    @property
    def name(self) -> str | None:
        return self.result.name if self.result else None


class Project(Body):
    """A project in a list."""

    name: Annotated[str, matching(NAME, "a name")] = Field(validation_alias="projectName")


class DiscoverTrainings(DiscoverRecent):
    """Discovery of trainings."""

    interval: Annotated[Duration, between(1, 86400, "1s to 24h")] = 60.0
    """Time between two requests for the lists of trainings; each project has one list."""


@dataclass
class TrainingLists(DiscoveringLister):
    """A list of projects of each kind, and below each project a list of its trainings.

    Attributes:
        path: the path of a list, from the kind and the rest of the path.
        discover: the setting.
    """

    path: Callable[[str, str], str]
    discover: DiscoverTrainings
    _rounds: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0), compare=False)
    _lists: dict[str, Mapping[str, RecentList]] = field(
        default_factory=lambda: {kind: {} for kind in KINDS}, compare=False
    )

    async def found(self, azure: Azure, known: FindKnown, now: float) -> AsyncIterator[Found]:
        """The trainings of all projects; a list that cannot be read leaves out its own alone."""
        failures: list[Failure] = []
        for kind in KINDS:
            read = self._rounds[kind] > 0 or await self._read_projects(kind, azure, failures)
            self._rounds[kind] = (self._rounds[kind] + 1) % PROJECT_ROUNDS if read else 0
            for project, trainings in self._lists[kind].items():
                full_id = partial(training_id, kind, project)
                try:
                    async for found in trainings.found(azure, known_as(known, full_id), now):
                        yield found._replace(id=full_id(found.id))
                except Gone:
                    continue  # the project was deleted after the list of projects was read
                except Failure as failure:
                    failures.append(failure)
                    if len(failures) >= _MAX_FAILURES:
                        raise
        if failures:
            raise failures[0]

    async def _read_projects(self, kind: str, azure: Azure, failures: list[Failure]) -> bool:
        """Read the projects of a kind; whether that was possible."""
        names: list[str] = []
        try:
            async for page in azure.pages(self.path(kind, ""), ItemsPage[Project].read):
                names += [project.name for project in page.value]
        except Failure as failure:
            failures.append(failure)
            return False
        before = self._lists[kind]
        self._lists[kind] = {name: before.get(name) or self._list(kind, name) for name in names}
        return True

    def _list(self, kind: str, project: str) -> RecentList:
        path = self.path(kind, f"/{project}/train/jobs")
        return RecentList(path, ItemsPage[ListedTraining], self.discover)


def training_id(kind: str, project: str, job: str) -> str:
    """The id of a training."""
    return f"authoring/{kind}/{project}/train/{job.lower()}"
