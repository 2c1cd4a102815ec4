"""Documents packed in chunks are the same documents, and what did not change is not packed anew."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from exporter.model import documents as packing
from exporter.model.documents import CHUNK, Change, Documents, packed, unpacked
from exporter.model.operation import Document, Fault, State

numbers = st.floats(allow_nan=False)
documents = st.builds(
    Document,
    id=st.text(st.characters(codec="utf-8"), max_size=4),
    language=st.text(st.characters(codec="utf-8"), max_size=3),
    state=st.sampled_from(State),
    word=st.text(st.characters(codec="utf-8"), max_size=5),
    last_action=st.none() | numbers,
    progress=st.none() | st.floats(0, 1) | st.sampled_from([0, 1]),
    characters_charged=st.none() | st.integers(0, 2**63 - 1),
    images_charged=st.none() | st.integers(0, 2**63 - 1),
    fault=st.none() | st.builds(Fault, st.text(st.characters(codec="utf-8"), max_size=3)),
)
by_id = st.lists(documents, max_size=9).map(lambda many: {each.id: each for each in many})


def some(count: int, first: int = 0) -> dict[str, Document]:
    named = [f"d{number:04d}" for number in range(first, first + count)]
    return {id_: Document(id_, "de", State.RUNNING, "Running", 1.0, 0.5, 7) for id_ in named}


def always(_now: Document, _earlier: Document) -> bool:
    return True


@given(by_id)
def test_they_come_out_as_they_went_in(known: Mapping[str, Document]) -> None:
    """As any mapping has them: by id, in order, counted."""
    ours = Documents.of(known.values())
    assert ours == known
    assert len(ours) == len(known)
    assert list(ours) == list(known)
    assert list(ours.values()) == list(known.values())
    assert list(ours.items()) == list(known.items())
    assert all(ours[id_] == document for id_, document in known.items())
    assert "never seen" not in ours
    assert packed(ours) is ours
    assert packed(known) == known


@given(by_id, by_id, st.booleans())
def test_merging_is_what_it_is_for_dicts(
    known: Mapping[str, Document], seen: Mapping[str, Document], believed: bool
) -> None:
    """New ones come at the end; those that differ are replaced where they are believed."""
    merged, changes = Documents.of(known.values()).merged(seen, lambda *_: believed)
    news = {
        id_: each
        for id_, each in seen.items()
        if id_ not in known or (believed and each != known[id_])
    }
    assert list(merged.items()) == list({**known, **news}.items())
    assert len(merged) == len({**known, **news})
    assert sorted(changes, key=lambda change: change.later.id) == sorted(
        (Change(known.get(id_), each) for id_, each in news.items()),
        key=lambda change: change.later.id,
    )


@pytest.mark.parametrize("count", [1, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK])
def test_only_chunks_that_change_are_packed_anew(count: int) -> None:
    """One document of a thousand changes: the other chunks are the same objects."""
    known = Documents.of(some(count).values())
    same, changes = known.merged(some(count), always)
    assert same is known
    assert changes == []
    now = Document("d0000", "de", State.SUCCEEDED, "Succeeded")
    merged, (change,) = known.merged({"d0000": now}, always)
    assert change.later == now
    assert [new is old for new, old in zip(merged.chunks, known.chunks, strict=True)] == [
        False,
        *(True for _ in known.chunks[1:]),
    ]


def test_new_documents_fill_the_last_chunk() -> None:
    """However they come, no chunk but the last has room left."""
    known = Documents()
    for first in range(0, 1000, 90):
        known, _ = known.merged(some(90, first), always)
    sizes = [len(unpacked(chunk)) for chunk in known.chunks]
    assert set(sizes[:-1]) == {CHUNK}
    assert sum(sizes) == len(known) == 1080


def test_a_document_takes_a_hundred_bytes() -> None:
    """With an id and figures as Azure gives them: a million fit into 100 MB."""
    id_ = "273622bd-835c-4946-9798-fd8f19f6bbf2"
    one = Document(id_, "zh-Hant", State.SUCCEEDED, "Succeeded", 1785000000.1234567, 1.0, 123456)
    many = Documents.of([one] * 1000)
    assert sum(map(len, many.chunks)) / 1000 < 100


def test_there_are_never_more_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of ever new ids those that came first stay, and are still replaced."""
    monkeypatch.setattr(packing, "DOCUMENTS_LIMIT", 200)
    known = Documents()
    for first in range(0, 5000, 50):
        known, _ = known.merged(some(50, first), always)
    assert known == some(200)
    other = {"d0007": replace(known["d0007"], progress=0.9)}
    known, changes = known.merged(other | some(9, 700), always)
    assert [change.later for change in changes] == list(other.values())
    assert len(known) == len(list(known)) == 200
