"""The documents of a batch; their names, sizes and times depend only on the batch."""

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


def document_id(batch: str, index: int) -> str:
    """An id in Azure's form: eight digits that count up, then zeros."""
    return f"{_first_number(batch) + index:08x}-0000-0000-0000-000000000000"


@lru_cache(maxsize=16)
def _first_number(batch: str) -> int:
    """The number of a batch's first document."""
    return int.from_bytes(hashlib.sha256(batch.encode()).digest()[:3], "big")


def schedule(count: int, start: float, end: float) -> list[tuple[float, float]]:
    """Start and end of `count` documents, `LANES` at a time; the last one ends at `end`."""
    slot = (end - start) / (count + LANES - 1)
    return [
        (start + slot * index, min(end, start + slot * (index + LANES))) for index in range(count)
    ]


def document(
    batch: str,
    index: int,
    language: str,
    name: str | None = None,
    names: Sequence[str] = NAMES,
    *,
    created: float | None = None,
    started: float | None = None,
    finished: float | None = None,
    failure: Failure | None = None,
) -> Document:
    """A document; its size and its name, one of `names`, are seeded by batch and number."""
    chance = random.Random(f"{batch}/{index}")
    name = name or f"{chance.choice(names)}-{index:03d}{chance.choice(_ENDINGS)}"
    store = "https://contosodocs.blob.core.windows.net:443"
    return Document(
        id=document_id(batch, index),
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
