"""Pure: which documents have series when not all can."""

from collections.abc import Iterable

from exporter.model.operation import Document

SERIES_PER_DOCUMENT = 4  # state, progress, charge, and one of: images, an error, a name


def folded(documents: Iterable[Document], room: int) -> tuple[list[Document], int]:
    """The documents that have series, and how many have none.

    Those that failed or are unfinished keep theirs, whatever the room; the rest is folded.
    """
    needed: list[Document] = []
    rest: list[Document] = []
    for document in documents:
        through = document.state.finished and not document.state.bad
        (rest if through else needed).append(document)
    left = max(0, room - len(needed))
    return needed + rest[:left], max(0, len(rest) - left)
