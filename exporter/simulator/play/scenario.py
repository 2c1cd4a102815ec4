"""Scenarios: the operations that the simulator plays, with the times of their events.

All times are Unix seconds; `None` means never. `timeline` makes a state of a description and a
time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from exporter.simulator.play.content_understanding import ContentAnalysis
from exporter.simulator.play.document_jobs import DocumentJob
from exporter.simulator.play.fine_tuning import FineTuning
from exporter.simulator.play.language import Analysis, QuestionJob, Training
from exporter.simulator.play.openai import OpenaiBatch
from exporter.simulator.play.operation import Operation, in_order
from exporter.simulator.play.speech_jobs import CustomJob, Synthesis, Transcription


@dataclass(frozen=True)
class Failure:
    """Why a batch, a document or a QnA Maker operation failed."""

    inner_code: str
    message: str
    code: str = "InvalidRequest"


@dataclass(frozen=True, kw_only=True)
class Document:
    """One source document of a batch in one target language.

    A document that failed before it started has neither `created` nor `started`.
    """

    id: str
    source: str
    target: str
    language: str
    characters: int
    created: float | None
    started: float | None
    finished: float | None
    failure: Failure | None = None
    images: int = 0
    deployment: str | None = None

    def __post_init__(self) -> None:
        """Refuse what could not happen."""
        in_order(self.id, self.created, self.started, self.finished)
        if self.started is None and self.finished is not None and self.failure is None:
            raise ValueError(f"document {self.id} succeeds without having started")


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A Document Translation batch; its documents are unknown until the container is `listed`.

    `rejected` is when validation fails (then there is a `failure` and there are no documents).
    `cancel_asked` is the time of the DELETE, `cancelled` when the last document has stopped; they
    have no effect on a batch that has finished before.
    """

    id: str
    created: float
    listed: float | None = None
    documents: tuple[Document, ...] = ()
    rejected: float | None = None
    failure: Failure | None = None
    cancel_asked: float | None = None
    cancelled: float | None = None

    def __post_init__(self) -> None:
        """Refuse what could not happen."""
        in_order(self.id, self.created, self.listed)
        in_order(self.id, self.created, self.rejected)
        in_order(self.id, self.created, self.cancel_asked, self.cancelled)
        for document in self.documents:
            in_order(self.id, self.listed, document.created, document.started)
            in_order(self.id, self.listed, document.finished)
        if (self.rejected is None) != (self.failure is None):
            raise ValueError(f"batch {self.id}: rejected and failure belong together")
        if (self.cancel_asked is None) != (self.cancelled is None):
            raise ValueError(f"batch {self.id}: cancel_asked and cancelled belong together")
        if (self.listed is None) != (not self.documents):
            raise ValueError(f"batch {self.id}: listed and documents belong together")
        if self.rejected is not None and self.documents:
            raise ValueError(f"batch {self.id}: a rejected batch has no documents")


@dataclass(frozen=True, kw_only=True)
class QnaOperation(Operation):
    """An operation of QnA Maker; a Failed one may have no `failure`."""

    user: str
    knowledge_base: str
    failure: Failure | None = None
    utc_offset_minutes: int = 330


@dataclass(frozen=True, kw_only=True)
class Iteration(Operation):
    """One attempt at a video translation; answers repeat its `input`."""

    description: str | None = None
    input: Mapping[str, object] = field(default_factory=dict)
    failure_reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Translation:
    """A video and its iterations, the oldest first; it lives `hours_to_live` from `created` on.

    `terse`: its body has iterations without times, as in the published examples.
    """

    id: str
    created: float
    input: Mapping[str, object]
    iterations: tuple[Iteration, ...] = ()
    display_name: str | None = None
    description: str | None = None
    failure_reason: str | None = None
    hours_to_live: int = 744
    terse: bool = False

    def __post_init__(self) -> None:
        """Refuse what could not happen."""
        in_order(self.id, self.created, *(iteration.created for iteration in self.iterations))
        _unique(iteration.id for iteration in self.iterations)


@dataclass(frozen=True)
class Pace:
    """The durations of work that a POST or PUT starts, in seconds."""

    listing: float = 2.0
    document: float = 12.0
    cancelling: float = 4.0
    queue: float = 3.0  # before an iteration or a synthesis starts
    iteration: float = 45.0
    synthesis: float = 20.0
    validating: float = 3.0  # of an Azure OpenAI job, as the next three
    requests: float = 20.0
    finalizing: float = 4.0
    transcription: float = 60.0
    custom_speech: float = 90.0
    training: float = 40.0
    analysis: float = 15.0  # of text and conversations
    notice: float = 30.0  # until Azure sees that a training of custom text has gone on
    model_build: float = 30.0
    batch_analysis: float = 60.0
    document_analysis: float = 3.0
    batch_status: float = 3.0  # that the answer takes while a batch analysis runs
    content_analysis: float = 15.0


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """All work of one simulator.

    `video_translation` and `avatar` are operations; `translations` and `syntheses` are resources.
    `speech_syntheses` are those of text to speech, `syntheses` those of Avatar; `trainings` are
    those of Language. Operations and
    resources are not connected, except if a PUT starts both.
    """

    batches: tuple[Batch, ...] = ()
    video_translation: tuple[Operation, ...] = ()
    translations: tuple[Translation, ...] = ()
    avatar: tuple[Operation, ...] = ()
    syntheses: tuple[Synthesis, ...] = ()
    qna_maker: tuple[QnaOperation, ...] = ()
    openai_batches: tuple[OpenaiBatch, ...] = ()
    speech_syntheses: tuple[Synthesis, ...] = ()
    transcriptions: tuple[Transcription, ...] = ()
    custom_speech: tuple[CustomJob, ...] = ()
    fine_tunings: tuple[FineTuning, ...] = ()
    analyses: tuple[Analysis, ...] = ()
    trainings: tuple[Training, ...] = ()
    questions: tuple[QuestionJob, ...] = ()
    document_jobs: tuple[DocumentJob, ...] = ()
    content_understanding: tuple[ContentAnalysis, ...] = ()
    pace: Pace = field(default_factory=Pace)

    def __post_init__(self) -> None:
        """Refuse an id that two operations or resources of one kind have."""
        for operations in (
            self.video_translation,
            self.avatar,
            self.qna_maker,
            self.syntheses,
            self.speech_syntheses,
            self.transcriptions,
            self.custom_speech,
            self.content_understanding,
        ):
            _unique(operation.id for operation in operations)
        _unique(translation.id for translation in self.translations)
        _unique(batch.id for batch in self.batches)
        _unique(batch.id for batch in self.openai_batches)
        _unique(job.id for job in self.fine_tunings)
        _unique(job.id for job in self.analyses)
        _unique(job.id for job in self.trainings)
        _unique(job.id for job in self.questions)
        _unique(job.path for job in self.document_jobs)
        for batch in self.batches:
            _unique(document.id for document in batch.documents)


def _unique(ids: Iterable[str]) -> None:
    unique: set[str] = set()
    for id_ in ids:
        if id_ in unique:
            raise ValueError(f"id {id_} is used twice")
        unique.add(id_)
