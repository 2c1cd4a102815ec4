"""The lines of documents, of which there may be a million: kept packed, chunk by chunk."""

from dataclasses import dataclass

from exporter.exposition.families import DOCUMENT_FAMILIES, Family
from exporter.exposition.render import document_lines
from exporter.exposition.stream import Piece, chained, piece
from exporter.model.documents import Documents, unpacked
from exporter.model.operation import OperationKey

_NOTHING = Piece((), 0, 0)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What a chunk of documents shows: a piece for each family, and how many series it has."""

    pieces: tuple[Piece, ...]
    series: int


@dataclass(frozen=True, slots=True)
class _Batch:
    """What the documents of an operation show, chunk by chunk and as a whole."""

    sources: tuple[bytes, ...]
    chunks: tuple[_Chunk, ...]
    pieces: tuple[Piece, ...]
    series: int


_EMPTY = _Batch((), (), (), 0)


class DocumentPages:
    """The documents of all operations: a page for each."""

    def __init__(self) -> None:
        self._batches: dict[OperationKey, _Batch] = {}

    def series(self, key: OperationKey) -> int:
        """How many series the documents of an operation have."""
        return self._batches.get(key, _EMPTY).series

    def put(self, key: OperationKey, documents: Documents) -> int:
        """Show these documents of an operation; how many series more there are.

        Only chunks that differ are rendered.
        """
        before = self._batches.get(key, _EMPTY)
        if before.sources == documents.chunks:
            return 0
        if not documents:
            return -self.remove(key)
        known = dict(zip(before.sources, before.chunks, strict=True))
        chunks = [known.get(source) or _rendered(key, source) for source in documents.chunks]
        of_family = zip(*(chunk.pieces for chunk in chunks), strict=True)
        pieces = tuple(map(chained, of_family))
        series = sum(chunk.series for chunk in chunks)
        self._batches[key] = _Batch(documents.chunks, tuple(chunks), pieces, series)
        return series - before.series

    def remove(self, key: OperationKey) -> int:
        """Show none of an operation's documents any more; how many series there were."""
        return self._batches.pop(key, _EMPTY).series

    def pieces(self, family: Family) -> list[Piece]:
        """All lines of a family."""
        index = DOCUMENT_FAMILIES.index(family)
        return [batch.pieces[index] for batch in self._batches.values()]


def _rendered(key: OperationKey, source: bytes) -> _Chunk:
    texts = document_lines(DOCUMENT_FAMILIES, key, unpacked(source))
    pieces = tuple(piece(text) if text else _NOTHING for text in texts)
    return _Chunk(pieces, sum(text.count(b"\n") for text in texts))
