"""The documents of a batch: names, sizes and times that are always the same for the same batch."""

import hashlib
import random
from collections.abc import Sequence
from functools import lru_cache

from exporter.simulator.play.scenario import Document, Failure

LANES = 4
"""Documents of one batch that are translated at the same time."""

NAMES = ("handbook", "safety-sheet", "release-notes", "quick-start", "warranty", "parts-list")
PAGES = ("home", "pricing", "product", "imprint", "careers", "press-release")
LETTERS = ("reminder", "invoice", "welcome", "contract", "notice")
_ENDINGS = (".docx", ".pdf", ".txt", ".xlsx")


def document_id(batch: str, number: int) -> str:
    """As on the wire: eight digits that count up, then zeros."""
    return f"{_first(batch) + number:08x}-0000-0000-0000-000000000000"


@lru_cache(maxsize=16)
def _first(batch: str) -> int:
    """The number of a batch's first document."""
    return int.from_bytes(hashlib.sha256(batch.encode()).digest()[:3], "big")


def schedule(count: int, begin: float, end: float) -> list[tuple[float, float]]:
    """Start and finish of `count` documents, some at a time, the last one done at `end`."""
    slot = (end - begin) / (count + LANES - 1)
    return [
        (begin + slot * number, min(end, begin + slot * (number + LANES)))
        for number in range(count)
    ]


def document(
    batch: str,
    number: int,
    language: str,
    name: str | None = None,
    names: Sequence[str] = NAMES,
    *,
    created: float | None = None,
    started: float | None = None,
    finished: float | None = None,
    failure: Failure | None = None,
) -> Document:
    """Size and name, one of `names`, are seeded by batch and number."""
    chance = random.Random(f"{batch}/{number}")
    name = name or f"{chance.choice(names)}-{number:03d}{chance.choice(_ENDINGS)}"
    store = "https://contosodocs.blob.core.windows.net:443"
    return Document(
        id=document_id(batch, number),
        source=f"{store}/source/{name}",
        target=f"{store}/target-{language}/{name}",
        language=language,
        characters=chance.randrange(400, 30_000),
        created=created,
        started=started,
        finished=finished,
        failure=failure,
        images=chance.randrange(4),
    )
