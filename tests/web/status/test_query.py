"""The parameters of a page's address, read and written."""

from urllib.parse import parse_qs, parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.web.status.query import PAGE_SIZES, Query, read, sorted_by, write

KNOWN = {
    "q": (),
    "resource": ("one", "t&o", "ü=/?"),
    "api": ("avatar",),
    "state": ("Running", "Failed"),
    "trouble": ("any", "queued too long"),
    "label": ("team=docs",),
    "sort": ("state", "-state", "charged", "-charged"),
    "page": (),
    "per_page": PAGE_SIZES,
}


def one_of(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from(["", *KNOWN[name]])


QUERIES = st.builds(
    Query,
    q=st.text(max_size=200).map(str.strip),
    resource=one_of("resource"),
    api=one_of("api"),
    state=one_of("state"),
    trouble=one_of("trouble"),
    label=st.sampled_from(["", "team=docs", "team=", "a_1=x=y&ü"]),
    sort=one_of("sort"),
    page=st.integers(1, 100_000),
    per_page=st.sampled_from([int(size) for size in PAGE_SIZES]),
)


def parameters(written: str) -> dict[str, str]:
    return dict(parse_qsl(written.removeprefix("?"), errors="surrogatepass"))


@given(QUERIES.filter(lambda query: query.q.isprintable()))
def test_what_is_written_is_read_again(query: Query) -> None:
    """An address can be shared: it shows the same to others, and nothing of it is strange."""
    assert read(parameters(write(query)), KNOWN) == (query, ())


@given(st.dictionaries(st.sampled_from([*KNOWN, "other"]), st.text()))
def test_any_parameters_are_read(said: dict[str, str]) -> None:
    """Nothing is an error; each parameter has one sentence at most, and filters stay."""
    query, notices = read(said, KNOWN)
    assert len(notices) <= len(said)
    again, fewer = read(parameters(write(query)), KNOWN)
    assert again == query
    assert all("selects nothing" in notice for notice in fewer)


@pytest.mark.parametrize(
    ("said", "query", "notice"),
    [
        (
            {"state": "Nope"},
            Query(state="Nope"),
            "The state “Nope” selects nothing. Known: Running, F",
        ),
        ({"resource": "ONE"}, Query(resource="ONE"), "The resource “ONE” selects nothing. Known: "),
        ({"api": "qna"}, Query(api="qna"), "The api “qna” selects nothing. Known: avatar."),
        ({"trouble": "late"}, Query(trouble="late"), "The trouble “late” selects nothing."),
        ({"resource": "x" * 999}, Query(resource="x" * 200), "The resource “xxx"),
        ({"state": "rUNNING"}, Query(state="Running"), ""),
        ({"trouble": "Queued Too LONG"}, Query(trouble="queued too long"), ""),
        ({"sort": "-size"}, Query(), "Unknown sort “-size” is ignored."),
        ({"page": "0"}, Query(), "Unknown page “0”; this is the first page."),
        ({"page": "²"}, Query(), "Unknown page “²”; this is the first page."),
        ({"page": "9" * 99}, Query(), "Unknown page “9999"),
        ({"per_page": "7"}, Query(), "Unknown per_page “7” is ignored. Known: 20, 50,"),
        ({"colour": "red"}, Query(), "Unknown parameter “colour” is ignored."),
        (
            {"label": "docs"},
            Query(label="docs"),
            "The label “docs” selects nothing; write it as NAME=VALUE.",
        ),
        (
            {"label": "cost-centre=1"},
            Query(label="cost-centre=1"),
            "The label “cost-centre=1” selects nothing; write it as",
        ),
        ({"state": "", "q": "  x "}, Query(q="x"), ""),
        ({"per_page": "100", "page": "007"}, Query(per_page=100, page=7), ""),
    ],
)
def test_what_means_nothing_is_said(said: dict[str, str], query: Query, notice: str) -> None:
    """A filter with an unknown value stays and selects nothing; others are ignored.

    A sentence names the value, and what there would be.
    """
    found, notices = read(said, KNOWN)
    assert found == query
    assert "".join(notices).startswith(notice)
    assert bool(notices) == bool(notice)


def test_usual_values_are_not_written() -> None:
    """A short address; what names the operation stands in front."""
    assert write(Query()) == "?"
    assert write(Query(sort="-charged", page=2), operation="a&b") == (
        "?operation=a%26b&sort=-charged&page=2"
    )
    assert parse_qs(write(Query(q="a b")).removeprefix("?")) == {"q": ["a b"]}


@pytest.mark.parametrize(
    ("sort", "column", "after"),
    [
        ("", "state", "state"),
        ("state", "state", "-state"),
        ("-state", "state", "state"),
        ("", "charged", "-charged"),
        ("-charged", "charged", "charged"),
        ("charged", "charged", "-charged"),
        ("charged", "state", "state"),
    ],
)
def test_a_column_is_sorted_and_turned(sort: str, column: str, after: str) -> None:
    """Names begin with A, numbers with the greatest; once more turns round. On the first page."""
    assert sorted_by(Query(sort=sort, page=3), column) == Query(sort=after)
