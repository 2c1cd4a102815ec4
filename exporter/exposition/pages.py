"""Rendered pages: lines are rendered when a snapshot changes, and a scrape only joins them.

A page holds the lines of about a hundred operations; documents have pages of their own.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from msgspec.structs import replace

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
_INDEXED_FAMILIES = tuple(enumerate(OPERATION_FAMILIES))
_READING_FAMILIES = tuple(
    (each, each[1].reads) for each in _INDEXED_FAMILIES if each[1].reads not in {"", "folded"}
)
[_LAST_SUCCESS] = [index for index, family in _INDEXED_FAMILIES if family.reads == "last_success"]
_FOLDED_FAMILIES = tuple(each for each in _INDEXED_FAMILIES if each[1].reads == "folded")


@lru_cache(maxsize=8)
def _end_of_line(value: float) -> bytes:
    """The end of a line with this value; cached, because a list shows many operations at once."""
    return f" {value!r}\n".encode()


def _outdated_families(before: Snapshot | None, after: Snapshot) -> Sequence[tuple[int, Family]]:
    """The families whose lines can differ; what is folded depends on the limits as well."""
    if before is None or before.shown is not after.shown or before.watch is not after.watch:
        return _INDEXED_FAMILIES
    outdated = [
        each
        for each, field in _READING_FAMILIES
        if getattr(before, field) is not getattr(after, field)
    ]
    return (*outdated, *_FOLDED_FAMILIES) if after.watch.has_documents else outdated


class Page:
    """The lines of some operations by family, compressed at the first scrape after a change."""

    def __init__(self) -> None:
        self._rows: dict[OperationKey, list[bytes]] = {}
        self._pieces: list[Piece | None] = [None] * len(_INDEXED_FAMILIES)

    def __len__(self) -> int:
        return len(self._rows)

    def put(self, snapshot: Snapshot, families: Sequence[tuple[int, Family]]) -> int:
        """Render these families of an operation; returns how many series were added."""
        key = snapshot.watch.key
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = [b""] * len(_INDEXED_FAMILIES)
        common_labels = scope_labels(Scope.OPERATION, key)
        added = 0
        for index, family in families:
            new, old = lines(family, snapshot, common_labels), row[index]
            if new != old:
                row[index] = new
                self._pieces[index] = None
                added += new.count(b"\n") - old.count(b"\n")
        return added

    def refresh(self, key: OperationKey, last_success: float) -> None:
        """Replace the value of the line with the time of the last success."""
        row = self._rows[key]
        line = row[_LAST_SUCCESS]
        row[_LAST_SUCCESS] = line[: line.rindex(b" ")] + _end_of_line(last_success)
        self._pieces[_LAST_SUCCESS] = None

    def remove(self, key: OperationKey) -> int:
        """Remove all lines of an operation; returns how many series it had."""
        self._pieces = [None] * len(_INDEXED_FAMILIES)
        return sum(line.count(b"\n") for line in self._rows.pop(key))

    def piece(self, index: int) -> Piece:
        """All lines of a family."""
        ready = self._pieces[index]
        if ready is None:
            plain = b"".join([row[index] for row in self._rows.values()])
            ready = self._pieces[index] = piece(plain)
        return ready


class Pages:
    """The series of operations and documents on `/metrics`.

    Attributes:
        series: number of series.
        series_limit, documents_limit: maximum of all series, and of documents of a batch with
            series of their own; documents beyond the limits are folded into a count.
    """

    def __init__(self) -> None:
        self._page_by_key: dict[OperationKey, Page] = {}
        self._pages: list[Page] = []
        self._last_page = Page()
        self._documents = DocumentPages()
        self._headers = {family: piece(header(family)) for family in SNAPSHOT_FAMILIES}
        self.series = 0
        self.series_limit = 1_000_000
        self.documents_limit = 1000

    def update(self, before: Snapshot | None, after: Snapshot | None) -> None:
        """A listener of the store: render the changed lines."""
        if after is None:
            if before:
                self._remove(before.watch.key)
            return
        key = after.watch.key
        page = self._page_by_key.get(key) or self._assign_page(key)
        outdated = _outdated_families(before, after)
        operation = after.shown
        if not operation or not operation.documents:
            self.series += page.put(after, outdated) - self._documents.remove(key)
            return
        visible = self._fold(after, len(operation.documents))
        self.series += page.put(visible, outdated)
        self.series += self._documents.put(key, visible.documents)

    def refresh(self, after: Snapshot) -> None:
        """A listener to refreshes of the store: only the time of the last success is new."""
        key = after.watch.key
        self._page_by_key[key].refresh(key, after.last_success or 0.0)

    def _fold(self, snapshot: Snapshot, count: int) -> Snapshot:
        """The snapshot with as many visible ones of its `count` documents as the limits allow."""
        fits = self.series + count * SERIES_PER_DOCUMENT <= self.series_limit
        if count <= self.documents_limit and fits:
            return snapshot
        free = self.series_limit - self.series + self._documents.series(snapshot.watch.key)
        return limited(snapshot, min(self.documents_limit, free // SERIES_PER_DOCUMENT))

    def alone(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot as it may be shown without other operations."""
        return limited(snapshot, self.documents_limit)

    def gzipped(self, rest: bytes) -> ScrapeBody:
        """The whole body, with `rest` at its end, as one gzip stream."""
        return gzipped([*self._pieces(), piece(rest)])

    def plain(self, rest: bytes) -> ScrapeBody:
        """The whole body, with `rest` at its end."""
        return unpacked([*self._pieces(), piece(rest)])

    def _pieces(self) -> Iterator[Piece]:
        for index, family in _INDEXED_FAMILIES:
            yield from self._with_header(family, [page.piece(index) for page in self._pages])
        for family in DOCUMENT_FAMILIES:
            yield from self._with_header(family, self._documents.pieces(family))

    def _with_header(self, family: Family, pieces: Iterable[Piece]) -> Iterator[Piece]:
        nonempty = [piece for piece in pieces if piece.size]
        if nonempty:
            yield self._headers[family]
            yield from nonempty

    def _assign_page(self, key: OperationKey) -> Page:
        """Choose the page for a new operation."""
        if not self._pages or len(self._last_page) >= PAGE_SIZE:
            self._last_page = Page()
            self._pages.append(self._last_page)
        self._page_by_key[key] = self._last_page
        return self._last_page

    def _remove(self, key: OperationKey) -> None:
        page = self._page_by_key.pop(key)
        self.series -= page.remove(key) + self._documents.remove(key)
        if not page and page is not self._last_page:
            self._pages.remove(page)


def limited(snapshot: Snapshot, room: int) -> Snapshot:
    """The snapshot with series for `room` documents, and for all that always have series."""
    visible, count = folded(snapshot.documents.values(), room)
    return replace(snapshot, visible=Documents.of(visible), folded=count)
