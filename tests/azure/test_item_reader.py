"""Pages of a list, round after round: what is as before is not parsed again."""

import json
from collections.abc import Mapping, Sequence

import pytest
from pydantic import Field

from exporter.azure.body import Body, CursorPage, ItemsPage, PageOf, ShapeError
from exporter.azure.item_reader import ItemReader


class Thing(Body):
    id: str
    size: int | None = None


class Values(ItemsPage[Thing]):
    value: tuple[Thing, ...] = Field(validation_alias="values")


class Reading:
    """A list that is read; `parsed` are the ids of the items that were parsed."""

    def __init__(self, page: type[PageOf[Thing]] = ItemsPage[Thing]) -> None:
        self.reader: ItemReader[Thing, list[str]] = ItemReader(page)
        self.parsed: list[str] = []

    def read(self, body: bytes | Mapping[str, object]) -> tuple[Sequence[list[str]], int]:
        """The values of a page, and how many items are broken."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        page = self.reader.parsing(self.value)(content)
        return page.values, page.broken

    def value(self, thing: Thing) -> list[str]:
        self.parsed.append(thing.id)
        return [thing.id]


def page(*ids: str) -> dict[str, object]:
    return {"value": [{"id": id_, "size": 1} for id_ in ids]}


BROKEN = [{"id": "a"}, {"size": 1}, 7, {"id": "b", "size": "odd"}, None]


def test_what_is_as_before_is_the_same_object() -> None:
    """Wherever it moves in the list; what is new or differs in a byte is parsed."""
    reading = Reading()
    first, _ = reading.read(page("a", "b"))
    reading.reader.begin_round()
    second, _ = reading.read(page("new", "a", "b"))
    assert second[1] is first[0]
    assert second[2] is first[1]
    reading.read({"value": [{"id": "a", "size": 2}]})
    assert reading.parsed == ["a", "b", "new", "a"]


@pytest.mark.parametrize("rounds", [1, 2, 5])
def test_a_page_as_before_is_the_same_object(rounds: int) -> None:
    """For any number of rounds; when one item of it changes, the others are still known."""
    reading = Reading()
    content = json.dumps({"value": [*BROKEN, {"id": "c"}]}).encode()
    first = reading.reader.parsing(reading.value)(content)
    for _ in range(rounds):
        reading.reader.begin_round()
        assert reading.reader.parsing(reading.value)(content) is first
    assert reading.parsed == ["a", "b", "c"]
    reading.reader.begin_round()
    values, broken = reading.read({"value": [*BROKEN, {"id": "c", "size": 2}]})
    assert reading.parsed == ["a", "b", "c", "c"]
    assert (values, broken) == ([["a"], ["b"], ["c"]], 3)


def test_a_page_that_comes_back_is_parsed_again() -> None:
    """After a round without it, of which memory knows no more than two."""
    reading = Reading()
    for ids in ("ab", "c", "d", "ab"):
        reading.reader.begin_round()
        reading.read(page(*ids))
    assert reading.parsed == ["a", "b", "c", "d", "a", "b"]


def test_what_left_the_list_is_forgotten() -> None:
    """After a round without it; memory holds two rounds at most."""
    reading = Reading()
    reading.read(page("a", "b"))
    for _ in range(2):
        reading.reader.begin_round()
        reading.read(page("b"))
    reading.reader.begin_round()
    reading.read(page("a", "b"))
    assert reading.parsed == ["a", "b", "a"]


@pytest.mark.parametrize(
    ("shape", "body", "expected"),
    [
        (ItemsPage[Thing], {"value": BROKEN}, (["a", "b"], 3)),
        (Values, {"values": BROKEN[::-1]}, (["b", "a"], 3)),
        (CursorPage[Thing], {"data": BROKEN, "has_more": False}, (["a", "b"], 3)),
        (ItemsPage[Thing], {"value": []}, ([], 0)),
        (ItemsPage[Thing], b'{"value": [{"id": "a"}], "odd": NaN}', (["a"], 0)),
    ],
)
def test_broken_items(
    shape: type[PageOf[Thing]],
    body: bytes | Mapping[str, object],
    expected: tuple[Sequence[str], int],
) -> None:
    """Each costs itself alone, in every round; an odd optional value costs that value."""
    reading = Reading(shape)
    for _ in range(2):
        reading.reader.begin_round()
        values, broken = reading.read(body)
        assert ([id_ for [id_] in values], broken) == expected
    whole = shape.read(body if isinstance(body, bytes) else json.dumps(body).encode())
    assert ([thing.id for thing in whole.value], whole.broken) == expected


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"value": {}}', b'{"value": null}', b"<p>"])
def test_no_page(body: bytes) -> None:
    """Another body is refused as it is by the shape of the page."""
    with pytest.raises(ShapeError) as refused:
        Reading().read(body)
    with pytest.raises(ShapeError) as expected:
        ItemsPage[Thing].read(body)
    assert str(refused.value) == str(expected.value)


@pytest.mark.parametrize(
    ("shape", "body", "following"),
    [
        (ItemsPage[Thing], {**page("a", "b"), "nextLink": "next"}, "next"),
        (
            CursorPage[Thing],
            {"data": [{"id": "a"}, {"id": "b"}], "has_more": True},
            "/list?after=b",
        ),
        (
            CursorPage[Thing],
            {"data": [{"id": "a"}], "has_more": True, "last_id": "z"},
            "/list?after=z",
        ),
        (ItemsPage[Thing], page("a"), None),
    ],
)
def test_the_next_page(
    shape: type[PageOf[Thing]], body: Mapping[str, object], following: str | None
) -> None:
    """Is found as the shape finds it, also after the last item."""
    reader: ItemReader[Thing, str] = ItemReader(shape)
    content = json.dumps(body).encode()
    for _ in range(2):
        assert reader.parsing(lambda thing: thing.id)(content).following("/list") == following
