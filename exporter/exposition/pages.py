"""Rendered pages: lines are made when an observation changes, a scrape joins what is there.

A page is a batch with its documents, or some hundred small operations. It keeps for each family
the lines of each of its operations, and both forms of the whole, which last until a line changes.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property

from exporter.exposition.families import OPERATION_FAMILIES, Family, Scope
from exporter.exposition.render import header, lines
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

    def block(self, family: Family) -> Block:
        """All lines of a family."""
        block = self._blocks.get(family)
        if block is None:
            block = self._blocks[family] = Block(b"".join(self._lines[family].values()))
        return block


class Pages:
    """What `/metrics` says of operations and documents."""

    def __init__(self) -> None:
        self._page_of: dict[Key, Page] = {}
        self._pages: list[Page] = []
        self._shared: Page | None = None
        self._headers = {family: Block(header(family)) for family in OPERATION_FAMILIES}
        self.series = 0

    def update(self, before: Snapshot | None, after: Snapshot | None) -> None:
        """A listener of the store: render what this change shows."""
        if after is None:
            if before:
                self._remove(before.watch.key)
            return
        key = after.watch.key
        page = self._page_of.get(key) or self._open(after)
        documents_too = (
            before is None
            or _documents(before) is not _documents(after)
            or before.watch is not after.watch
        )
        for family in OPERATION_FAMILIES:
            if family.scope is Scope.OPERATION or documents_too:
                self.series += page.put(family, key, lines(family, after))

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
