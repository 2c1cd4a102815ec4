"""The documents of a batch as they are kept: in chunks, each packed to bytes.

A document takes some 80 bytes in a chunk, as objects five times as much; and what a chunk shows
need not be made again while its bytes are the same.
"""

from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping, ValuesView
from itertools import chain, islice
from typing import NamedTuple, Self

from msgspec import msgpack

from exporter.model.operation import DOCUMENTS_LIMIT, Document

CHUNK = 128  # documents; smaller ones need more memory, bigger ones more work for each change

_pack = msgpack.Encoder().encode
_unpack = msgpack.Decoder(list[Document]).decode


class Change(NamedTuple):
    """A document that replaces an earlier one, or is new."""

    earlier: Document | None
    now: Document


class Documents(Mapping[str, Document]):
    """Documents by id, in the order in which they were first seen. Immutable.

    Whoever needs many of them iterates over `values()` or `items()`; looking one up by its id
    unpacks what stands before it.
    """

    __slots__ = ("_count", "chunks")

    def __init__(self, chunks: tuple[bytes, ...] = (), count: int = 0) -> None:
        self.chunks = chunks
        self._count = count

    @classmethod
    def of(cls, documents: Iterable[Document]) -> Self:
        """Pack documents of distinct ids."""
        each = list(documents)
        chunks = [_pack(each[start : start + CHUNK]) for start in range(0, len(each), CHUNK)]
        return cls(tuple(chunks), len(each))

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        return (document.id for document in self._each())

    def __getitem__(self, id_: str) -> Document:
        for document in self._each():
            if document.id == id_:
                return document
        raise KeyError(id_)

    def values(self) -> ValuesView[Document]:
        return _Values(self)

    def items(self) -> ItemsView[str, Document]:
        return _Items(self)

    def merged(
        self,
        seen: Mapping[str, Document],
        believe: Callable[[Document, Document], bool],
    ) -> tuple["Documents", list[Change]]:
        """With those of `seen` that are new, or differ and are believed: `believe(now, earlier)`.

        The chunks of which nothing changed are the same objects. Beyond the limit there are no
        new ones: an Azure that names others in every answer must not fill the memory.
        """
        if not seen:
            return self, []
        fresh = dict(seen)
        changes: list[Change] = []
        chunks: list[bytes] = []
        documents: list[Document] = []
        for chunk in self.chunks:
            documents = unpacked(chunk)
            changed = False
            for index, earlier in enumerate(documents):
                now = fresh.pop(earlier.id, None)
                if now is not None and now != earlier and believe(now, earlier):
                    changes.append(Change(earlier, now))
                    documents[index] = now
                    changed = True
            chunks.append(_pack(documents) if changed else chunk)
        fresh = dict(islice(fresh.items(), max(0, DOCUMENTS_LIMIT - len(self))))
        if fresh:
            changes += [Change(None, document) for document in fresh.values()]
            if chunks and len(documents) < CHUNK:
                chunks.pop()
            else:
                documents = []
            chunks += Documents.of([*documents, *fresh.values()]).chunks
        return (Documents(tuple(chunks), len(self) + len(fresh)) if changes else self), changes

    def _each(self) -> Iterator[Document]:
        return chain.from_iterable(map(unpacked, self.chunks))


class _Values(ValuesView[Document]):
    _mapping: Documents

    def __iter__(self) -> Iterator[Document]:
        return self._mapping._each()  # noqa: SLF001  the view is part of the mapping


class _Items(ItemsView[str, Document]):
    _mapping: Documents

    def __iter__(self) -> Iterator[tuple[str, Document]]:
        return ((document.id, document) for document in self._mapping.values())


def unpacked(chunk: bytes) -> list[Document]:
    """The documents of a chunk."""
    return _unpack(chunk)


def packed(documents: Mapping[str, Document]) -> Documents:
    """The same documents, packed if they are not yet."""
    return documents if isinstance(documents, Documents) else Documents.of(documents.values())
