"""Rendered pages: lines are made when an observation changes, a scrape joins what is there.

A page is a batch with its documents, or some hundred small operations. It keeps for each family
the lines of each of its operations, and both forms of the whole, which last until a line changes.
The lines of documents, of which there may be a million, are kept packed alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from exporter.exposition.families import OPERATION_FAMILIES, Family, Scope
from exporter.exposition.folding import SERIES_PER_DOCUMENT, folded
from exporter.exposition.render import document_lines, header, lines
from exporter.exposition.stream import Piece, joined, piece, unpacked
from exporter.model import Key
from exporter.store import Snapshot

PAGE_SIZE = 128  # operations without documents of their own on one page


class Block:
    """Some lines of one family, plain or packed; the other form is made when it is asked for."""

    __slots__ = ("_packed", "_plain", "count")

    def __init__(self, plain: bytes) -> None:
        self.count = plain.count(b"\n")
        self._plain: bytes | None = plain
        self._packed: Piece | None = None

    def lean(self) -> "Block":
        """Kept packed alone, which takes a tenth of the memory."""
        self._packed = piece(self.plain)
        self._plain = None
        return self

    @property
    def plain(self) -> bytes:
        """The lines for a scrape without compression."""
        if self._plain is not None:
            return self._plain
        return unpacked(self.packed)

    @property
    def packed(self) -> Piece:
        """The lines for a gzip scrape; made at the first that asks."""
        if self._packed is None:
            self._packed = piece(self.plain)
        return self._packed


class Page:
    """The lines of some operations by family, and of the documents of one."""

    def __init__(self) -> None:
        self.keys: set[Key] = set()
        self.folded = 0
        self._lines: dict[Family, dict[Key, bytes]] = {}
        self._blocks: dict[Family, Block] = {}
        self._documents: dict[tuple[Family, Key], Block] = {}

    def put(self, family: Family, key: Key, new: bytes) -> int:
        """Replace the lines of one operation; how many series more there are."""
        of_family = self._lines.setdefault(family, {})
        old = of_family.get(key, b"")
        if new == old:
            return 0
        if new:
            of_family[key] = new
        else:
            del of_family[key]
        self._blocks.pop(family, None)
        return new.count(b"\n") - old.count(b"\n")

    def put_documents(self, family: Family, key: Key, new: bytes) -> int:
        """Replace the lines of an operation's documents; how many series more there are."""
        before = self._documents.pop((family, key), None)
        if new:
            self._documents[family, key] = Block(new).lean()
        return new.count(b"\n") - (before.count if before else 0)

    def remove(self, key: Key) -> int:
        """Drop all lines of one operation; how many series there were."""
        self.keys.discard(key)
        documents = [family for family, own in self._documents if own == key]
        more = sum(self.put_documents(family, key, b"") for family in documents)
        return -more - sum(self.put(family, key, b"") for family in tuple(self._lines))

    @property
    def document_series(self) -> int:
        """How many series documents have."""
        return sum(block.count for block in self._documents.values())

    def blocks(self, family: Family) -> Iterator[Block]:
        """All lines of a family."""
        if family.scope is Scope.DOCUMENT:
            yield from (block for (each, _), block in self._documents.items() if each is family)
            return
        block = self._blocks.get(family)
        if block is None:
            lines_ = self._lines.get(family, {})
            block = self._blocks[family] = Block(b"".join(lines_.values()))
        yield block


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
        self._shared: Page | None = None
        self._headers = {family: Block(header(family)) for family in OPERATION_FAMILIES}
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
        page = self._page_of.get(key) or self._open(after)
        after = self._fold(after, page)
        documents_too = (
            before is None
            or _documents(before) is not _documents(after)
            or before.watch is not after.watch
            or page.folded != after.folded
        )
        page.folded = after.folded
        for family in OPERATION_FAMILIES:
            if family.scope is Scope.OPERATION:
                self.series += page.put(family, key, lines(family, after))
        if documents_too:
            for family, text in document_lines(OPERATION_FAMILIES, after):
                self.series += page.put_documents(family, key, text)

    def _fold(self, snapshot: Snapshot, page: Page) -> Snapshot:
        """The snapshot with no more documents than the limits leave room for."""
        operation = snapshot.shown
        wanted = len(operation.documents) if operation else 0
        fits = self.series + wanted * SERIES_PER_DOCUMENT <= self.series_limit
        if wanted <= self.documents_limit and fits:
            return snapshot
        free = self.series_limit - self.series + page.document_series
        return limited(snapshot, min(self.documents_limit, free // SERIES_PER_DOCUMENT))

    def alone(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot as it may be shown on its own."""
        return limited(snapshot, self.documents_limit)

    def gzipped(self, rest: bytes) -> bytes:
        """The whole body, with `rest` at its end, as one gzip stream."""
        packed = [block.packed for block in self._blocks()]
        return joined([*packed, piece(rest)])

    def plain(self, rest: bytes) -> bytes:
        """The whole body, with `rest` at its end."""
        return b"".join([*(block.plain for block in self._blocks()), rest])

    def _blocks(self) -> Iterator[Block]:
        for family in OPERATION_FAMILIES:
            filled = [block for block in self._of(family) if block.count]
            if filled:
                yield self._headers[family]
                yield from filled

    def _of(self, family: Family) -> Iterable[Block]:
        return (block for page in self._pages for block in page.blocks(family))

    def _open(self, snapshot: Snapshot) -> Page:
        """The page for an operation that is new."""
        if snapshot.watch.kind == "batch":
            page = self._add()
        else:
            if self._shared is None or len(self._shared.keys) >= PAGE_SIZE:
                self._shared = self._add()
            page = self._shared
        page.keys.add(snapshot.watch.key)
        self._page_of[snapshot.watch.key] = page
        return page

    def _remove(self, key: Key) -> None:
        page = self._page_of.pop(key)
        self.series -= page.remove(key)
        if not page.keys and page is not self._shared:
            self._pages.remove(page)

    def _add(self) -> Page:
        page = Page()
        self._pages.append(page)
        return page


def limited(snapshot: Snapshot, room: int) -> Snapshot:
    """The snapshot with series for so many documents, but for those that matter most."""
    visible, count = folded(snapshot.documents, room)
    return replace(snapshot, visible=visible, folded=count)


def _documents(snapshot: Snapshot) -> object:
    operation = snapshot.shown
    return operation.documents if operation else None
