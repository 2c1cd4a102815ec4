"""The documents of a batch: which queries are made, and what is known of each in the end."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import StringIO
from itertools import pairwise

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from exporter.apis.base import Known
from exporter.apis.document_translation.documents import list_conditions
from exporter.model.operation import Document, Operation, State
from exporter.simulator.faults.faults import Fault, Kind
from exporter.simulator.play.building import batch
from exporter.simulator.play.scenario import Batch, Scenario
from exporter.simulator.play.timeline import DocumentView, batch_at
from exporter.simulator.server import Simulator
from exporter.simulator.services.limits import Limits
from exporter.telemetry import logs
from tests.support.local import (
    START,
    Samples,
    clock,
    configured,
    polling,
    scraped,
    served,
    value,
    values,
)
from tests.support.observations import documents, submitted

jumping = pytest.mark.jumping

UNFINISHED = "statuses=NotStarted,Running,Cancelling"
FAILED = "statuses=Failed"


@dataclass
class Tap:
    """A simulator and every request that came to it: when, and for what.

    `before` is called with each path and query before it is served.
    """

    simulator: Simulator
    endpoint: str = ""
    asked: list[tuple[float, str]] = field(default_factory=list)
    before: Callable[[str], None] = lambda _path: None

    def since(self, moment: float, part: str = "") -> list[str]:
        """What was asked for at `moment` (the loop's time) or later, if `part` is in it."""
        return [path for when, path in self.asked if when >= moment and part in path]

    def rounds(self, seconds: float, part: str = "") -> list[int]:
        """How many requests each span of so many seconds has seen, from the first to now."""
        spans = Counter(int(when // seconds) for when, path in self.asked if part in path)
        return [spans[span] for span in range(int(now() // seconds))]


def now() -> float:
    """The loop's time."""
    return asyncio.get_running_loop().time()


@asynccontextmanager
async def tapped(
    scenario: Scenario, *, cache: bool = False, limits: Limits | None = None
) -> AsyncIterator[Tap]:
    """A simulator whose requests are written down, query and all."""
    tap = Tap(Simulator(scenario, clock=clock, cache=cache, limits=limits))

    @web.middleware
    async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
        tap.asked.append((now(), request.raw_path))
        tap.before(request.raw_path)
        return await handler(request)

    application = tap.simulator.app()
    application.middlewares.append(note)
    async with served(application) as tap.endpoint:
        yield tap


def translator(endpoint: str, **section: object) -> Mapping[str, object]:
    """A resource with Document Translation alone."""
    return {"endpoint": endpoint, "document_translation": section}


# --- which queries


def known_documents(*words: str) -> dict[str, Document]:
    states = [State(word) for word in words]
    return {
        str(number): Document(str(number), "de", state, state.value)
        for number, state in enumerate(states)
    }


def of_counts(state: str, **counts: int) -> Operation:
    return Operation(
        state=State(state),
        word=state,
        counts=documents({State(word): count for word, count in counts.items()}),
        submitted=submitted(sum(counts.values())),
    )


NEVER_LISTED = Operation(State.NOT_STARTED, "NotStarted")
EMPTY = of_counts("NotStarted", NotStarted=0, Running=0)
RUNNING = of_counts("Running", NotStarted=1, Running=1, Succeeded=1, Failed=1)
LAST_ONE_RUNS = of_counts("Running", Running=1, Succeeded=3)
DONE = of_counts("Succeeded", NotStarted=0, Running=0, Succeeded=3, Failed=1)
ALL_WELL = of_counts("Succeeded", Succeeded=4, Failed=0)
CANCELLED = of_counts("Cancelled", Succeeded=2, Cancelled=2)
CANCELLING = of_counts("Cancelling", Running=2, Succeeded=2)

NOTHING: tuple[str, ...] = ()
SOME = ("Succeeded", "Failed")
FOUR = ("NotStarted", "Running", "Succeeded", "Failed")
ENDED = ("Succeeded", "Succeeded", "Succeeded", "Failed")
ONE_FAILED = ("Failed",)


@pytest.mark.parametrize(
    ("which", "seen", "words", "outlived", "queries"),
    [
        pytest.param("all", NEVER_LISTED, NOTHING, False, [], id="all: no summary"),
        pytest.param("all", EMPTY, NOTHING, False, [], id="all: the container is not listed yet"),
        pytest.param("all", RUNNING, NOTHING, False, [""], id="all: the first look"),
        pytest.param("all", RUNNING, SOME, False, [""], id="all: some were never seen"),
        pytest.param("all", RUNNING, FOUR, False, [UNFINISHED], id="all: what can still change"),
        pytest.param("all", LAST_ONE_RUNS, ENDED, False, [UNFINISHED], id="all: the batch says so"),
        pytest.param("all", DONE, FOUR, False, [UNFINISHED], id="all: the documents say so"),
        pytest.param("all", CANCELLING, FOUR, False, [UNFINISHED], id="all: cancelling"),
        pytest.param("all", DONE, ENDED, False, [], id="all: all have ended"),
        pytest.param("all", DONE, ENDED, True, [""], id="all: the last look"),
        pytest.param("all", DONE, FOUR, True, [""], id="all: the last look, some unfinished"),
        pytest.param("all", CANCELLED, FOUR, True, [""], id="all: the last look, cancelled"),
        pytest.param("all", EMPTY, NOTHING, True, [], id="all: the last look, nothing there"),
        pytest.param("unfinished", EMPTY, NOTHING, False, [], id="unfinished: nothing there"),
        pytest.param("unfinished", RUNNING, NOTHING, False, [UNFINISHED], id="unfinished: first"),
        pytest.param("unfinished", RUNNING, FOUR, False, [UNFINISHED], id="unfinished: next"),
        pytest.param("unfinished", CANCELLING, FOUR, False, [UNFINISHED], id="unfinished: stops"),
        pytest.param("unfinished", DONE, ENDED, False, [], id="unfinished: none is left"),
        pytest.param("unfinished", DONE, ENDED, True, [], id="unfinished: the last look"),
        pytest.param("failed", EMPTY, NOTHING, False, [], id="failed: nothing there"),
        pytest.param("failed", LAST_ONE_RUNS, NOTHING, False, [], id="failed: none has failed"),
        pytest.param("failed", RUNNING, NOTHING, False, [FAILED], id="failed: one has failed"),
        pytest.param("failed", RUNNING, ONE_FAILED, False, [], id="failed: it is known"),
        pytest.param("failed", DONE, ONE_FAILED, False, [], id="failed: known at the end"),
        pytest.param("failed", DONE, ONE_FAILED, True, [FAILED], id="failed: the last look"),
        pytest.param("failed", ALL_WELL, NOTHING, True, [], id="failed: the last look, none"),
        pytest.param("none", RUNNING, NOTHING, False, [], id="none"),
        pytest.param("none", DONE, NOTHING, True, [], id="none: the last look"),
    ],
)
def test_which_queries_a_look_makes(
    which: str, seen: Operation, words: tuple[str, ...], outlived: bool, queries: list[str]
) -> None:
    """The first look and the last are at everything, those between at what can still change."""
    batch_known = of_counts("Running", Running=len(words))
    documents = known_documents(*words)
    known = Known(
        Operation(State.RUNNING, "Running", counts=batch_known.counts, documents=documents),
        outlived=outlived,
    )
    assert list(list_conditions(which, seen, known)) == queries


def test_nothing_is_known_before_the_first_look() -> None:
    """Where no look came before, all documents are asked for."""
    assert list(list_conditions("all", RUNNING, Known())) == [""]
    assert list(list_conditions("unfinished", RUNNING, Known())) == [UNFINISHED]


# --- against the simulator


def truth(of: Batch) -> dict[str, DocumentView]:
    """The documents of a batch as Azure has them now, whatever its cache says."""
    view = batch_at(of, clock())
    assert view
    return {each.id: each for each in view.documents}


def shown(samples: Samples, of: Batch) -> dict[str, tuple[object, ...]]:
    """Language, state, charge and error of each document that has series, from a scrape."""
    own = {"operation": of.id}
    states = values(samples, "azure_ai_document_state", resource="r0", **own)
    charges = values(samples, "azure_ai_document_characters_charged", resource="r0", **own)
    errors = values(samples, "azure_ai_document_error_info", resource="r0", **own)
    inner = {text.split(",")[1]: text.split(",")[2] for text in errors}
    found: dict[str, tuple[object, ...]] = {}
    for text, is_one in states.items():
        assert is_one == 1
        document, language, state = text.split(",")
        assert document not in found, "one state a document"
        charge = charges[f"{document},{language}"]
        found[document] = (language, state, charge, inner.get(document))
    assert len(charges) == len(found)
    assert len(errors) == len(inner)
    return found


def expected(of: Batch, *states: str) -> dict[str, tuple[object, ...]]:
    """What a scrape should show of the documents in these states, or in any."""
    return {
        id_: (
            view.document.language,
            view.status,
            view.charged,
            view.document.failure.inner_code
            if view.document.failure and view.status == "Failed"
            else None,
        )
        for id_, view in truth(of).items()
        if not states or view.status in states
    }


def standing(**facts: object) -> Batch:
    """A batch of which some documents have ended and two run for ever: nothing changes in it."""
    return batch(
        created=START - 2000,
        documents=20,
        languages=("de", "fr"),
        takes=1500,
        failed=4,
        failed_before_start=3,
        stuck=2,
        **facts,  # type: ignore[arg-type]
    )


@jumping
@pytest.mark.parametrize("section", [{"discover": True}, {"batches": []}])
async def test_a_thousand_documents_of_which_ten_are_unfinished(section: dict[str, object]) -> None:
    """At most 3 requests a round: the batch, what is unfinished, and what has just ended."""
    lasts = 30_000  # 1,003 steps of some 30 s: about one document ends in a round
    of = batch(created=START - lasts + 330, documents=1000, takes=lasts)
    if "batches" in section:
        section["batches"] = [of.id]
    async with tapped(Scenario(batches=(of,))) as tap:
        async with polling(configured(translator(tap.endpoint, **section))) as exporter:
            await asyncio.sleep(59)
            unfinished = [each for each in truth(of).values() if each.progress < 1]
            assert len(unfinished) in range(10, 15)
            for _ in range(5):
                begun = now()
                await asyncio.sleep(30)
                assert len(tap.since(begun)) <= 3, tap.since(begun)
            assert len(shown(scraped(exporter), of)) == 1000
        assert len([path for path in tap.since(0) if "skip=" in path]) == 9, "one full look"


@jumping
@pytest.mark.parametrize("version", ["v1.0", "2024-05-01", "2026-03-01"])
async def test_every_document_has_its_series(version: str) -> None:
    """State, charge, error and language of each are those that Azure has; counts stay exact."""
    of = standing()
    async with tapped(Scenario(batches=(of,))) as tap:
        section = {"api_version": version, "discover": True}
        async with polling(configured(translator(tap.endpoint, **section))) as exporter:
            await asyncio.sleep(100)
            samples = scraped(exporter)
            seen = shown(samples, of)
            assert len(seen) == 40
            assert seen == expected(of)
            assert Counter(state for _, state, _, _ in seen.values()) == {
                "Succeeded": 31,
                "Failed": 7,
                "Running": 2,
            }
            assert {language for language, *_ in seen.values()} == {"de", "fr"}
            progress = values(samples, "azure_ai_document_progress_ratio", operation=of.id)
            assert sorted(progress.values()) == sorted(view.progress for view in truth(of).values())
            counts = values(
                samples,
                "azure_ai_operation_documents",
                resource="r0",
                api="document_translation",
                operation=of.id,
            )
            assert counts["Succeeded"] == 31
            assert counts["Failed"] == 7
            assert counts["Running"] == 2


MODES: dict[str, tuple[str, ...]] = {
    "all": (),
    "unfinished": ("Running", "NotStarted", "Cancelling"),
    "failed": ("Failed", "ValidationFailed"),
    "none": ("nothing",),
}


@jumping
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("own", [False, True])
async def test_documents_of_some_states(mode: str, own: bool) -> None:
    """`documents` says which have series, for all batches or for one; counts are there anyway."""
    of = standing()
    async with tapped(Scenario(batches=(of,))) as tap:
        section: dict[str, object] = (
            {"documents": "none", "discover": True, "batches": [{"id": of.id, "documents": mode}]}
            if own
            else {"documents": mode, "discover": True}
        )
        async with polling(configured(translator(tap.endpoint, **section))) as exporter:
            await asyncio.sleep(100)
            samples = scraped(exporter)
            assert shown(samples, of) == expected(of, *MODES[mode])
            documents = value(samples, "azure_ai_operation_documents_submitted", operation=of.id)
            assert documents == 40
            asked = {re.sub(".*maxpagesize=100&?", "", path) for path in tap.since(0, "/documents")}
            wanted = {"all": {"", UNFINISHED}, "unfinished": {UNFINISHED}, "failed": {FAILED}}
            assert asked == wanted.get(mode, set())


@jumping
async def test_documents_by_their_ids() -> None:
    """Only those that the configuration names are asked for, and only until they have ended."""
    of = standing()
    views = sorted(truth_at_start(of), key=lambda view: view.status)
    chosen = [views[0].id, views[-1].id]  # one has failed, one has succeeded
    runs = next(view.id for view in views if view.status == "Running")
    async with tapped(Scenario(batches=(of,))) as tap:
        batches = [{"id": of.id, "documents": [*chosen, runs]}]
        config = configured(translator(tap.endpoint, discover=True, batches=batches))
        async with polling(config) as exporter:
            await asyncio.sleep(310)
            seen = shown(scraped(exporter), of)
            assert seen == {id_: expected(of)[id_] for id_ in (*chosen, runs)}
            asked = Counter(path.split("?")[0].split("/")[-1] for path in tap.since(0, "documents"))
            assert {asked[id_] for id_ in chosen} == {1}
            assert asked[runs] in {10, 11}
            assert set(asked) == {*chosen, runs}


def truth_at_start(of: Batch) -> tuple[DocumentView, ...]:
    view = batch_at(of, START)
    assert view
    return view.documents


@jumping
async def test_unfinished_documents_leave_when_they_end() -> None:
    """With `unfinished`, a document's series go with a round after its end."""
    of = batch(created=START, documents=12, takes=600)
    async with tapped(Scenario(batches=(of,))) as tap:
        section = {"documents": "unfinished", "discover": True}
        async with polling(configured(translator(tap.endpoint, **section))) as exporter:
            sizes = []
            await asyncio.sleep(40)
            for _ in range(12):
                await asyncio.sleep(60)
                samples = scraped(exporter)
                sizes.append(len(shown(samples, of)))
                past = {
                    each.id
                    for each in of.documents
                    if each.finished and each.finished < clock() - 65
                }
                assert not past & shown(samples, of).keys()
            assert sizes[0] == 12
            assert sizes == sorted(sizes, reverse=True)
            assert sizes[-1] == 0


@jumping
@pytest.mark.parametrize("mode", ["all", "failed"])
@pytest.mark.parametrize("discover", [True, False])
async def test_the_last_look_is_right_to_the_document(mode: str, discover: bool) -> None:
    """However Azure's cache lies: once it is outlived, charges and failures are final and true."""
    found = [
        batch(
            created=START + 7 * number,
            documents=12,
            languages=("de", "fr"),
            takes=40 + 37 * number,
            failed=2 + number,
            failed_before_start=number % 3,
            cancel_after=60 if number == 5 else None,
        )
        for number in range(6)
    ]
    ids = [of.id for of in found]
    async with tapped(Scenario(batches=tuple(found)), cache=True) as tap:
        section = {"discover": True} if discover else {"batches": ids}
        poll = {"requests_per_second": 20}
        resource = {**translator(tap.endpoint, documents=mode, **section), "poll": poll}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(40 + 37 * 6 + 42 + 60 + 90 + 60)
            samples = scraped(exporter)
            for of in found:
                assert shown(samples, of) == expected(of, *MODES[mode])
                charged = sum(view.charged for view in truth(of).values())
                own = {"operation": of.id}
                assert value(samples, "azure_ai_operation_characters_charged", **own) == charged
            total = value(samples, "azure_ai_characters_charged_total")
            assert total == sum(view.charged for of in found for view in truth(of).values())
            before = len(tap.since(0, "/documents"))
            await asyncio.sleep(600)
            assert len(tap.since(0, "/documents")) == before, "after the last look there is none"


@jumping
async def test_a_last_look_that_fails_is_taken_again() -> None:
    """Final charges and failures do not hang on one bad minute of Azure's."""
    of = batch(created=START, documents=8, takes=200, failed=2)
    async with tapped(Scenario(batches=(of,))) as tap:
        config = configured(translator(tap.endpoint, discover=True))
        async with polling(
            config,
        ) as exporter:
            await asyncio.sleep(150)
            assert len(shown(scraped(exporter), of)) == 8
            outage = Fault(kind=Kind.ERROR, status=503, path=re.compile("/documents"))
            tap.simulator.faults.add(outage)
            await asyncio.sleep(300)
            tap.simulator.faults.clear()
            await asyncio.sleep(400)
            assert shown(scraped(exporter), of) == expected(of)


@jumping
@pytest.mark.parametrize("kind", [Kind.FOREIGN_LINK, Kind.REPEATED_LINK])
async def test_documents_beyond_a_bad_link_are_not_lost_in_silence(kind: Kind) -> None:
    """What was read counts, the batch stays up, and the log says once that there is more."""
    of = batch(created=START - 5000, documents=150, takes=4000, stuck=3)
    log = StringIO()
    logs.configure("info", "logfmt", log)
    async with tapped(Scenario(batches=(of,))) as tap:
        tap.simulator.faults.add(Fault(kind=kind, path=re.compile("/documents")))
        async with polling(configured(translator(tap.endpoint, discover=True))) as exporter:
            await asyncio.sleep(300)
            samples = scraped(exporter)
            assert len(shown(samples, of)) == 100
            assert value(samples, "azure_ai_operation_up", operation=of.id) == 1
            said = [line for line in log.getvalue().splitlines() if "next link" in line]
            assert len(said) == 1, log.getvalue()
            assert of.id in said[0]


@jumping
async def test_a_broken_document_is_told_of() -> None:
    """One of fifty cannot be read: forty-nine have series, a metric and the log tell of the one."""
    of = batch(created=START - 5000, documents=50, takes=4000, stuck=50)
    log = StringIO()
    logs.configure("info", "logfmt", log)
    async with tapped(Scenario(batches=(of,))) as tap:
        broken = Fault(kind=Kind.BROKEN_ITEM, path=re.compile("/documents"), without="id")
        tap.simulator.faults.add(broken)
        async with polling(configured(translator(tap.endpoint, discover=True))) as exporter:
            await asyncio.sleep(300)
            samples = scraped(exporter)
            assert len(shown(samples, of)) == 49
            counted = value(samples, "azure_ai_exporter_list_items_unreadable_total")
            assert counted
            said = [line for line in log.getvalue().splitlines() if "cannot be read" in line]
            assert len(said) == 1, log.getvalue()


@jumping
@pytest.mark.parametrize(
    "throttled",
    [
        pytest.param(Fault(kind=Kind.THROTTLED, retry_after="3", count=1), id="Retry-After: 3"),
        pytest.param(Fault(kind=Kind.THROTTLED, retry_after="25", count=1), id="Retry-After: 25"),
        pytest.param(Fault(kind=Kind.THROTTLED, retry_after="25", count=3), id="three times"),
        pytest.param(Fault(kind=Kind.THROTTLED, count=1), id="no Retry-After"),
    ],
)
async def test_a_list_goes_on_where_it_stopped(throttled: Fault) -> None:
    """The third page is throttled: it alone is asked again, and no sooner than Azure asked."""
    of = batch(created=START - 5000, documents=500, takes=4000, stuck=500)
    async with tapped(Scenario(batches=(of,))) as tap:

        def third(path: str) -> None:
            if "skip=200" in path:
                where = re.compile("/documents")
                tap.simulator.faults.add(throttled.model_copy(update={"path": where}))
                tap.before = lambda _path: None

        tap.before = third
        async with polling(configured(translator(tap.endpoint, discover=True))) as exporter:
            await asyncio.sleep(120)
            assert shown(scraped(exporter), of) == expected(of)
        pages = [(when, path) for when, path in tap.asked if "/documents" in path]
        first_look = [(when, path) for when, path in pages if UNFINISHED not in path]
        counts = Counter(re.sub(".*skip=([0-9]+).*", r"\1", path) for _, path in first_look)
        times = 1 + (throttled.count or 0)
        assert sorted(counts.values()) == [1, 1, 1, 1, times]
        assert counts["200"] == times
        asked = [when for when, path in first_look if "skip=200" in path]
        for earlier, later in pairwise(asked):
            assert later - earlier >= float(throttled.retry_after or 1)
