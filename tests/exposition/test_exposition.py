"""prometheus-client is the oracle: what it renders of the same snapshots, our pages must say."""

import gzip
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest as text
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from prometheus_client.registry import Collector

from exporter.errors import NoAnswer
from exporter.exposition.families import SNAPSHOT_FAMILIES, Family
from exporter.exposition.negotiation import Format
from exporter.exposition.pages import PAGE_SIZE, Pages
from exporter.model.operation import Document, Fault, Operation, OperationKey, State
from exporter.model.quantities import Amount, Counted
from exporter.model.snapshot import Snapshot, Watch
from exporter.model.store import Store
from exporter.telemetry.metrics import Telemetry
from exporter.text import cut
from tests.support.local import read_series

Samples = Counter[tuple[str, frozenset[tuple[str, str]], float]]
RENDER: Mapping[Format, Callable[[CollectorRegistry], bytes]] = {
    Format.TEXT: text,
    Format.OPENMETRICS: openmetrics,
}
PARSE: Mapping[Format, Callable[[str], Iterable[Metric]]] = {
    Format.TEXT: parse_text,
    Format.OPENMETRICS: parse_openmetrics,
}


# Finding out which parts of an example matter would take minutes here.
slowly = settings(
    max_examples=50,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)


def label(value: str) -> str:
    """A label value as it may be shown: cut, and without halves of surrogate pairs."""
    return cut(value).encode(errors="replace").decode()


class Oracle(Collector):
    """The same snapshots and the same families, rendered by prometheus-client."""

    def __init__(self, snapshots: Iterable[Snapshot]) -> None:
        self._snapshots = list(snapshots)

    def collect(self) -> Iterator[Metric]:
        for family in SNAPSHOT_FAMILIES:
            metric = Metric(family.name, family.help, family.type)
            for snapshot in self._snapshots:
                for labels, value in _samples(family, snapshot):
                    metric.add_sample(family.name, labels, value)
            yield metric


def _samples(family: Family, snapshot: Snapshot) -> Iterator[tuple[dict[str, str], float]]:
    assert family.samples
    key = snapshot.watch.key._asdict()
    front = {name: key[name] for name in family.scope.labels if name in key}
    for labels, value in family.samples(snapshot):
        yield {name: label(said) for name, said in {**front, **labels}.items()}, float(value)


def parsed(body: bytes, form: Format) -> Samples:
    return Counter(
        (sample.name, frozenset(sample.labels.items()), float(sample.value))
        for family in PARSE[form](body.decode())
        for sample in family.samples
    )


def read(body: bytes) -> Samples:
    """What `parsed` finds, at a fraction of the time; for what need not prove that it is valid."""
    lines = body.decode().split("\n")
    found = (line.rpartition(" ") for line in lines if line and not line.startswith("#"))
    return Counter((*read_series(series), float(number)) for series, _, number in found)


@pytest.fixture(scope="module")
def rest() -> Mapping[Format, bytes]:
    """What the exporter says of itself, in both formats."""
    telemetry = Telemetry()
    telemetry.expect("res", "avatar", [State.RUNNING], ["NotFound"])
    telemetry.exporter.loaded(1_800_000_000.0)
    return {form: telemetry.render(form) for form in Format}


def check(pages: Pages, snapshots: Iterable[Snapshot], rest: Mapping[Format, bytes]) -> None:
    """All that holds of every body."""
    registry = CollectorRegistry()
    registry.register(Oracle(snapshots))
    for form in Format:
        body = bytes(pages.plain(rest[form]))
        assert parsed(body, form) == read(RENDER[form](registry)) + read(rest[form])
        _is_well_arranged(body, form)
        is_one_gzip_member(bytes(pages.gzipped(rest[form])), body)
    ours = bytes(pages.plain(b"")).decode().split("\n")
    assert ours.pop() == ""
    assert pages.series == sum(not line.startswith("#") for line in ours)


def _is_well_arranged(body: bytes, form: Format) -> None:
    """Each family once, its help and type in front of its samples, the end at the end."""
    lines = body.decode().split("\n")
    assert lines.pop() == ""
    if form is Format.OPENMETRICS:
        assert lines.pop() == "# EOF"
    seen = Counter(tuple(line.split(" ")[1:3]) for line in lines if line.startswith("#"))
    assert set(seen.values()) == {1}
    family = ""
    for before, line in zip(["", *lines], lines, strict=False):
        if line.startswith("# TYPE"):
            family = line.split(" ")[2]
            assert before.startswith(f"# HELP {family} ")
        elif not line.startswith("#"):
            assert line.startswith(family)


def is_one_gzip_member(packed: bytes, plain: bytes) -> None:
    """Several members would be valid, but some readers show only the first."""
    assert gzip.decompress(packed) == plain
    reader = zlib.decompressobj(31)
    assert reader.decompress(packed) == plain
    assert reader.eof
    assert reader.unused_data == b""


QUOTING = ['"', "\\", "\n", '\\"', "\\n", 'a="b",', "} 1\n# EOF\n", "", "é", "\U0001f600"]
CONTROL = ["\r", "\x00\x1b[31m", "\x85\u2028", "\ud83d"]
long = st.builds(str.__mul__, st.sampled_from("x\U0001f600"), st.sampled_from([200, 201, 10_000]))
nasty = st.sampled_from([*QUOTING, *CONTROL]) | long
texts = st.text(st.characters(exclude_categories=()), max_size=20) | nasty
texts = texts | st.lists(texts, min_size=2, max_size=3).map("".join)
numbers = st.floats(allow_nan=False, allow_infinity=False)
maybe = st.none() | numbers
counts = st.integers(0, 2**63)
states = st.sampled_from(State)
faults = st.none() | st.builds(Fault, texts, texts, texts, texts)
# Documents come out of JSON, in which half of a surrogate pair is an error.
whole = texts.map(lambda text: text.encode(errors="replace").decode())
documents = st.lists(
    st.builds(
        Document,
        id=whole,
        language=whole,
        state=states,
        word=st.just("word"),
        last_action=maybe,
        progress=maybe,
        characters_charged=st.none() | counts,
        fault=st.none() | st.builds(Fault, whole, whole, whole, whole),
    ),
    max_size=4,
    unique_by=lambda document: label(document.id),
).map(lambda each: {document.id: document for document in each})
operations = st.builds(
    Operation,
    state=states,
    word=texts,
    created=maybe,
    last_action=maybe,
    progress=st.none() | st.floats(0, 1),
    counts=st.dictionaries(st.sampled_from(Counted), st.dictionaries(states, counts)),
    submitted=st.dictionaries(st.sampled_from(Counted), counts),
    amounts=st.dictionaries(st.sampled_from(Amount), counts | st.floats(0, 1e9)),
    fault=faults,
    documents=documents,
)
watches = st.lists(
    st.builds(
        Watch,
        key=st.builds(
            OperationKey, texts, st.sampled_from(["avatar", "document_translation"]), texts
        ),
        kind=st.sampled_from(["operation", "batch"]),
        shows=st.sampled_from([None, frozenset(State)]),
        states=st.lists(states.filter(lambda state: state is not State.UNKNOWN), unique=True).map(
            tuple
        ),
        name=texts,
        labels=st.dictionaries(st.sampled_from(["project", "le", "zone"]), texts),
    ),
    min_size=1,
    max_size=4,
    # A document's series do not say the API, so that a batch is told apart without it.
    unique_by=lambda watch: (label(watch.key.resource), label(watch.key.operation)),
)
snapshots = st.builds(
    Snapshot,
    watch=watches.map(lambda each: each[0]),
    operation=st.none() | operations,
    stale=st.booleans(),
    up=st.none() | st.booleans(),
    last_success=maybe,
    last_change=maybe,
    estimated_completion=maybe,
    unreadable_since=st.dictionaries(texts, numbers, max_size=3),
)


@pytest.mark.e2e
@given(st.lists(snapshots, max_size=4, unique_by=lambda each: tuple(map(label, each.watch.key))))
@slowly
def test_any_snapshots(rest: Mapping[Format, bytes], each: list[Snapshot]) -> None:
    """Whatever is known, and whatever stands in it, both formats say what the oracle says."""
    pages = Pages()
    for snapshot in each:
        pages.update(None, snapshot)
    check(pages, each, rest)


actions = st.lists(
    st.tuples(st.integers(0, 3), st.just("fail") | operations)
    | st.tuples(st.integers(1, 2000), st.just("expire")),
    max_size=12,
)


@pytest.mark.e2e
@given(watches, actions)
@slowly
def test_any_history(
    rest: Mapping[Format, bytes],
    each: list[Watch],
    history: list[tuple[int, str | Operation]],
) -> None:
    """After each change of a store the pages say what it holds now, and exactly one state is 1."""
    pages = Pages()
    store = Store([pages.update])
    for watch in each:
        store.watch(watch)
    now = 1_800_000_000.0
    for number, what in history:
        key = each[number % len(each)].key
        if isinstance(what, Operation):
            store.put(key, what, now)
        elif what == "fail":
            store.fail(key, NoAnswer("timeout", "no answer"))
        else:
            now += number
            store.expire(now, 600)
    check(pages, store, rest)
    one_state_each(pages, store)


def one_state_each(pages: Pages, store: Iterable[Snapshot]) -> None:
    found: dict[tuple[str, ...], list[float]] = {}
    for name, labels, value in read(bytes(pages.plain(b""))).elements():
        if name == "azure_ai_operation_state":
            said = dict(labels)
            key = (said["resource"], said["api"], said["operation"])
            found.setdefault(key, []).append(value)
    shown = {tuple(map(label, each.watch.key)) for each in store if each.shown}
    assert found.keys() == shown
    for values in found.values():
        assert sorted(values) == [*[0.0] * (len(values) - 1), 1.0]


@pytest.mark.e2e
def test_many_operations(rest: Mapping[Format, bytes]) -> None:
    """Families stay whole over several pages, and a change moves no line to another page."""
    pages = Pages()
    store = Store([pages.update])
    keys = [
        OperationKey(resource, kind, f"o{number}")
        for number, resource, kind in product(range(PAGE_SIZE), "ab", ("batch", "operation"))
    ]
    for key in keys:
        store.watch(Watch(key, key.api, (State.RUNNING, State.SUCCEEDED), shows=frozenset(State)))
    check(pages, store, rest)
    for now, word in enumerate(("Running", "Running", "Succeeded"), 1_800_000_000):
        operation = Operation(State(word), word, documents={"d": _document(word)})
        for key in keys[::3]:
            store.put(key, operation, float(now))
        check(pages, store, rest)
        one_state_each(pages, store)
    order = [line for line in bytes(pages.plain(b"")).split(b"\n") if b"_info{" in line]
    assert len(order) == len(keys)


OTHER_VALUES: Mapping[str, object] = {
    "stale": True,
    "up": False,
    "last_success": 20.0,
    "last_change": 21.0,
    "finished_at": 22.0,
    "estimated_completion": 23.0,
    "incomplete": "a reason",
    "unreadable_since": {"a": 1.0},
    "failure": NoAnswer("timeout", "no answer"),
}


@pytest.mark.parametrize("field", OTHER_VALUES)
def test_a_snapshot_of_the_same_operation(field: str) -> None:
    """What changes with the clock or a failure is shown, although the operation is the same."""
    key = OperationKey("r", "document_translation", "b")
    watch = Watch(key, "batch", (State.RUNNING,), shows=frozenset(State))
    operation = Operation(State.RUNNING, "Running")
    before = Snapshot(watch, operation, up=True, last_success=1.0, last_change=1.0)
    after = replace(before, **{field: OTHER_VALUES[field]})
    pages, fresh = Pages(), Pages()
    pages.update(None, before)
    pages.update(before, after)
    fresh.update(None, after)
    assert bytes(pages.plain(b"")) == bytes(fresh.plain(b""))


def _document(word: str) -> Document:
    return Document("d", "de", State(word), word, progress=0.5)


@pytest.mark.parametrize("family", SNAPSHOT_FAMILIES, ids=lambda family: family.name)
def test_help_needs_no_escapes(family: Family) -> None:
    """The two formats escape help texts differently; ours hold nothing to escape."""
    assert not set(family.help) & set('\\"\n')
    assert family.help.endswith(".")
