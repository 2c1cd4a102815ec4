"""Rendered pages: lines are made when an observation changes, a scrape joins what is there.

A page holds what is shown of some hundred operations; their documents have pages of their own.
"""

from collections.abc import Iterator
from dataclasses import replace

from exporter.exposition.documents import DocumentPages
from exporter.exposition.families import OPERATION_FAMILIES, Family, Scope
from exporter.exposition.folding import SERIES_PER_DOCUMENT, folded
from exporter.exposition.render import header, lines
from exporter.exposition.stream import Body, Piece, gzipped, piece, unpacked
from exporter.model import Key
from exporter.packing import Documents
from exporter.snapshot import Snapshot

PAGE_SIZE = 128  # operations on one page
_OWN_FAMILIES = tuple(each for each in OPERATION_FAMILIES if each.scope is Scope.OPERATION)


class Page:
    """The lines of some operations by family, packed at the first scrape after a change."""

    def __init__(self) -> None:
        self.keys: set[Key] = set()
        self._lines: dict[Family, dict[Key, bytes]] = {family: {} for family in _OWN_FAMILIES}
        self._pieces: dict[Family, Piece] = {}

    def put(self, family: Family, key: Key, new: bytes) -> int:
        """Replace the lines of one operation; how many series more there are."""
        of_family = self._lines[family]
        old = of_family.get(key, b"")
        if new == old:
            return 0
        if new:
            of_family[key] = new
        else:
            del of_family[key]
        self._pieces.pop(family, None)
        return new.count(b"\n") - old.count(b"\n")

    def remove(self, key: Key) -> int:
        """Drop all lines of one operation; how many series there were."""
        self.keys.discard(key)
        return -sum(self.put(family, key, b"") for family in _OWN_FAMILIES)

    def piece(self, family: Family) -> Piece:
        """All lines of a family."""
        if family not in self._pieces:
            self._pieces[family] = piece(b"".join(self._lines[family].values()))
        return self._pieces[family]


class Pages:
    """What `/metrics` says of operations and documents.

    Attributes:
        series: how many there are.
        series_limit, documents_limit: how many there may be in all, and documents of a batch with
            series of their own; documents beyond them are folded into a count.
    """

    def __init__(self) -> None:
        self._page_of: dict[Key, Page] = {}
        self._pages: list[Page] = []
        self._open = Page()
        self._documents = DocumentPages()
        self._headers = {family: piece(header(family)) for family in OPERATION_FAMILIES}
        self.series = 0
        self.series_limit = 1_000_000
        self.documents_limit = 1000

    def update(self, before: Snapshot | None, after: Snapshot | None) -> None:
        """A listener of the store: render what this change shows."""
        if after is None:
            if before:
                self._remove(before.watch.key)
            return
        key = after.watch.key
        page = self._page_of.get(key) or self._place(key)
        after = self._fold(after)
        for family in _OWN_FAMILIES:
            self.series += page.put(family, key, lines(family, after))
        self.series += self._documents.put(key, after.documents)

    def _fold(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with no more documents than the limits leave room for."""
        operation = snapshot.shown
        wanted = len(operation.documents) if operation else 0
        fits = self.series + wanted * SERIES_PER_DOCUMENT <= self.series_limit
        if wanted <= self.documents_limit and fits:
            return snapshot
        free = self.series_limit - self.series + self._documents.series(snapshot.watch.key)
        return limited(snapshot, min(self.documents_limit, free // SERIES_PER_DOCUMENT))

    def alone(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot as it may be shown on its own."""
        return limited(snapshot, self.documents_limit)

    def gzipped(self, rest: bytes) -> Body:
        """The whole body, with `rest` at its end, as one gzip stream."""
        return gzipped([*self._pieces(), piece(rest)])

    def plain(self, rest: bytes) -> Body:
        """The whole body, with `rest` at its end."""
        return unpacked([*self._pieces(), piece(rest)])

    def _pieces(self) -> Iterator[Piece]:
        for family in OPERATION_FAMILIES:
            if family.scope is Scope.DOCUMENT:
                pieces = self._documents.pieces(family)
            else:
                pieces = [page.piece(family) for page in self._pages]
            filled = [each for each in pieces if each.size]
            if filled:
                yield self._headers[family]
                yield from filled

    def _place(self, key: Key) -> Page:
        """The page for an operation that is new."""
        if not self._pages or len(self._open.keys) >= PAGE_SIZE:
            self._open = Page()
            self._pages.append(self._open)
        self._open.keys.add(key)
        self._page_of[key] = self._open
        return self._open

    def _remove(self, key: Key) -> None:
        page = self._page_of.pop(key)
        self.series -= page.remove(key) + self._documents.remove(key)
        if not page.keys and page is not self._open:
            self._pages.remove(page)


def limited(snapshot: Snapshot, room: int) -> Snapshot:
    """The snapshot with series for so many documents, but for those that matter most."""
    visible, count = folded(snapshot.documents.values(), room)
    return replace(snapshot, visible=Documents.of(visible), folded=count)
