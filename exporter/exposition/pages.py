"""Rendered pages: lines are made when an observation changes, a scrape joins what is there.

A page holds what is shown of some hundred operations; their documents have pages of their own.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from exporter.exposition.documents import DocumentPages
from exporter.exposition.families import (
    DOCUMENT_FAMILIES,
    OPERATION_FAMILIES,
    SNAPSHOT_FAMILIES,
    Family,
    Scope,
)
from exporter.exposition.folding import SERIES_PER_DOCUMENT, folded
from exporter.exposition.render import header, lines, scope_labels
from exporter.exposition.stream import Piece, ScrapeBody, gzipped, piece, unpacked
from exporter.model.documents import Documents
from exporter.model.operation import OperationKey
from exporter.model.snapshot import Snapshot

PAGE_SIZE = 128  # operations on one page
_OWN_FAMILIES = tuple(enumerate(OPERATION_FAMILIES))
_AT_EACH_POLL = tuple((index, each) for index, each in _OWN_FAMILIES if each.each_poll)


class Page:
    """The lines of some operations by family, packed at the first scrape after a change."""

    def __init__(self) -> None:
        self._rows: dict[OperationKey, list[bytes]] = {}
        self._pieces: list[Piece | None] = [None] * len(_OWN_FAMILIES)

    def __len__(self) -> int:
        return len(self._rows)

    def put(self, snapshot: Snapshot, families: Sequence[tuple[int, Family]]) -> int:
        """Render these families of an operation; how many series more there are."""
        key = snapshot.watch.key
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = [b""] * len(_OWN_FAMILIES)
        front = scope_labels(Scope.OPERATION, key)
        more = 0
        for index, family in families:
            new, old = lines(family, snapshot, front), row[index]
            if new != old:
                row[index] = new
                self._pieces[index] = None
                more += new.count(b"\n") - old.count(b"\n")
        return more

    def remove(self, key: OperationKey) -> int:
        """Drop all lines of one operation; how many series there were."""
        self._pieces = [None] * len(_OWN_FAMILIES)
        return sum(line.count(b"\n") for line in self._rows.pop(key))

    def piece(self, index: int) -> Piece:
        """All lines of a family."""
        ready = self._pieces[index]
        if ready is None:
            plain = b"".join([row[index] for row in self._rows.values()])
            ready = self._pieces[index] = piece(plain)
        return ready


class Pages:
    """What `/metrics` says of operations and documents.

    Attributes:
        series: how many there are.
        series_limit, documents_limit: how many there may be in all, and documents of a batch with
            series of their own; documents beyond them are folded into a count.
    """

    def __init__(self) -> None:
        self._page_of: dict[OperationKey, Page] = {}
        self._pages: list[Page] = []
        self._open = Page()
        self._documents = DocumentPages()
        self._headers = {family: piece(header(family)) for family in SNAPSHOT_FAMILIES}
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
        same = before and before.shown is after.shown and before.watch is after.watch
        self.series += page.put(after, _AT_EACH_POLL if same else _OWN_FAMILIES)
        if (after.shown and after.shown.documents) or (before and before.documents):
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

    def gzipped(self, rest: bytes) -> ScrapeBody:
        """The whole body, with `rest` at its end, as one gzip stream."""
        return gzipped([*self._pieces(), piece(rest)])

    def plain(self, rest: bytes) -> ScrapeBody:
        """The whole body, with `rest` at its end."""
        return unpacked([*self._pieces(), piece(rest)])

    def _pieces(self) -> Iterator[Piece]:
        for index, family in _OWN_FAMILIES:
            yield from self._filled(family, [page.piece(index) for page in self._pages])
        for family in DOCUMENT_FAMILIES:
            yield from self._filled(family, self._documents.pieces(family))

    def _filled(self, family: Family, pieces: Iterable[Piece]) -> Iterator[Piece]:
        filled = [each for each in pieces if each.size]
        if filled:
            yield self._headers[family]
            yield from filled

    def _place(self, key: OperationKey) -> Page:
        """The page for an operation that is new."""
        if not self._pages or len(self._open) >= PAGE_SIZE:
            self._open = Page()
            self._pages.append(self._open)
        self._page_of[key] = self._open
        return self._open

    def _remove(self, key: OperationKey) -> None:
        page = self._page_of.pop(key)
        self.series -= page.remove(key) + self._documents.remove(key)
        if not page and page is not self._open:
            self._pages.remove(page)


def limited(snapshot: Snapshot, room: int) -> Snapshot:
    """The snapshot with series for so many documents, but for those that matter most."""
    visible, count = folded(snapshot.documents.values(), room)
    return replace(snapshot, visible=Documents.of(visible), folded=count)
