"""Parts of an operation's status, each in one line."""

from collections.abc import Mapping

from exporter.apis.document_translation.document_status import WORDS
from exporter.apis.reading import read_state
from exporter.model.operation import Amounts, Counts, Number, State
from exporter.model.quantities import Amount, Counted


def state_of(word: str) -> State:
    """The state for a word of Document Translation."""
    return read_state(word, WORDS)


def documents(by_state: Mapping[State, int]) -> Counts:
    """Documents, counted by state."""
    return {Counted.DOCUMENTS: by_state}


def submitted(documents: int) -> Mapping[Counted, int]:
    """The total number of documents."""
    return {Counted.DOCUMENTS: documents}


def characters(charged: Number | None) -> Amounts:
    """Characters charged; nothing for None."""
    return {} if charged is None else {Amount.CHARACTERS_CHARGED: charged}
