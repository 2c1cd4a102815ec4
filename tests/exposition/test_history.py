"""The exposition stays what prometheus-client says, whatever happens; a scrape is of one moment."""

from collections.abc import Mapping

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from prometheus_client import CollectorRegistry

from exporter.errors import NoAnswer
from exporter.exposition import pages as pages_module
from exporter.exposition.negotiation import Format
from exporter.exposition.pages import Pages
from exporter.exposition.stream import ScrapeBody
from exporter.model import documents as packing
from exporter.model.operation import Document, Fault, Operation, OperationKey, State
from exporter.model.snapshot import Watch
from exporter.model.store import Store
from tests.exposition.test_exposition import (
    RENDER,
    Oracle,
    Samples,
    is_one_gzip_member,
    parsed,
    read,
)
from tests.support.observations import characters

pytestmark = pytest.mark.e2e

KEYS = [
    OperationKey("a", "document_translation", "o1"),
    OperationKey("a", "document_translation", "o2"),
    OperationKey("b", "avatar", "o1"),
]
STATES = (State.NOT_STARTED, State.RUNNING, State.SUCCEEDED, State.FAILED)
FAILED = frozenset({State.FAILED})
keys = st.sampled_from(KEYS)
states = st.sampled_from(STATES)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks and pages so small that every history has several."""
    monkeypatch.setattr(packing, "CHUNK", 3)
    monkeypatch.setattr(pages_module, "PAGE_SIZE", 2)


class History(RuleBasedStateMachine):
    """Operations come, change, fail, grow stale and leave, while scrapes are under way."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_800_000_000.0
        self.pages = Pages()
        self.store = Store([self.pages.update], [self.pages.refresh])
        self.under_way: list[tuple[ScrapeBody, ScrapeBody, Samples]] = []

    @initialize(limit=st.sampled_from([1000, 1000, 5]))
    def limits(self, limit: int) -> None:
        self.pages.documents_limit = limit

    @rule(key=keys, failed_only=st.booleans(), label=st.sampled_from(["x", "y"]))
    def watch(self, key: OperationKey, failed_only: bool, label: str) -> None:
        kind = "batch" if key.api == "document_translation" else "operation"
        shows = FAILED if failed_only else frozenset(State)
        watch = Watch(key, kind, STATES, labels={"project": label}, shows=shows)
        self.store.watch(watch)

    @rule(
        key=keys,
        state=states,
        changed=st.dictionaries(st.integers(0, 12), states, max_size=8),
        charge=st.none() | st.integers(0, 99),
        unreadable=st.sets(st.integers(0, 12).map(str), max_size=2),
    )
    def put(
        self,
        key: OperationKey,
        state: State,
        changed: Mapping[int, State],
        charge: int | None,
        unreadable: set[str],
    ) -> None:
        if key not in self.store:
            self.watch(key, failed_only=False, label="x")
        self.now += 1
        documents = {
            str(number): Document(
                str(number),
                "de",
                of_document,
                of_document.value,
                self.now,
                0.5,
                charge,
                fault=Fault("Bad") if of_document is State.FAILED else None,
            )
            for number, of_document in changed.items()
        }
        seen = Operation(
            state,
            state.value,
            last_action=self.now,
            amounts=characters(charge),
            documents=documents,
            unreadable=frozenset(unreadable),
        )
        self.store.put(key, seen, self.now)

    @rule(key=keys)
    def seen_again(self, key: OperationKey) -> None:
        """A list shows what is known."""
        if key in self.store and (known := self.store[key].operation):
            self.now += 1
            self.store.put(key, known, self.now)

    @rule(key=keys)
    def fail(self, key: OperationKey) -> None:
        if key in self.store:
            self.store.fail(key, NoAnswer("timeout", "no answer"))

    @rule(key=keys)
    def leave(self, key: OperationKey) -> None:
        if key in self.store:
            self.store.remove(key)

    @rule()
    def time_passes(self) -> None:
        self.now += 700
        self.store.expire(self.now, 600)

    @rule()
    def scrape_begins(self) -> None:
        rest = b"# EOF\n"
        self.under_way.append((self.pages.plain(rest), self.pages.gzipped(rest), self.oracle()))

    @rule()
    def scrape_ends(self) -> None:
        """What it says is what was known when it began, whatever has changed meanwhile."""
        for plain, packed, expected in self.under_way:
            body = bytes(plain)
            assert parsed(body, Format.OPENMETRICS) == expected
            assert len(body) == plain.length
            assert len(bytes(packed)) == packed.length
            is_one_gzip_member(bytes(packed), body)
        self.under_way.clear()

    @invariant()
    def says_what_the_oracle_says(self) -> None:
        assert packing.CHUNK == 3
        body = b"".join(self.pages.plain(b""))
        assert read(body) == self.oracle()
        lines = body.decode().split("\n")[:-1]
        assert self.pages.series == sum(not line.startswith("#") for line in lines)
        is_one_gzip_member(bytes(self.pages.gzipped(b"")), body)

    def oracle(self) -> Samples:
        registry = CollectorRegistry()
        limited = [self.pages.alone(each) for each in self.store]
        registry.register(Oracle(limited))
        return read(RENDER[Format.TEXT](registry))


TestHistory = History.TestCase
TestHistory.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink a history takes minutes
)
