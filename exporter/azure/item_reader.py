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


class _Kept(Generic[Value]):
    """What a round has read, by the hash of its bytes; a page has the hashes of its items."""

    def __init__(self) -> None:
        self.items: dict[int, Value] = {}
        self.pages: dict[int, tuple[ReadPage[Value], Sequence[int]]] = {}


class ItemReader(Generic[Item, Value]):
    """Reads the pages of one list, round after round.

    An item with the same bytes as in an earlier round has the same value, which is the same
    object; so has a page. Both are recognised by their hash of 64 bits, whose key is new at each
    start.

    Args:
        page: the shape of a page.
    """

    def __init__(self, page: type[PageOf[Item]]) -> None:
        self._page = page
        self._key = page.items_key()
        self._earlier: _Kept[Value] = _Kept()
        self._known: _Kept[Value] = _Kept()

    def begin_round(self) -> None:
        """Begin a round that reads the whole list: forget what was not in the one before."""
        self._earlier, self._known = self._known, _Kept()

    def parsing(self, convert: Callable[[Item], Value]) -> Parse[ReadPage[Value]]:
        """Parses pages; `convert` gives the value of a new item."""
        return partial(self._read, convert)

    def _read(self, convert: Callable[[Item], Value], body: bytes) -> ReadPage[Value]:
        digest = hash(body)
        kept = self._known.pages.get(digest) or self._earlier.pages.get(digest)
        if kept:
            page, digests = kept
            self._known.items.update(zip(digests, page.values, strict=True))
            self._known.pages[digest] = kept
            return page
        try:
            fields = _FIELDS.decode(body)
            items = _ITEMS.decode(fields[self._key])
        except (DecodeError, KeyError):
            shape = self._page.read(body)
            return ReadPage([convert(item) for item in shape.value], shape.broken, shape)
        fields[self._key] = Raw(json.encode(items[-1:]))
        shape = self._page.read(json.encode(fields))
        values: list[Value] = []
        read: list[int] = []
        for item in items:
            content = bytes(item)
            try:
                values.append(self._value(content, convert))
            except ShapeError:
                continue
            read.append(hash(content))
        page = ReadPage(values, len(items) - len(values), shape)
        self._known.pages[digest] = page, read
        return page

    def _value(self, content: bytes, convert: Callable[[Item], Value]) -> Value:
        digest = hash(content)
        value = self._known.items.get(digest)
        if value is None:
            value = self._earlier.items.get(digest)
            if value is None:
                value = convert(self._page.parse_item(content))
            self._known.items[digest] = value
        return value
