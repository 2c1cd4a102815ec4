"""Video Translation, api-version 2025-05-20 or 2026-03-01: operations, translations, iterations.

https://learn.microsoft.com/rest/api/aiservices/videotranslation/operation-operations/get-operation
https://learn.microsoft.com/rest/api/aiservices/videotranslation/translation-operations/list-translation
https://learn.microsoft.com/rest/api/aiservices/videotranslation/iteration-operations/list-iteration
"""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar

from pydantic import Field

from exporter.apis.base import (
    SWITCHED,
    Azure,
    Discover,
    FindKnown,
    Found,
    StatusBody,
)
from exporter.apis.jobs import Jobs, JobSettings
from exporter.apis.reading import Text, Timestamp, Word, read_state, words
from exporter.apis.request_counts import Assumed, RequestCounts
from exporter.apis.speech import SPEECH_KINDS, SpeechId, SpeechOperation, SpeechStatus
from exporter.azure.body import Body, ItemsPage
from exporter.errors import Failure, Gone
from exporter.model.operation import Fault, Operation, State
from exporter.model.precedence import begins_anew
from exporter.settings.types import ID_ALONE, OperationEntry, known_words
from exporter.text import KEPT_LIMIT, public

_MAX_FAILURES = 3  # unreadable translations after which a list round stops

WORDS = words(
    State.NOT_STARTED,
    State.RUNNING,
    State.SUCCEEDED,
    State.FAILED,
    State.CANCELLED,
    Canceled=State.CANCELLED,
)


class VideoStatus(SpeechStatus):
    words: ClassVar = WORDS


class IterationStatus(StatusBody):
    """An iteration: one run of a translation, with times, and a reason if it failed."""

    status: Word
    created: Timestamp = Field(None, validation_alias="createdDateTime")
    last_action: Timestamp = Field(None, validation_alias="lastActionDateTime")
    failure_reason: Text = Field(None, validation_alias="failureReason")

    def operation(self) -> Operation:
        return Operation(
            state=read_state(self.status, WORDS),
            word=self.status,
            created=self.created,
            last_action=self.last_action,
            fault=_fault(self.failure_reason),
        )


class IterationItem(IterationStatus):
    """An iteration in a list, where the id is required."""

    id: SpeechId


Latest = tuple[float | None, str]


class LatestIteration(Body):
    """The latest iteration in a list of translations, which has no times."""

    id: SpeechId
    status: Word


class Translation(Body):
    """A translation; only its iterations have states."""

    id: SpeechId
    display_name: Text = Field(None, validation_alias="displayName")
    created: Timestamp = Field(None, validation_alias="createdDateTime")
    latest: LatestIteration | None = Field(None, validation_alias="latestIteration")

    @property
    def latest_key(self) -> Latest:
        """Tells its latest iteration from every other one, also of a translation made again."""
        return self.created, self.latest.id if self.latest else ""

    def has(self, iteration: Operation) -> bool:
        """Whether it is its iteration, not one of a deleted translation with the same id."""
        return not begins_anew(iteration.created, self.created)


def _fault(reason: str | None) -> Fault | None:
    """The reason is prose; it is the code as well if it is a single word."""
    if not reason:
        return None
    code = reason if re.fullmatch(r"\w{1,64}", reason) else "Failed"
    return Fault(code, message=public(reason, KEPT_LIMIT))


@dataclass
class IterationList:
    """All iterations of all translations, with one request for 100 translations.

    The iterations of a translation are requested only when its latest one has changed, which a
    single answer may tell before the list does.

    Attributes:
        read: the translations whose latest iteration has ended and was in their list, as they were.
        listed: the latest iteration of each translation when it was in their list, or in the first
            round.
        begun: whether there was a whole round.
    """

    settings: "VideoTranslation"
    interval: float | None
    max_operations: int
    read: dict[str, Translation] = field(default_factory=dict, compare=False)
    listed: dict[str, Latest] = field(default_factory=dict, compare=False)
    begun: bool = field(default=False, compare=False)

    async def found(self, azure: Azure, known: FindKnown, now: float) -> AsyncIterator[Found]:  # noqa: ARG002
        failures: list[Failure] = []
        ids: set[str] = set()
        path = self.settings.path("", "maxpagesize=100")
        async for page in azure.pages(path, ItemsPage[Translation].read):
            for translation in page.value:
                ids.add(translation.id)
                if not self.begun:
                    self.listed[translation.id] = translation.latest_key
                async for found in self._changed_iterations(azure, known, translation, failures):
                    yield found
        self.begun = True
        for deleted_id in self.listed.keys() - ids:
            del self.listed[deleted_id]
            self.read.pop(deleted_id, None)
        if failures:
            raise failures[0]

    async def _changed_iterations(
        self,
        azure: Azure,
        known: FindKnown,
        translation: Translation,
        failures: list[Failure],
    ) -> AsyncIterator[Found]:
        """All iterations of a translation if its latest has changed, or else the latest one."""
        latest, name = translation.latest, translation.display_name or ""
        if latest is None:
            return
        operation = known(f"{translation.id}/{latest.id}")
        read = self.read.get(translation.id) == translation
        listed = self.listed.get(translation.id) == translation.latest_key
        if (
            listed
            and operation
            and operation.word == latest.status
            and (read or translation.has(operation))
        ):
            yield Found(f"{translation.id}/{latest.id}", operation, name)
            return
        if read:
            return
        try:
            async for iteration in self._iterations(azure, translation.id):
                operation = iteration.operation()
                yield Found(f"{translation.id}/{iteration.id}", operation, name)
                shown = iteration.id == latest.id and iteration.status == latest.status
                if shown and translation.has(operation):
                    self.listed[translation.id] = translation.latest_key
                    if operation.state.finished:
                        self.read[translation.id] = translation
        except Failure as failure:
            failures.append(failure)
            if len(failures) == _MAX_FAILURES:
                raise

    async def _iterations(self, azure: Azure, translation: str) -> AsyncIterator[IterationItem]:
        path = self.settings.path(f"/{translation}/iterations", "maxpagesize=100")
        try:
            async for page in azure.pages(path, ItemsPage[IterationItem].read):
                for iteration in page.value:
                    yield iteration
        except Gone:
            return  # 204: the translation was deleted after the list was read


class VideoTranslation(JobSettings):
    """Video Translation operations of a resource, and the iterations of its translations."""

    words: ClassVar = WORDS
    account_endpoints: ClassVar = ("Video Translation",)
    account_kinds: ClassVar = SPEECH_KINDS
    account_path: ClassVar = "videotranslation/translations"

    api_version: Annotated[str, known_words(("2025-05-20", "2026-03-01"))] = "2025-05-20"
    """Version of Azure's API."""
    discover: Annotated[Discover | None, SWITCHED] = None
    """Discovers translations and their iterations: true, or a mapping with options."""
    operations: tuple[Annotated[SpeechOperation, ID_ALONE], ...] = ()
    """Operations to poll: the Operation-Id of the PUT request, or a mapping with options."""

    def path(self, rest: str, query: str = "") -> str:
        """Path and query below the translations."""
        options = "&".join(filter(None, (f"api-version={self.api_version}", query)))
        return f"/videotranslation/translations{rest}?{options}"

    def jobs(self) -> Sequence[Jobs]:
        operations = f"/videotranslation/operations/{{}}?api-version={self.api_version}"
        iterations = self.path("/{}/iterations/{}")
        return [
            Jobs(
                iterations,
                IterationStatus,
                SpeechOperation,
                kind="iteration",
                form="{}/{}",
                reusable_ids=True,
            ),
            Jobs(operations, VideoStatus, SpeechOperation),
        ]

    def entries(self) -> Sequence[OperationEntry]:
        return self.operations

    def lister(self, own: Sequence[str]) -> IterationList | None:  # noqa: ARG002
        if self.discover is None:
            return None
        return IterationList(self, self.discover.interval, self.discover.max_operations)

    def request_counts(self, assumed: Assumed) -> RequestCounts:
        """Each iteration takes three more requests: when it is new, starts and ends."""
        discovered = assumed.operations if self.discover else 0
        return replace(super().request_counts(assumed), once=3 * discovered)
