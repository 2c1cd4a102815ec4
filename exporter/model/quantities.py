"""What Azure counts and charges: one row for each noun.

The metrics are made from these rows. Merging, differences, trouble, the status page, the JSON,
`top` and the checkpoint iterate over all of them.
"""

from enum import StrEnum
from typing import Self


class Counted(StrEnum):
    """What is counted by state, as in `azure_ai_operation_documents{state="Failed"}`.

    Attributes:
        help: help of the metric with a series for each state.
        submitted: help of the metric with the total, where Azure reports it separately.
        times: number of series of an operation.
    """

    help: str
    submitted: str
    times: str

    def __new__(cls, noun: str, help_: str, submitted: str = "", times: str = "2") -> Self:
        member = str.__new__(cls, noun)
        member._value_ = noun
        member.help, member.submitted, member.times = help_, submitted, times
        return member

    __hash__ = str.__hash__  # that of Enum is ten times as slow

    DOCUMENTS = (
        "documents",
        "Documents of the batch by state.",
        "Documents of the batch, counted for each target language; 0 until Azure has listed them.",
        "5",
    )
    IMAGE_SCANS = (
        "image_scans",
        "Scanned images, by Succeeded and Failed, if the API reports them.",
    )
    OUTPUTS = (
        "outputs",
        "Outputs of a batch synthesis, by Succeeded and Failed.",
    )
    REQUESTS = (
        "requests",
        "Requests of the batch by Succeeded and Failed.",
        "All requests of the batch; 0 until Azure has counted them.",
    )
    TASKS = (
        "tasks",
        "Tasks of the job by NotStarted or Running, Succeeded, and Failed.",
        "All tasks of the job.",
        "3",
    )
    AUDIO_FILES = (
        "audio_files",
        "Audio files of the transcription by Succeeded and Failed, if `reports` is on.",
        "All audio files of the transcription, if `reports` is on.",
    )

    @property
    def words(self) -> str:
        """The noun as people read it: `image scans`."""
        return self.value.replace("_", " ")


_TOKENS = "Tokens of the operation by kind; kinds do not overlap, so they can be summed."
_TOKENS_TOTAL = "Used tokens by kind, including dropped operations."
_PHASE = "Progress of a phase of the training, from 0 to 1."
_PAGES = "Analysed pages by kind."
_PAGES_TOTAL = "Analysed pages by kind, including dropped operations."


class Amount(StrEnum):
    """What is charged, used, made or reached, as in `azure_ai_operation_characters_charged`.

    A noun with a slash has kinds, which may be summed: `tokens/input` is the series with the label
    `kind="input"` of the metric for tokens.

    Attributes:
        help: help of the metric of the operation.
        total: help of the counter that outlives operations; empty if there is none.
    """

    help: str
    total: str

    def __new__(cls, noun: str, help_: str, total: str = "") -> Self:
        member = str.__new__(cls, noun)
        member._value_ = noun
        member.help, member.total = help_, total
        return member

    __hash__ = str.__hash__  # that of Enum is ten times as slow

    CHARACTERS_CHARGED = (
        "characters_charged",
        "Characters charged so far.",
        "Charged characters, including dropped operations.",
    )
    IMAGES_CHARGED = (
        "images_charged",
        "Images charged so far, if the API reports them.",
        "Charged images, including dropped operations.",
    )
    BILLED_DURATION_SECONDS = (
        "billed_duration_seconds",
        "Billed seconds of talking avatar.",
        "Billed seconds of talking avatar, including dropped operations.",
    )
    AUDIO_SECONDS = (
        "audio_seconds",
        "Seconds of analysed, transcribed or synthesised audio.",
        "Seconds of analysed, transcribed or synthesised audio, including dropped operations.",
    )
    INPUT_TOKENS = ("tokens/input", _TOKENS, _TOKENS_TOTAL)
    CACHED_INPUT_TOKENS = ("tokens/cached_input", _TOKENS, _TOKENS_TOTAL)
    OUTPUT_TOKENS = ("tokens/output", _TOKENS, _TOKENS_TOTAL)
    REASONING_TOKENS = ("tokens/reasoning", _TOKENS, _TOKENS_TOTAL)
    TRAINED_TOKENS = ("tokens/trained", _TOKENS, _TOKENS_TOTAL)
    DATA_GENERATION_PROGRESS = ("phase_progress_ratio/data_generation", _PHASE)
    TRAINING_PROGRESS = ("phase_progress_ratio/training", _PHASE)
    EVALUATION_PROGRESS = ("phase_progress_ratio/evaluation", _PHASE)
    CONTEXTUALIZATION_TOKENS = ("tokens/contextualization", _TOKENS, _TOKENS_TOTAL)
    VIDEO_SECONDS = (
        "video_seconds",
        "Seconds of analysed video.",
        "Seconds of analysed video, including dropped operations.",
    )
    MINIMAL_PAGES = ("pages/minimal", _PAGES, _PAGES_TOTAL)
    BASIC_PAGES = ("pages/basic", _PAGES, _PAGES_TOTAL)
    STANDARD_PAGES = ("pages/standard", _PAGES, _PAGES_TOTAL)
    WARNINGS = ("warnings", "Warnings in the result, for example about omitted content.")

    @property
    def noun(self) -> str:
        """The noun without its kind: the end of the metric's name."""
        return self.value.partition("/")[0]

    @property
    def is_ratio(self) -> bool:
        """Whether it is a part of 1, which is neither charged nor kept."""
        return self.noun.endswith("_ratio")

    @property
    def kind(self) -> str:
        """The label `kind`; empty if the noun has none."""
        return self.value.partition("/")[2]

    @property
    def words(self) -> str:
        """The noun as people read it: `characters charged`, `input tokens`."""
        return f"{self.kind} {self.noun}".replace("_", " ").strip().removesuffix(" ratio")


# On /metrics the nouns of version 0.1.0 keep their order; later ones follow.
QUANTITIES: tuple[Counted | Amount, ...] = tuple(
    dict.fromkeys(
        (
            Amount.CHARACTERS_CHARGED,
            Amount.IMAGES_CHARGED,
            Counted.IMAGE_SCANS,
            Counted.DOCUMENTS,
            Counted.OUTPUTS,
            *Amount,
            *Counted,
        )
    )
)
