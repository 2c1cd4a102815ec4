"""How forgiving the parse of documents is: the state of one is worth more than the rest."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.apis.document_translation.document_status import (
    DocumentPage,
    DocumentStatus,
    NamedDocumentPage,
)
from exporter.azure.body import ShapeError
from exporter.model.operation import Document, Fault, State

PLAIN = {"id": "a", "status": "Running", "to": "de"}

# One item's fields, and what is read of them beside its id, its language and its state.
ITEMS: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "no more than must be": ({}, {}),
    "everything": (
        {
            "lastActionDateTimeUtc": "2026-01-02T03:04:05.1234567Z",
            "progress": 0.25,
            "characterCharged": 12,
            "imageCharged": 3,
            "sourcePath": "https://host/source/a.docx?sig=secret",
            "error": {"code": "InvalidRequest", "innerError": {"code": "WrongEncoding"}},
        },
        {
            "last_action": 1767323045.123456,
            "progress": 0.25,
            "characters_charged": 12,
            "images_charged": 3,
            "fault": Fault("InvalidRequest", "WrongEncoding"),
        },
    ),
    "a source, whose name nobody wants": ({"sourcePath": "https://a/in/private.docx"}, {}),
    "a time without a zone": (
        {"lastActionDateTimeUtc": "1970-01-01T00:01:00"},
        {"last_action": 60},
    ),
    "no time": ({"lastActionDateTimeUtc": "0001-01-01T00:00:00"}, {}),
    "a time that is none": ({"lastActionDateTimeUtc": "soon"}, {}),
    "a time in Unix seconds": ({"lastActionDateTimeUtc": 5}, {"last_action": 5.0}),
    "a time of -1": ({"lastActionDateTimeUtc": -1}, {}),
    "a time of 0": ({"lastActionDateTimeUtc": 0}, {}),
    "a time of no calendar": ({"lastActionDateTimeUtc": 1e300}, {}),
    "an empty time": ({"lastActionDateTimeUtc": ""}, {}),
    "a time that is true": ({"lastActionDateTimeUtc": True}, {}),
    "whole progress": ({"progress": 1}, {"progress": 1}),
    "progress beyond the end": ({"progress": 1.5}, {}),
    "progress in words": ({"progress": "half"}, {}),
    "progress that is true": ({"progress": True}, {}),
    "a charge below nothing": ({"characterCharged": -1}, {}),
    "a charge that is text": ({"characterCharged": "12"}, {}),
    "a charge that is a fraction": ({"characterCharged": 1.5}, {}),
    "a charge that no counter holds": ({"characterCharged": 2**63}, {}),
    "an error that is text": ({"error": "bad"}, {}),
    "an empty error": ({"error": {}}, {}),
    "nothing but null": (
        dict.fromkeys(("lastActionDateTimeUtc", "progress", "characterCharged", "error")),
        {},
    ),
}


def body(*items: object, **more: object) -> bytes:
    return json.dumps({"value": items, **more}).encode()


@pytest.mark.parametrize("name", ITEMS)
def test_what_is_read_of_a_document(name: str) -> None:
    """Alone and in a list it is the same; a part of another kind than promised is left out."""
    fields, said = ITEMS[name]
    expected = Document("a", "de", State.RUNNING, "Running", **said)  # type: ignore[arg-type]
    item = {**PLAIN, **fields}
    assert DocumentStatus.read(json.dumps(item).encode()).document() == expected
    page = DocumentPage.read(body(item))
    assert page.documents == [expected]
    assert page.broken == 0


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("https://a.blob.core.windows.net/in/sub/Manual%20%C3%A9.docx", "Manual é.docx"),
        ("https://a/in/a.docx?sv=2021&sig=c2VjcmV0", "a.docx"),
        ("https://a/in/a.docx#sig=c2VjcmV0", "a.docx"),
        ("https://a/in/a%3Fsig=c2VjcmV0", "a?sig=<cut>"),
        ("https://a/in/two%0Alines.docx", "two lines.docx"),
        ("a.docx", "a.docx"),
        ("", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_a_name_where_it_is_wanted(source: object, name: str) -> None:
    """The last part of the path; a signature is never in it."""
    item = {**PLAIN, "sourcePath": source}
    assert [each.name for each in NamedDocumentPage.read(body(item)).documents] == [name]
    assert DocumentStatus.read(json.dumps(item).encode()).document(named=True).name == name


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"id": "b"},
        {"status": "Running"},
        {**PLAIN, "id": 5},
        7,
        None,
        [],
    ],
    ids=str,
)
def test_an_item_that_cannot_be_read(broken: object) -> None:
    """It is counted; those beside it count as ever, and the link goes on."""
    page = DocumentPage.read(body(PLAIN, broken, {**PLAIN, "id": "c"}, **{"@nextLink": "n"}))
    assert [each.id for each in page.documents] == ["a", "c"]
    assert page.broken == 1
    assert page.following("/") == "n"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"value":null}',
        b'{"value":[{"id":"a"',
        b'{"value":' + b"[" * 100_000,
        b'{"value":[],"more":' + b"[" * 100_000,
        b"\xff",
        b"<html>",
    ],
)
def test_a_body_that_is_no_page(text: bytes) -> None:
    """It cannot be read at all, and the error says how."""
    with pytest.raises(ShapeError, match=r"."):
        DocumentPage.read(text)
    with pytest.raises(ShapeError, match=r"."):
        DocumentStatus.read(text)


VALUES = st.none() | st.booleans() | st.integers() | st.text()


def nested(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.recursive(
        values,
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )


JSON = nested(VALUES | st.floats())
NAMES = ["lastActionDateTimeUtc", "progress", "characterCharged", "imageCharged", "error", "to"]
ALMOST = st.fixed_dictionaries(
    {
        "value": st.lists(
            st.fixed_dictionaries(
                {"id": st.text() | JSON, "status": st.text() | JSON},
                optional=dict.fromkeys(NAMES, JSON),
            )
        )
    },
    optional={"nextLink": st.none() | st.text(), "@nextLink": st.none() | st.text()},
)


@pytest.mark.e2e
@given(st.binary() | (JSON | ALMOST).map(lambda said: json.dumps(said).encode()))
def test_nothing_but_a_page_or_a_shape_error(text: bytes) -> None:
    """No body makes anything else of it, and what is counted adds up."""
    with contextlib.suppress(ShapeError):
        page = DocumentPage.read(text)
        assert len(page.documents) + page.broken == len(json.loads(text)["value"])


FIELDS = [*NAMES, "sourcePath", "id", "status"]
NUMBERS = [0, -0.0, 1, 1.0, 1.5, -1, True, None, 2**63 - 1, 2**63, 2**64, 10**30]
TEXTS = ["", "Running", "Canceled", "Cancelled", "Paused", "de", "tlh-Latn", "2026-01-02T03:04:05Z"]
VALID_JSON = nested(VALUES | st.floats(allow_nan=False, allow_infinity=False))
ODD = {"id": "odd", "status": "Running", "progress": "half"}


def assert_read_alike(name: str, value: object) -> None:
    """A page without any odd value is read in another way than one with an odd document."""
    items = PLAIN, {**PLAIN, name: value}
    for shape in (DocumentPage, NamedDocumentPage):
        alone, beside = shape.read(body(*items)), shape.read(body(*items, ODD))
        assert repr(beside.documents[:-1]) == repr(alone.documents)  # tells 1 from 1.0
        assert beside.broken == alone.broken


@pytest.mark.parametrize("name", FIELDS)
def test_a_document_beside_an_odd_one(name: str) -> None:
    """It is read as on a page without odd values, whatever it says."""
    for value in (*NUMBERS, *TEXTS):
        assert_read_alike(name, value)


@given(st.sampled_from(FIELDS), VALID_JSON)
def test_any_document_beside_an_odd_one(name: str, value: object) -> None:
    """It is read as on a page without odd values, whatever it says."""
    assert_read_alike(name, value)
