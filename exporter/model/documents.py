"""The documents of a batch in memory: in chunks, each packed to bytes.

A document takes about 80 bytes in a chunk, and five times as much as objects. The lines of a chunk
are not rendered again while its bytes are the same.
"""

from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping, ValuesView
from itertools import chain, islice
from typing import NamedTuple, Self

from msgspec import msgpack

from exporter.model.operation import DOCUMENTS_LIMIT, Document

CHUNK = 128  # documents; smaller chunks need more memory, bigger ones more work for each change

_pack = msgpack.Encoder().encode
_unpack = msgpack.Decoder(list[Document]).decode


class Change(NamedTuple):
    """A document that replaces an earlier one, or is new (`earlier` is None)."""

    earlier: Document | None
    later: Document


class Documents(Mapping[str, Document]):
    """Documents by id, in the order in which they were first seen. Immutable.

    To read many documents, iterate over `values()` or `items()`: a look-up by id unpacks all
    chunks before it.
    """

    __slots__ = ("_count", "chunks")

    def __init__(self, chunks: tuple[bytes, ...] = (), count: int = 0) -> None:
        self.chunks = chunks
        self._count = count

    @classmethod
    def of(cls, documents: Iterable[Document]) -> Self:
        """Pack documents of distinct ids."""
        items = list(documents)
        chunks = [_pack(items[start : start + CHUNK]) for start in range(0, len(items), CHUNK)]
        return cls(tuple(chunks), len(items))

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        return (document.id for document in self._iterate())

    def __getitem__(self, id_: str) -> Document:
        for document in self._iterate():
            if document.id == id_:
                return document
        raise KeyError(id_)

    def values(self) -> ValuesView[Document]:
        return _Values(self)

    def items(self) -> ItemsView[str, Document]:
        return _Items(self)

    def merged(
        self,
        observed: Mapping[str, Document],
        supersedes: Callable[[Document, Document], bool],
    ) -> tuple["Documents", list[Change]]:
        """With the `observed` documents that are new, or differ and supersede the earlier one.

        `supersedes(later, earlier)` decides. Unchanged chunks stay the same objects. Beyond the
        limit no documents are added: answers that list other ids each time must not fill the
        memory.
        """
        if not observed:
            return self, []
        remaining = dict(observed)
        changes: list[Change] = []
        chunks: list[bytes] = []
        documents: list[Document] = []
        for chunk in self.chunks:
            documents = unpacked(chunk)
            changed = False
            for index, earlier in enumerate(documents):
                later = remaining.pop(earlier.id, None)
                if later is not None and later != earlier and supersedes(later, earlier):
                    changes.append(Change(earlier, later))
                    documents[index] = later
                    changed = True
            chunks.append(_pack(documents) if changed else chunk)
        new = dict(islice(remaining.items(), max(0, DOCUMENTS_LIMIT - len(self))))
        if new:
            changes += [Change(None, document) for document in new.values()]
            if chunks and len(documents) < CHUNK:
                chunks.pop()
            else:
                documents = []
            chunks += Documents.of([*documents, *new.values()]).chunks
        return (Documents(tuple(chunks), len(self) + len(new)) if changes else self), changes

    def _iterate(self) -> Iterator[Document]:
        return chain.from_iterable(map(unpacked, self.chunks))


class _Values(ValuesView[Document]):
    _mapping: Documents

    def __iter__(self) -> Iterator[Document]:
        return self._mapping._iterate()  # noqa: SLF001  the view is part of the mapping


class _Items(ItemsView[str, Document]):
    _mapping: Documents

    def __iter__(self) -> Iterator[tuple[str, Document]]:
        return ((document.id, document) for document in self._mapping.values())


def unpacked(chunk: bytes) -> list[Document]:
    """The documents of a chunk."""
    return _unpack(chunk)


def packed(documents: Mapping[str, Document]) -> Documents:
    """The same documents, packed if they are not packed yet."""
    return documents if isinstance(documents, Documents) else Documents.of(documents.values())
