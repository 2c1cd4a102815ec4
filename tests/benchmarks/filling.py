"""Batches of documents that are under way, always the same for the same numbers."""

import random
import uuid
from collections.abc import Iterator

from exporter.model.operation import Document, Operation, OperationKey, State
from exporter.model.quantities import Counted
from exporter.model.snapshot import Watch

SAMPLES = 3  # of a document: state, progress and charge
LANGUAGES = ("de", "fr", "es", "it", "pt-br", "zh-hans", "ja", "ko", "nl", "pl")
BEGUN = 1_780_000_000.0  # Unix seconds
_STEP = 60.0  # seconds from one version of a document to the next


def key(batch: int) -> OperationKey:
    return OperationKey(
        "translator", "document_translation", _uuid(random.Random(f"batch/{batch}"))
    )


def watch(batch: int) -> Watch:
    states = tuple(state for state in State if state is not State.UNKNOWN)
    return Watch(key(batch), "batch", states, shows=frozenset(State))


def batch(number: int, size: int, version: int = 0, first: int | None = None) -> Operation:
    """What a look at a batch of so many documents sees; at the `first` of them alone, if given."""
    seen = documents(number, size if first is None else first, version)
    return Operation(
        state=State.RUNNING,
        word="Running",
        created=BEGUN,
        last_action=BEGUN + version * _STEP,
        progress=0.37,
        counts={Counted.DOCUMENTS: {State.RUNNING: size}},
        submitted={Counted.DOCUMENTS: size},
        documents={document.id: document for document in seen},
    )


def documents(number: int, size: int, version: int = 0) -> Iterator[Document]:
    """Documents of a batch. A later version differs in all but id and language."""
    names = random.Random(f"ids/{number}")
    chance = random.Random(f"values/{number}/{version}")
    for place in range(size):
        yield Document(
            id=_uuid(names),
            language=LANGUAGES[place % len(LANGUAGES)],
            state=State.RUNNING,
            word="Running",
            last_action=BEGUN + version * _STEP + chance.uniform(0, _STEP),
            progress=round(chance.random(), 2),
            characters_charged=chance.randrange(100, 10 ** chance.randint(3, 5)),
        )


def _uuid(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128)))
