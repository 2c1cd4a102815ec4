"""Pure: chooses the documents that have series if the limits leave some out."""

from collections.abc import Iterable

from exporter.model.operation import Document

SERIES_PER_DOCUMENT = 4  # state, progress, charge, and one of: images, an error, a name


def folded(documents: Iterable[Document], room: int) -> tuple[list[Document], int]:
    """The documents that have series, and the number of the others.

    Failed and unfinished documents always have series; the others are folded beyond `room`.
    """
    required: list[Document] = []
    others: list[Document] = []
    for document in documents:
        well_finished = document.state.finished and not document.state.bad
        (others if well_finished else required).append(document)
    remaining = max(0, room - len(required))
    return required + others[:remaining], max(0, len(others) - remaining)
