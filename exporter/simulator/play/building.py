"""Functions that make the parts of a scenario, seeded: the same call makes the same part."""

import hashlib
import uuid
from collections.abc import Sequence
from functools import partial

from exporter.simulator.messages import signed_url
from exporter.simulator.play.documents import NAMES, document, schedule
from exporter.simulator.play.operation import Operation, Outcome
from exporter.simulator.play.scenario import (
    Batch,
    Failure,
    Iteration,
    QnaOperation,
    Translation,
)
from exporter.simulator.play.speech_jobs import Synthesis

MILLISECONDS_PER_CHARACTER = 80
"""The speed of synthetic speech."""

NO_TEXT = Failure("NoTranslatableText", "The document does not have any translatable text.")
TARGET_EXISTS = Failure("TargetFileAlreadyExists", "Target document file already exists.")
NO_ACCESS = Failure(
    "InvalidDocumentAccessLevel",
    "Cannot access source document location with the current permissions.",
)
EXTRACTION = Failure(
    "UnsupportedContent", "No question was found in the sources.", code="ExtractionFailure"
)


def seeded_uuid(*parts: object) -> str:
    """A version 4 UUID that depends only on the parts."""
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def batch(
    *,
    created: float,
    id: str | None = None,  # noqa: A002 - the word of the API
    documents: int = 3,
    languages: Sequence[str] = ("de",),
    listed_after: float = 1.0,
    starts_after: float | None = None,
    takes: float = 60.0,
    failed: int = 0,
    failed_before_start: int = 0,
    stuck: int = 0,
    failure: Failure = NO_TEXT,
    cancel_after: float | None = None,
    cancelling: float = 10.0,
    names: Sequence[str] = NAMES,
    seed: int = 0,
) -> Batch:
    """A batch with a document for each source and language; durations are seconds from `created`.

    The first `failed_before_start` documents fail when they are listed. The others end within
    `takes`, `failed` of them with a failure; the last `stuck` documents never end.
    """
    id = id or seeded_uuid("batch", seed, created)  # noqa: A001
    make = partial(document, id, names=names)
    document_languages = [
        languages[number % len(languages)] for number in range(documents * len(languages))
    ]
    listed = created + listed_after
    start_time = listed if starts_after is None else created + starts_after
    failed_documents = [
        make(number, language, finished=listed, failure=TARGET_EXISTS)
        for number, language in enumerate(document_languages[:failed_before_start])
    ]
    remaining = document_languages[failed_before_start:]
    times = schedule(max(1, len(remaining)), start_time, created + takes)
    other_documents = [
        make(
            failed_before_start + number,
            language,
            created=listed,
            started=start,
            finished=None if number >= len(remaining) - stuck else end,
            failure=failure if number < failed else None,
        )
        for number, (language, (start, end)) in enumerate(zip(remaining, times, strict=False))
    ]
    cancel_asked = None if cancel_after is None else created + cancel_after
    return Batch(
        id=id,
        created=created,
        listed=listed,
        documents=(*failed_documents, *other_documents),
        cancel_asked=cancel_asked,
        cancelled=None if cancel_asked is None else cancel_asked + cancelling,
    )


def rejected_batch(
    *,
    created: float,
    id: str | None = None,  # noqa: A002 - the word of the API
    takes: float = 1.0,
    failure: Failure = NO_ACCESS,
    seed: int = 0,
) -> Batch:
    """A batch that ends as ValidationFailed after `takes` seconds, with all counts 0."""
    name = id or seeded_uuid("batch", seed, created)
    return Batch(id=name, created=created, rejected=created + takes, failure=failure)


def operation(
    id: str,  # noqa: A002 - the word of the API
    *,
    created: float,
    starts_after: float = 2.0,
    takes: float | None = 60.0,
    outcome: Outcome = "Succeeded",
) -> Operation:
    """A Video Translation or Avatar operation; with `takes` None it never ends."""
    finished = None if takes is None else created + takes
    started = created + starts_after
    return Operation(id=id, created=created, started=started, finished=finished, outcome=outcome)


def iteration(
    id: str = "Initial",  # noqa: A002 - the word of the API
    *,
    created: float,
    starts_after: float = 2.0,
    takes: float | None = 60.0,
    outcome: Outcome = "Succeeded",
    failure_reason: str | None = None,
    edits: bool = False,
) -> Iteration:
    """An iteration of a translation; with `edits`, its input is corrected subtitles."""
    operation_ = operation(
        id, created=created, starts_after=starts_after, takes=takes, outcome=outcome
    )
    input_: dict[str, object] = {"speakerCount": 2}
    if edits:
        input_["webvttFile"] = {"url": signed_url(f"edited/{id}.vtt"), "kind": "MetadataJson"}
    return Iteration(
        **vars(operation_),
        description="Corrected subtitles." if edits else None,
        input=input_,
        failure_reason=failure_reason,
    )


def translation(
    id: str,  # noqa: A002 - the word of the API
    *iterations: Iteration,
    created: float,
    languages: tuple[str, str] = ("en-US", "de-DE"),
    failure_reason: str | None = None,
    hours_to_live: int = 744,
    terse: bool = False,
) -> Translation:
    """A translation of a video with its iterations, the oldest first; there may be none."""
    source, target = languages
    return Translation(
        id=id,
        created=created,
        input={
            "sourceLocale": source,
            "targetLocale": target,
            "voiceKind": "PlatformVoice",
            "videoFileUrl": signed_url(f"videos/{id}.mp4"),
        },
        iterations=iterations,
        display_name=f"{id}.mp4",
        description=f"Translate video from {source} to {target}.",
        failure_reason=failure_reason,
        hours_to_live=hours_to_live,
        terse=terse,
    )


def synthesis(
    id: str,  # noqa: A002 - the word of the API
    *,
    created: float,
    starts_after: float = 2.0,
    takes: float | None = 60.0,
    outcome: Outcome = "Succeeded",
    outputs: int = 1,
    failed_outputs: int = 0,
    characters: int = 420,
    custom_voice: bool = False,
    error: tuple[str, str] | None = None,
    hours_to_live: int = 744,
) -> Synthesis:
    """A synthesis of an avatar or of speech; `error` is the code and message of a Failed one."""
    operation_ = operation(
        id, created=created, starts_after=starts_after, takes=takes, outcome=outcome
    )
    code, message = error or (None, None)
    return Synthesis(
        **vars(operation_),
        outputs=outputs,
        failed_outputs=failed_outputs,
        neural_characters=0 if custom_voice else characters,
        custom_neural_characters=characters if custom_voice else 0,
        milliseconds=characters * MILLISECONDS_PER_CHARACTER,
        error_code=code,
        error_message=message,
        hours_to_live=hours_to_live,
    )


def qna_operation(
    *,
    created: float,
    id: str | None = None,  # noqa: A002 - the word of the API
    starts_after: float = 2.0,
    takes: float | None = 12.0,
    outcome: Outcome = "Succeeded",
    failure: Failure | None = None,
    utc_offset_minutes: int = 330,
    seed: int = 0,
) -> QnaOperation:
    """A QnA Maker operation; a Failed one may have no failure."""
    name = id or seeded_uuid("qna", seed, created)
    return QnaOperation(
        id=name,
        created=created,
        started=created + starts_after,
        finished=None if takes is None else created + takes,
        outcome=outcome,
        failure=failure,
        user=seeded_uuid("user", seed).replace("-", ""),
        knowledge_base=seeded_uuid("knowledge base", name),
        utc_offset_minutes=utc_offset_minutes,
    )
