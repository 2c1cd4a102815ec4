"""Budgets on series: what matters keeps its series, and nothing is dropped in silence."""

import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.apis.base import Known, PageShape, Shape
from exporter.apis.document_translation import documents as translation_documents
from exporter.azure.body import Parse
from exporter.exposition.folding import folded
from exporter.exposition.pages import Pages
from exporter.model.operation import Document, Operation, OperationKey, State
from exporter.model.quantities import Counted
from exporter.model.snapshot import Watch
from exporter.model.store import Store

STATES = st.lists(st.sampled_from(list(State)), max_size=60)


def documents(states: list[State]) -> dict[str, Document]:
    named = ((f"{number:04d}", state) for number, state in enumerate(states))
    return {id_: Document(id_, "de", state, state.value, progress=0.5) for id_, state in named}


@given(STATES, st.integers(0, 80))
def test_what_failed_or_runs_keeps_its_series(states: list[State], room: int) -> None:
    """Nothing is lost: each document is visible or counted; the rest fills the room."""
    every = documents(states).values()
    visible, count = folded(every, room)
    assert len(visible) + count == len(states)
    through = {State.SUCCEEDED, State.CANCELLED, State.SKIPPED}
    needed = [each for each in every if each.state not in through]
    assert visible[: len(needed)] == needed
    assert len(visible) <= max(room, len(needed))
    assert count == 0 or len(visible) >= room


def shown(pages: Pages, family: str) -> int:
    return bytes(pages.plain(b"")).decode().count(f"\n{family}{{")


@pytest.mark.parametrize(("limit", "visible", "rest"), [(1000, 50, 0), (30, 30, 20), (0, 10, 40)])
def test_a_batch_has_no_more_documents_than_its_limit(limit: int, visible: int, rest: int) -> None:
    """Ten failed documents of fifty keep their series; the counts by state stay exact."""
    pages = Pages()
    pages.documents_limit = limit
    store = Store([pages.update])
    key = OperationKey("r", "document_translation", "b")
    store.watch(Watch(key, "batch", (State.RUNNING,), shows=frozenset(State)))
    states = [State.SUCCEEDED] * 40 + [State.FAILED] * 10
    counts = {State.SUCCEEDED: 40, State.FAILED: 10}
    seen = Operation(
        State.RUNNING, "Running", counts={Counted.DOCUMENTS: counts}, documents=documents(states)
    )
    store.put(key, seen, 1.0)
    text = bytes(pages.plain(b"")).decode()
    assert shown(pages, "azure_ai_document_state") == visible
    assert text.count('language="de",state="Failed"} 1\n') == 10
    folded_line = 'documents_folded{resource="r",api="document_translation",operation="b"}'
    assert f"{folded_line} {rest}\n" in text
    assert 'operation="b",state="Succeeded"} 40\n' in text


def test_the_limit_holds_for_all_batches_together() -> None:
    """A hundred batches of a hundred documents stay under 3,000 series; free room is used."""
    pages = Pages()
    pages.series_limit = 3000
    store = Store([pages.update])
    keys = [OperationKey("r", "document_translation", f"b{number}") for number in range(100)]
    seen = Operation(State.RUNNING, "Running", documents=documents([State.SUCCEEDED] * 100))
    for key in keys:
        store.watch(Watch(key, "batch", (State.RUNNING,), shows=frozenset(State)))
        store.put(key, seen, 1.0)
    for key in keys:
        store.put(key, seen, 1.5)  # those that came first make room for those after them
    assert 2000 < pages.series <= 3000
    before = shown(pages, "azure_ai_document_state")
    for key in keys[:50]:
        store.remove(key)
    for key in keys[50:]:
        store.put(key, seen, 2.0)
    assert pages.series <= 3000
    assert shown(pages, "azure_ai_document_state") > before / 2
    for key in keys[50:]:
        store.remove(key)
    assert pages.series == 0
    assert bytes(pages.plain(b"")) == b""


class Inventive:
    """Lists as many documents as it is asked for, a hundred a page, each with another id."""

    def __init__(self) -> None:
        self.listed = 0

    async def get(self, path: str, parse: Parse[Shape]) -> Shape:
        raise AssertionError(path, parse)

    async def file(self, url: str, parse: Parse[Shape]) -> Shape:
        raise AssertionError(url, parse)

    async def pages(self, path: str, parse: Parse[PageShape]) -> AsyncIterator[PageShape]:
        assert "/documents?" in path
        while True:
            first, self.listed = self.listed, self.listed + 100
            items = [{"id": f"d{each}", "status": "Running"} for each in range(first, first + 100)]
            yield parse(json.dumps({"value": items}).encode())


async def test_an_azure_that_invents_documents_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an endless list so many are kept as one batch may have, and that it was cut is told."""
    monkeypatch.setattr(translation_documents, "DOCUMENTS_LIMIT", 1000)
    azure = Inventive()
    batch = Operation(
        State.RUNNING,
        "Running",
        counts={Counted.DOCUMENTS: {State.RUNNING: 10**9}},
        submitted={Counted.DOCUMENTS: 10**9},
    )
    path = translation_documents.UrlPath("/batches/one/documents", "api-version=2024-05-01")
    seen = await translation_documents.ListedDocuments("all").poll(azure, path, batch, Known())
    assert len(seen.documents) == azure.listed == 1100
    assert seen.incomplete == "a batch lists more than 1000 documents; cut there"
