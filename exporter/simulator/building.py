"""A scenario's parts in one line each: seeded by their id, so the same call gives the same part."""

import hashlib
import random
import uuid
from collections.abc import Sequence
from dataclasses import replace

from exporter.simulator.scenario import Batch, Document, Failure, Operation, Outcome, QnaOperation

LANES = 4
"""Documents of one batch that are translated at the same time."""

NO_TEXT = Failure("NoTranslatableText", "The document does not have any translatable text.")
TARGET_EXISTS = Failure("TargetFileAlreadyExists", "Target document file already exists.")
NO_ACCESS = Failure(
    "InvalidDocumentAccessLevel",
    "Cannot access source document location with the current permissions.",
)
EXTRACTION = Failure(
    "UnsupportedContent", "No question was found in the sources.", code="ExtractionFailure"
)

_NAMES = ("handbook", "safety-sheet", "release-notes", "quick-start", "warranty", "parts-list")
_ENDINGS = (".docx", ".pdf", ".txt", ".xlsx")


def seeded_uuid(*parts: object) -> str:
    """A version 4 uuid that is always the same for the same parts."""
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def document_id(batch: str, number: int) -> str:
    """As on the wire: eight digits that count up, then zeros."""
    first = int.from_bytes(hashlib.sha256(batch.encode()).digest()[:3], "big")
    return f"{first + number:08x}-0000-0000-0000-000000000000"


def schedule(count: int, begin: float, end: float) -> list[tuple[float, float]]:
    """Start and finish of `count` documents, some at a time, the last one done at `end`."""
    slot = (end - begin) / (count + LANES - 1)
    return [
        (begin + slot * number, min(end, begin + slot * (number + LANES)))
        for number in range(count)
    ]


def document(batch: str, number: int, language: str, name: str | None = None) -> Document:
    """A document without times, its size and name seeded by batch and number."""
    chance = random.Random(f"{batch}/{number}")
    name = name or f"{chance.choice(_NAMES)}-{number:03d}{chance.choice(_ENDINGS)}"
    store = "https://contosodocs.blob.core.windows.net:443"
    return Document(
        id=document_id(batch, number),
        source=f"{store}/source/{name}",
        target=f"{store}/target-{language}/{name}",
        language=language,
        characters=chance.randrange(400, 30_000),
        created=None,
        started=None,
        finished=None,
        images=chance.randrange(4),
    )


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
    seed: int = 0,
) -> Batch:
    """A batch of source documents times languages, all durations in seconds from `created`.

    The first `failed_before_start` fail as soon as they are seen, then come those that are done
    within `takes`, with `failed` of them failing; the last `stuck` run for ever.
    """
    id = id or seeded_uuid("batch", seed, created)  # noqa: A001
    wanted = [
        document(id, number, languages[number % len(languages)])
        for number in range(documents * len(languages))
    ]
    listed = created + listed_after
    begin = listed if starts_after is None else created + starts_after
    working = wanted[failed_before_start:]
    times = schedule(max(1, len(working)), begin, created + takes)
    for number, (start, end) in zip(range(len(working)), times, strict=False):
        fails = number < failed
        ends_never = number >= len(working) - stuck
        working[number] = replace(
            working[number],
            created=listed,
            started=start,
            finished=None if ends_never else end,
            failure=failure if fails else None,
        )
    early = [
        replace(one, finished=listed, failure=TARGET_EXISTS) for one in wanted[:failed_before_start]
    ]
    asked = None if cancel_after is None else created + cancel_after
    return Batch(
        id=id,
        created=created,
        listed=listed,
        documents=(*early, *working),
        cancel_asked=asked,
        cancelled=None if asked is None else asked + cancelling,
    )


def rejected_batch(
    *,
    created: float,
    id: str | None = None,  # noqa: A002 - the word of the API
    takes: float = 1.0,
    failure: Failure = NO_ACCESS,
    seed: int = 0,
) -> Batch:
    """A batch that ends as ValidationFailed after `takes` seconds: all counts 0."""
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
    """A Video Translation or Avatar operation; `takes` None runs for ever."""
    finished = None if takes is None else created + takes
    started = created + starts_after
    return Operation(id=id, created=created, started=started, finished=finished, outcome=outcome)


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
    """A QnA Maker operation; a Failed one may come without a failure."""
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
