"""Reads the pages of a list, and parses only the items that are not as they were before."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

from msgspec import DecodeError, Raw, Struct, json

from exporter.azure.body import ListPage, PageOf, Parse, ShapeError

Item = TypeVar("Item")
Value = TypeVar("Value")

_FIELDS = json.Decoder(dict[str, Raw])
_ITEMS = json.Decoder(list[Raw])


class ReadPage(Struct, Generic[Value], frozen=True):
    """One page of a list.

    Attributes:
        values: what the items were converted to.
        broken: number of items that could not be read.
        shape: the page itself, of its items at most the last one.
    """

    values: Sequence[Value]
    broken: int
    shape: ListPage

    def following(self, path: str) -> str | None:
        """The link to the next page, as `ListPage` has it."""
        return self.shape.following(path)


_HashedPage = tuple[ReadPage[Value], Sequence[int]]  # the hashes of its items; () if not known
_Pages = dict[int, _HashedPage[Value]]  # by their hashes


class ItemReader(Generic[Item, Value]):
    """Reads the pages of one list, round after round.

    An item with the same bytes as in an earlier round has the same value, which is the same
    object; so has a page as in the round before. Both are recognised by their hash of 64 bits,
    whose key is new at each start.

    Args:
        page: the shape of a page.
    """

    def __init__(self, page: type[PageOf[Item]]) -> None:
        self._page = page
        self._key = page.items_key()
        self._earlier_items: dict[int, Value] = {}
        self._items: dict[int, Value] = {}
        self._earlier_pages: _Pages[Value] = {}
        self._pages: _Pages[Value] = {}

    def begin_round(self, *, whole: bool = True) -> None:
        """Begin a round; `whole`: it reads the whole list.

        Then the items that no round has shown since the last whole one began are forgotten.
        """
        self._earlier_pages, self._pages = self._pages, {}
        if whole:
            self._earlier_items, self._items = self._items, {}

    def parsing(self, convert: Callable[[Item], Value]) -> Parse[ReadPage[Value]]:
        """Parses pages; `convert` gives the value of a new item."""
        return partial(self._read, convert)

    def _read(self, convert: Callable[[Item], Value], body: bytes) -> ReadPage[Value]:
        page_hash = hash(body)
        known = self._pages.get(page_hash) or self._earlier_pages.get(page_hash)
        if known is None:
            known = self._parse(convert, body)
        else:
            page, item_hashes = known
            self._items.update(zip(item_hashes, page.values, strict=False))
        self._pages[page_hash] = known
        return known[0]

    def _parse(self, convert: Callable[[Item], Value], body: bytes) -> _HashedPage[Value]:
        try:
            fields = _FIELDS.decode(body)
            items = _ITEMS.decode(fields[self._key])
        except (DecodeError, KeyError):
            shape = self._page.read(body)
            return ReadPage([convert(item) for item in shape.value], shape.broken, shape), ()
        fields[self._key] = Raw(json.encode(items[-1:]))
        shape = self._page.read(json.encode(fields))
        values: list[Value] = []
        hashes: list[int] = []
        for item in items:
            content = bytes(item)
            item_hash = hash(content)
            try:
                values.append(self._value(item_hash, content, convert))
            except ShapeError:
                continue
            hashes.append(item_hash)
        return ReadPage(values, len(items) - len(values), shape), hashes

    def _value(self, item_hash: int, content: bytes, convert: Callable[[Item], Value]) -> Value:
        value = self._items.get(item_hash)
        if value is None:
            value = self._earlier_items.get(item_hash)
            if value is None:
                value = convert(self._page.parse_item(content))
            self._items[item_hash] = value
        return value
