"""The lines of documents, rendered and compressed chunk by chunk; there may be a million."""

from dataclasses import dataclass

from exporter.exposition.families import DOCUMENT_FAMILIES, Family
from exporter.exposition.render import document_lines
from exporter.exposition.stream import Piece, chained, piece
from exporter.model.documents import Documents, unpacked
from exporter.model.operation import OperationKey

_EMPTY_PIECE = Piece((), 0, 0)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """The rendered lines of a chunk of documents: a piece for each family; number of series."""

    pieces: tuple[Piece, ...]
    series: int


@dataclass(frozen=True, slots=True)
class _Batch:
    """The rendered lines of the documents of an operation, by chunk and in total."""

    sources: tuple[bytes, ...]
    chunks: tuple[_Chunk, ...]
    pieces: tuple[Piece, ...]
    series: int


_EMPTY_BATCH = _Batch((), (), (), 0)


class DocumentPages:
    """The lines of the documents of all operations."""

    def __init__(self) -> None:
        self._batches: dict[OperationKey, _Batch] = {}

    def series(self, key: OperationKey) -> int:
        """The number of series of the documents of an operation."""
        return self._batches.get(key, _EMPTY_BATCH).series

    def put(self, key: OperationKey, documents: Documents) -> int:
        """Render these documents of an operation; returns how many series were added.

        Only changed chunks are rendered.
        """
        before = self._batches.get(key, _EMPTY_BATCH)
        if before.sources == documents.chunks:
            return 0
        if not documents:
            return -self.remove(key)
        rendered = dict(zip(before.sources, before.chunks, strict=True))
        chunks = [rendered.get(source) or _render(key, source) for source in documents.chunks]
        pieces_by_family = zip(*(chunk.pieces for chunk in chunks), strict=True)
        pieces = tuple(map(chained, pieces_by_family))
        series = sum(chunk.series for chunk in chunks)
        self._batches[key] = _Batch(documents.chunks, tuple(chunks), pieces, series)
        return series - before.series

    def remove(self, key: OperationKey) -> int:
        """Remove the documents of an operation; returns how many series they had."""
        return self._batches.pop(key, _EMPTY_BATCH).series

    def pieces(self, family: Family) -> list[Piece]:
        """All lines of a family."""
        index = DOCUMENT_FAMILIES.index(family)
        return [batch.pieces[index] for batch in self._batches.values()]


def _render(key: OperationKey, source: bytes) -> _Chunk:
    texts = document_lines(DOCUMENT_FAMILIES, key, unpacked(source))
    pieces = tuple(piece(text) if text else _EMPTY_PIECE for text in texts)
    return _Chunk(pieces, sum(text.count(b"\n") for text in texts))
