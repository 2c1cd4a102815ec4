"""Rendered pages: lines are made when an observation changes, a scrape joins what is there.

A page is a batch with its documents, or some hundred small operations. It keeps for each family
the lines of each of its operations, and both forms of the whole, which last until a line changes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property

from exporter.exposition.families import OPERATION_FAMILIES, Family, Scope
from exporter.exposition.folding import SERIES_PER_DOCUMENT, folded
from exporter.exposition.render import document_lines, header, lines
from exporter.exposition.stream import Piece, joined, piece
from exporter.model import Key
from exporter.store import Snapshot

PAGE_SIZE = 128  # operations without documents of their own on one page


class Block:
    """Some lines, plain and compressed; compressed at the first scrape that asks."""

    def __init__(self, plain: bytes) -> None:
        self.plain = plain

    @cached_property
    def packed(self) -> Piece:
        """The same lines for a gzip scrape."""
        return piece(self.plain)


class Page:
    """The lines of some operations, by family."""

    def __init__(self) -> None:
        self._lines: dict[Family, dict[Key, bytes]] = {each: {} for each in OPERATION_FAMILIES}
        self._blocks: dict[Family, Block] = {}
        self.keys: set[Key] = set()
        self.folded = 0

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
        self._blocks.pop(family, None)
        return new.count(b"\n") - old.count(b"\n")

    def remove(self, key: Key) -> int:
        """Drop all lines of one operation; how many series there were."""
        self.keys.discard(key)
        return -sum(self.put(family, key, b"") for family in OPERATION_FAMILIES)

    def count(self, scope: Scope) -> int:
        """How many series of a scope there are."""
        return sum(
            each.count(b"\n")
            for family, of_family in self._lines.items()
            if family.scope is scope
            for each in of_family.values()
        )

    def block(self, family: Family) -> Block:
        """All lines of a family."""
        block = self._blocks.get(family)
        if block is None:
            block = self._blocks[family] = Block(b"".join(self._lines[family].values()))
        return block


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
                self.series += page.put(family, key, text)

    def _fold(self, snapshot: Snapshot, page: Page) -> Snapshot:
        """The snapshot with no more documents than the limits leave room for."""
        operation = snapshot.shown
        wanted = len(operation.documents) if operation else 0
        fits = self.series + wanted * SERIES_PER_DOCUMENT <= self.series_limit
        if wanted <= self.documents_limit and fits:
            return snapshot
        free = self.series_limit - self.series + page.count(Scope.DOCUMENT)
        room = min(self.documents_limit, free // SERIES_PER_DOCUMENT)
        visible, count = folded(snapshot.documents, room)
        return replace(snapshot, visible=visible, folded=count)

    def gzipped(self, rest: bytes) -> bytes:
        """The whole body, with `rest` at its end, as one gzip stream."""
        packed = [block.packed for block in self._blocks()]
        return joined([*packed, piece(rest)])

    def plain(self, rest: bytes) -> bytes:
        """The whole body, with `rest` at its end."""
        return b"".join([*(block.plain for block in self._blocks()), rest])

    def _blocks(self) -> Iterator[Block]:
        for family in OPERATION_FAMILIES:
            filled = [block for block in self._of(family) if block.plain]
            if filled:
                yield self._headers[family]
                yield from filled

    def _of(self, family: Family) -> Iterable[Block]:
        return (page.block(family) for page in self._pages)

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


def _documents(snapshot: Snapshot) -> object:
    operation = snapshot.shown
    return operation.documents if operation else None
