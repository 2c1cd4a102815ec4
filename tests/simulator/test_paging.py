"""Lists of Document Translation: filters, order, pages, links."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.simulator.messages import offset_timestamp, read_timestamp, timestamp
from exporter.simulator.services.errors import Refusal
from exporter.simulator.services.paging import Query, link_query, page_of, read_query


@dataclass(frozen=True)
class Item:
    """The least that can be listed."""

    id: str
    created: float | None
    last_action: float = 0.0
    status: str = "Running"


def number_of(item: Item) -> int:
    return int(item.id, 16)


def items(count: int) -> list[Item]:
    return [Item(f"{number:08x}", 1000.0 + number) for number in range(count)]


@given(st.integers(0, 60), st.integers(1, 20), st.integers(0, 10), st.none() | st.integers(0, 70))
def test_following_the_links_gives_every_item_once(
    count: int, size: int, skip: int, top: int | None
) -> None:
    """Pages from link to link are the newest first, skip before top, and `top` is what is left."""
    query: Query | None = Query(page_size=size, skip=skip, top=top)
    seen: list[int] = []
    while query is not None:
        page, query = page_of(items(count), query)
        seen += map(number_of, page)
        if query is not None:
            assert len(page) == size
            text = link_query(query, dollar=True, api_version=None)
            query = read_query(pair.split("=", 1) for pair in text.split("&"))  # type: ignore[misc]
            assert query.top == len(range(count)[skip:][:top]) - len(seen)
    assert seen == list(reversed(range(count)))[skip:][:top]


@pytest.mark.parametrize("dollar", ["", "$"])
def test_names_come_with_and_without_dollar(dollar: str) -> None:
    """As the live service takes them, in any case of letters."""
    query = read_query(
        [(f"{dollar}top", "5"), (f"{dollar}skip", "2"), (f"{dollar}maxpagesize", "3"),
         (f"{dollar}orderby", "CreatedDateTimeUtc")]
    )  # fmt: skip
    assert query == Query(top=5, skip=2, page_size=3, order="createdDateTimeUtc asc")


def test_defaults_and_the_largest_page() -> None:
    """50 a page, never more than 100."""
    assert read_query([]) == Query(page_size=50)
    assert read_query([("maxpagesize", "500")]).page_size == 100


@pytest.mark.parametrize(
    "query",
    [
        "statuses=Failed,Cancelled",
        "statuses=Failed&statuses=Cancelled",
    ],
)
def test_statuses_are_separated_or_repeated(query: str) -> None:
    """Both forms are in the documentation."""
    pairs = [(name, value) for name, _, value in (p.partition("=") for p in query.split("&"))]
    listed = [Item(str(n), 1, status=s) for n, s in enumerate(["Failed", "Running", "Cancelled"])]
    assert {item.id for item in page_of(listed, read_query(pairs))[0]} == {"0", "2"}


def test_filters_by_id_and_creation() -> None:
    """The window includes both ends; what was never created is in no window."""
    known = "727bf148-f327-47a0-9481-abae6362f11e"
    listed = [Item(known, 10.0), Item("b", 20.0000004), Item("c", 30.0), Item("d", None)]

    def ids(*pairs: tuple[str, str]) -> list[str]:
        return [item.id for item in page_of(listed, read_query(pairs))[0]]

    assert ids(("ids", known.upper())) == [known]
    assert ids(("createdDateTimeUtcStart", timestamp(20.0000004))) == ["c", "b"]
    assert ids(("createdDateTimeUtcEnd", timestamp(20.0000004))) == ["b", known]
    assert ids() == ["c", "b", known, "d"]


def test_order_by_last_action() -> None:
    """The other field of the documentation, both ways."""
    listed = [Item("a", 1.0, last_action=5.0), Item("b", 2.0, last_action=4.0)]
    for direction, wanted in (("asc", "ba"), ("desc", "ab")):
        query = read_query([("orderby", f"lastActionDateTimeUtc {direction}")])
        assert "".join(item.id for item in page_of(listed, query)[0]) == wanted


def test_links_are_those_of_the_wire() -> None:
    """The name `orderBy`, a raw space, and the api-version at the end."""
    query = Query(top=1213, skip=50, page_size=50, order="createdDateTimeUtc asc")
    assert link_query(query, dollar=False, api_version="2024-05-01") == (
        "skip=50&top=1213&maxpagesize=50&orderBy=createdDateTimeUtc asc&api-version=2024-05-01"
    )
    assert link_query(Query(top=8, skip=2, page_size=2), dollar=True, api_version=None) == (
        "$skip=2&$top=8&$maxpagesize=2"
    )


def test_filters_are_kept_in_the_link() -> None:
    """A second page has the filters of the first."""
    first = Query(
        top=4, skip=2, page_size=2, ids=("727bf148-f327-47a0-9481-abae6362f11e",),
        statuses=("Failed", "Running"), created_start=0.0, created_end=99.5,
    )  # fmt: skip
    text = link_query(first, dollar=False, api_version=None)
    assert read_query(pair.split("=", 1) for pair in text.split("&")) == first  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("top", "-1"), ("top", "many"), ("skip", "1.5"), ("maxpagesize", "0"),
        ("orderby", "status asc"), ("orderby", "createdDateTimeUtc sideways"), ("orderby", ""),
        ("ids", "7"), ("statuses", "Paused"), ("createdDateTimeUtcStart", "yesterday"),
        ("createdDateTimeUtcEnd", "0001-01-01T00:00:00+14:00"),
    ],
)  # fmt: skip
def test_what_cannot_be_honoured_is_refused(name: str, value: str) -> None:
    """With 400 and the name of the parameter."""
    with pytest.raises(Refusal) as refusal:
        read_query([(name, value)])
    assert (refusal.value.status, refusal.value.code) == (400, "InvalidRequest")
    assert name.lower() in refusal.value.message.lower()


@given(st.floats(0, 4e9))
def test_timestamps_have_four_to_seven_digits_and_are_exact(seconds: float) -> None:
    """What is written is what is read, but for the digit that Python cannot keep."""
    text = timestamp(seconds)
    assert 4 <= len(text.partition(".")[2].removesuffix("Z")) <= 7
    assert abs(read_timestamp(text) - seconds) < 2e-6


def test_timestamps_by_example() -> None:
    """The forms that were seen on the wire."""
    assert timestamp(1_718_756_486.6175) == "2024-06-19T00:21:26.6175Z"
    assert timestamp(1_800_000_000) == "2027-01-15T08:00:00.0000Z"
    assert offset_timestamp(1_602_664_115.9, 330) == "2020-10-14T13:58:35+05:30"
    assert read_timestamp("2027-01-15T08:00:00") == 1_800_000_000
