"""The status page, over real HTTP: what it shows, in which order, and to whom."""

import asyncio
import json
import re
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import aiohttp
import msgspec
import pytest
from msgspec import structs
from yarl import URL

from exporter.app import serve
from exporter.app.serve import routes
from exporter.azure.exchange import Exchange
from exporter.azure.priority import Priority
from exporter.config.config import Config
from exporter.errors import Details, Failure, NoAnswer, Unauthorised
from exporter.model.operation import Document, Fault, Operation, OperationKey, State
from exporter.model.shard import Shard
from exporter.simulator.faults.faults import Fault as Planted
from exporter.simulator.faults.faults import Kind
from exporter.simulator.show.demo import demo_scenario
from exporter.top.operations_json import OperationsJson
from exporter.top.row_filter import RowFilter
from exporter.top.rows import Urgency, rows
from exporter.web.status.handlers import StatusPages
from tests.support.local import (
    START,
    applied,
    clock,
    configured,
    polling,
    scraped,
    served,
    simulated,
    values,
)
from tests.support.observations import characters, documents, submitted
from tests.support.pages import Page
from tests.support.status_site import API, HTML, NOWHERE, Site, seen, site
from tests.support.surfaces import planted_in

pytestmark = pytest.mark.jumping

BROKEN = Fault("InvalidRequest", "NoTranslatableText", "targetUrl", "Nothing to translate.")


def some(site: Site) -> None:
    """Six operations, each in another state; two are in trouble."""
    site.watch("running", seen(State.RUNNING, progress=0.4, created=START - 60), name="Running one")
    site.watch("waiting", seen(State.NOT_STARTED, created=START - 50), labels={"team": "Manuals"})
    counts = {State.SUCCEEDED: 8, State.FAILED: 2}
    partly = seen(
        State.SUCCEEDED,
        counts=documents(counts),
        submitted=submitted(10),
        progress=1.0,
        last_action=START,
    )
    site.watch("partly", structs.replace(partly, amounts=characters(1234567)))
    site.watch("broken", seen(State.FAILED, fault=BROKEN, last_action=START, created=START - 70))
    site.watch("done", seen(State.SUCCEEDED, amounts=characters(7), progress=1.0), api="avatar")
    site.watch("unread", resource="r1", api="qna_maker")


NONE = "\N{EN DASH}"
ALL = {"Running", "waiting", "partly", "broken", "done", "unread"}  # the first words


async def test_trouble_stands_first() -> None:
    """The head says how many and names them; so does the table, and then what is under way."""
    async with site() as here:
        some(here)
        page = await here.page()
        [title] = page.root.all("h1")
        assert title.text == "2 of 6 operations are in trouble"
        trouble = page.ids["trouble"].all("li")
        assert [item.all("a")[0].text for item in trouble] == ["broken", "partly"]
        assert "NoTranslatableText Nothing to translate." in trouble[0].text
        assert "2 failed" in trouble[1].text
        assert page.names()[:2] == ["broken", "partly"]
        assert set(page.names()) == ALL
        assert page.names()[-1] == "done"


async def test_a_row_says_it_all() -> None:
    """State, name and id, where, progress with counts, times, charge, error."""
    async with site() as here:
        some(here)
        rows = {row[1].split()[0]: row for row in (await here.page()).rows()}
        state, name, where, progress, changed, charged, error = rows["partly"]
        assert (state, name) == ("Succeeded documents failed", "partly")
        assert where == "r0 document_translation"
        assert progress == "100% 8 of 10 documents, 2 failed"
        assert error == NONE
        assert changed.startswith("now 08:00:00")
        assert charged == "1,234,567 characters"
        assert rows["Running"][1] == "Running one running"
        assert rows["Running"][4] == "now 08:00:00 UTC created 1 min ago"
        assert rows["broken"][6] == "NoTranslatableText"
        assert rows["unread"][0] == "Unknown not polled yet"


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"state": "Running"}, {"Running"}),
        ({"resource": "r1"}, {"unread"}),
        ({"api": "avatar"}, {"done"}),
        ({"trouble": "any"}, {"broken", "partly"}),
        ({"trouble": "documents failed"}, {"partly"}),
        ({"q": "RUNNING ONE"}, {"Running"}),
        ({"q": "manuals"}, {"waiting"}),
        ({"q": "notrans"}, {"broken"}),
        ({"q": "one", "state": "Failed"}, {""}),
        ({"state": "Unknown"}, {"unread"}),
        ({"label": "team=Manuals"}, {"waiting"}),
        ({"label": "team=", "resource": "r1"}, {"unread"}),
        ({"label": "team=manuals"}, {""}),
        ({"state": "PartiallySucceeded"}, {""}),
        ({"state": "Nope"}, {""}),
        ({"api": "openai_batch"}, {""}),
        ({"resource": "old"}, {""}),
        ({"trouble": "boredom"}, {""}),
        ({"label": "team"}, {""}),
        ({"label": "cost-centre="}, {""}),
    ],
)
async def test_filters(query: dict[str, str], shown: set[str]) -> None:
    """What passes them is shown, and what was chosen stays chosen; the head counts all the same."""
    async with site() as here:
        some(here)
        page = await here.page(f"/?{urlencode(query)}")
        if shown == {""}:
            assert page.rows() == [["No operation matches these filters. Show all"]]
        else:
            assert set(page.names()) == shown
        for name, value in query.items():
            control = page.ids[f"f-{name}"]
            if name in {"q", "label"}:
                assert control.attributes["value"] == value
            else:
                [chosen] = [each for each in control.all("option") if "selected" in each.attributes]
                assert chosen.text == value
        assert "2 of 6 operations" in page.root.all("h1")[0].text


@pytest.mark.parametrize(
    ("sort", "first", "last"),
    [
        ("charged", "done", None),
        ("-charged", "partly", None),
        ("progress", "Running", None),
        ("created", "broken", None),
        ("-created", "waiting", None),
        ("state", "broken", "unread"),
        ("-operation", "waiting", "broken"),
        ("-resource", "unread", None),
        ("error", "broken", None),
        ("end", None, None),
        ("changed", None, "unread"),
        ("-changed", None, "unread"),
    ],
)
async def test_sorting(sort: str, first: str | None, last: str | None) -> None:
    """By each column in both directions; who has no value is last; the column says how."""
    async with site() as here:
        some(here)
        page = await here.page(sort=sort)
        assert len(page.names()) == 6
        assert first in {None, page.names()[0]}
        assert last in {None, page.names()[-1]}
        said = [each.attributes.get("aria-sort") for each in page.root.all("th")]
        assert [each for each in said if each] == [
            "descending" if sort.startswith("-") else "ascending"
        ]


async def test_pages() -> None:
    """Each operation stands on one of them; the links lead from one to the next."""
    async with site() as here:
        for number in range(45):
            here.watch(f"o{number:02d}", seen(State.RUNNING))
        shown: list[str] = []
        asked: str | None = "/?sort=operation&per_page=20"
        while asked:
            page = await here.page(asked)
            shown += page.names()
            onward = [each for each in page.root.all("a") if each.text == "Next"]
            asked = "/" + onward[0].attributes["href"] if onward else None
        assert shown == [f"o{number:02d}" for number in range(45)]
        assert page.ids["pager"].text.startswith("41 to 45 of 45 operations")
        page = await here.page(page="9", per_page="20")
        assert "Page 9 does not exist; this is the last page." in page.root.text
        assert len(page.names()) == 5


async def test_a_bad_address_is_no_error() -> None:
    """It names the parameters that it ignores, and shows the operations."""
    async with site() as here:
        some(here)
        page = await here.page(sort="size", colour="red", page="x")
        notices = [each.text for each in page.root.all("p") if each.text.startswith("Unknown")]
        assert len(notices) == 3
        assert set(page.names()) == ALL


@pytest.mark.parametrize("what", ["%ED%A0%80", "%ff%fe", "%00", "%", "%C0%AF", "a" * 1500])
async def test_an_address_that_is_no_text(what: str) -> None:
    """It is shown as far as it can be, wherever it stands."""
    async with site() as here:
        some(here)
        paths = [f"/?q={what}&sort={what}&{what}={what}", f"/operation?operation={what}"]
        paths += [f"/operation?resource=r0&api=avatar&operation=done&q={what}", f"/{what}"]
        for path in paths:
            url = URL(str(here.session._base_url).rstrip("/") + path, encoded=True)
            async with here.session.get(url, headers=HTML) as answer:
                assert answer.status in {200, 400, 404}
                Page(await answer.text())


async def test_data_that_was_never_read() -> None:
    """Nobody is told that nothing is polled because all of it fails."""
    async with site() as here:
        assert "Oldest data nothing is polled" in (await here.page()).ids["head"].text
        here.exporter.store.fail(here.watch("one"), Failure("500", "HTTP 500"))
        assert "Oldest data nothing read yet" in (await here.page()).ids["head"].text
        here.watch("another", seen(State.RUNNING))
        assert "Oldest data now" in (await here.page()).ids["head"].text


async def test_a_shard_says_that_it_is_one() -> None:
    """That nothing of its own is in trouble says nothing of the others."""
    async with site() as here:
        assert "Shard" not in (await here.page()).root.text
    async with site(shard=Shard(1, 3)) as here:
        head = (await here.page()).ids["head"].text
        assert "Shard 1 of 3, counted from 0; each shard shows its own operations" in head
        missing = await here.page("/operation", status=404, resource="r", api="a", operation="o")
        assert "Another shard may watch it." in missing.root.text


async def test_nothing_at_all() -> None:
    """Before anything is watched the page says what to do."""
    async with site() as here:
        page = await here.page()
        assert page.root.all("h1")[0].text == "No operation is watched yet"
        assert "Add operations to the configuration" in page.rows()[0][0]


async def test_the_page_says_what_metrics_say() -> None:
    """The numbers by state are those of a scrape at the same moment; so is each state."""
    scenario = demo_scenario(START)
    async with simulated(scenario) as (_, endpoint):
        config = demo_of(endpoint)
        async with polling(config) as exporter:
            port = exporter.metrics_routes.application(*routes(exporter, None, lifecycle=False))
            async with served(port) as url, aiohttp.ClientSession(url) as session:
                await asyncio.sleep(240)
                here = Site(exporter, session)
                page = await here.page(per_page="500")
                samples = scraped(exporter)
        chips = [each.text.split() for each in page.ids["head"].all("li")]
        counted: dict[str, float] = {}
        for labels, value in values(samples, "azure_ai_resource_operations").items():
            state = labels.split(",")[-1]
            counted[state] = counted.get(state, 0) + value
        assert {state: int(count) for count, state in chips if count != "0"} == {
            state: count for state, count in counted.items() if count
        }
        links = [row.all("a")[0].attributes["href"] for row in page.ids["rows"].all("tr")]
        shown = {
            link.partition("?")[2]: row[0] for link, row in zip(links, page.rows(), strict=True)
        }
        for address, state in shown.items():
            of_it = dict(parse_qsl(address)) | {"state": state.split()[0]}
            assert set(values(samples, "azure_ai_operation_state", **of_it).values()) == {1.0}
        resources = {row[0].split()[0]: row for row in page.rows("resource-rows")}
        assert resources["speech"][1] == "authorised"
        assert re.match(r"[\d,]+ of 3,000", resources["speech"][3])


@pytest.mark.parametrize(
    ("query", "notices"),
    [
        ({}, 0),
        ({"label": "team=Manuals"}, 0),
        ({"trouble": "any", "sort": "-operation"}, 0),
        ({"q": "one"}, 0),
        ({"sort": "operation", "per_page": "20"}, 0),
        ({"page": "9", "colour": "red"}, 2),
        ({"state": "running"}, 0),
        ({"state": "PartiallySucceeded", "colour": "red"}, 2),
        ({"resource": "old", "label": "team"}, 2),
    ],
)
async def test_json_obeys_the_parameters_of_the_page(query: dict[str, str], notices: int) -> None:
    """The same operations in the same order, the same words on what is ignored.

    A filter with an unknown value selects nothing on both.
    """
    async with site() as here:
        some(here)
        said = json.loads((await here.raw(f"/api/v1/operations?{urlencode(query)}"))[0])
        page = await here.page(f"/?{urlencode(query)}")
        names = [each["operation"] for each in said["operations"]]
        assert said["total"] == len(names)
        shown = [name.lower() for name in page.names()]
        assert names == shown
        for notice in said["notices"]:
            assert notice in page.root.text
        assert len(said["notices"]) == notices


async def test_json_has_pages_only_where_they_are_asked_for() -> None:
    """Programs get all operations, also sorted; a page says how many there are in all."""
    async with site() as here:
        for number in range(60):
            here.watch(f"n{number:02}", seen(State.RUNNING))

        async def said(query: str) -> tuple[list[str], int]:
            answer = json.loads((await here.raw(f"/api/v1/operations{query}"))[0])
            return [each["operation"] for each in answer["operations"]], answer["total"]

        names = [f"n{number:02}" for number in range(60)]
        assert await said("") == (names, 60)
        assert await said("?sort=-operation") == (names[::-1], 60)
        assert await said("?sort=operation&per_page=20&page=3") == (names[40:], 60)
        assert await said("?q=n0") == (names[:10], 10)


async def test_labels_lead_to_their_operations() -> None:
    """The filter suggests those of resources; an operation's page links to others with its own."""
    labelled = {"endpoint": NOWHERE, API: {}, "labels": {"team": "docs & more"}}
    async with site(configured(labelled, {"endpoint": NOWHERE, "avatar": {}})) as here:
        here.watch("one", seen(State.RUNNING), labels={"team": "docs & more"})
        here.watch("two", seen(State.RUNNING), labels={"team": "media"})
        page = await here.page()
        (option,) = page.ids["labels"].all("option")
        assert option.attributes["value"] == "team=docs & more"
        one = await here.page("/operation", resource="r0", api=API, operation="one")
        (link,) = [url for url in one.links if "label" in url]
        assert (await here.page(link.partition("#")[0])).names() == ["one"]


async def test_top_and_page_know_the_same_trouble() -> None:
    """What is in trouble on one is so on the other, by the same word."""
    async with site() as here:
        some(here)
        here.watch("old", seen(State.FAILED, last_action=START - 7200))
        here.watch("stuck", seen(State.RUNNING, progress=0.1))
        failure = Failure("500", "HTTP 500")
        here.exporter.store.fail(here.watch("lost", seen(State.RUNNING)), failure)
        here.exporter.store.fail(here.watch("ended", seen(State.SUCCEEDED)), failure)
        await asyncio.sleep(1801)
        here.exporter.store.put(
            OperationKey("r0", API, "stuck"), seen(State.RUNNING, progress=0.1), clock()
        )
        here.exporter.store.put(
            OperationKey("r0", API, "waiting"), seen(State.NOT_STARTED), clock()
        )
        page = await here.page(trouble="any", sort="operation")
        body = (await here.raw("/api/v1/operations"))[0].encode()
        troubled = [
            row
            for row in RowFilter(sort="operation").of(
                rows(msgspec.json.decode(body, type=OperationsJson), 0.0)
            )
            if row.urgency is Urgency.TROUBLE
        ]
        assert [row.operation for row in troubled] == page.names()
        assert len(troubled) == 5
        for row, cells in zip(troubled, page.rows(), strict=True):
            assert cells[0].endswith(row.word)


@pytest.mark.parametrize(
    ("failure", "title"),
    [
        (Failure("500", "HTTP 500"), "Error from Azure at the latest request: 500"),
        (NoAnswer("timeout", "too late"), "No answer to the latest request: timeout"),
    ],
)
async def test_azure_is_quoted_only_where_it_spoke(failure: Failure, title: str) -> None:
    """What kept it from being asked stands there as what it is."""
    async with site() as here:
        key = here.watch("one", seen(State.RUNNING))
        here.exporter.store.fail(key, failure)
        [said] = (await here.page("/operation", **key._asdict())).ids["said"].all("section")
        assert [each.text for each in said.all("h2")] == [title]
        assert failure.reason in said.text


def demo_of(endpoint: str) -> Config:
    both = {"discover": True}
    sections = {"translator": {API: both}, "speech": {"video_translation": both, "avatar": both}}
    poll = {"interval": "5s", "requests_per_second": 50}
    return configured(
        *({"name": name, "endpoint": endpoint, **each} for name, each in sections.items()),
        poll=poll,
    )


# One operation


async def test_one_operation() -> None:
    """What Azure said, the timeline, the polls, the documents, and the queries."""
    async with site() as here:
        key = here.watch("one", labels={"project": "manuals"}, name="The manuals")
        refused = Failure("500", "HTTP 500 Internal: oh", Details("Internal", request_id="lost-1"))
        documents = {
            f"d{number}": Document(f"d{number}", "de", State.SUCCEEDED, "Succeeded", progress=1.0)
            for number in range(30)
        }
        documents["bad"] = Document("bad", "fr", State.FAILED, "Failed", fault=BROKEN)
        polls: list[tuple[Operation | Failure, str]] = [
            (seen(State.RUNNING, created=START - 60, documents=documents), "first"),
            (refused, "lost-1"),
            (seen(State.FAILED, created=START - 60, last_action=START, fault=BROKEN), "told"),
        ]
        for known, id_ in polls:
            failure = known if isinstance(known, Failure) else None
            status = failure.status if failure else "200"
            asked = Exchange(key, "/x", status, 0.25, 0.5, 30.0, failure, clock(), id_)
            here.exporter.history.exchanged(asked)
            if isinstance(known, Failure):
                here.exporter.store.fail(key, known)
            else:
                here.exporter.store.put(key, known, clock())
        page = await here.page("/operation", **key._asdict(), per_page="20")
    assert page.root.all("h1")[0].text == "The manuals"
    said = page.ids["said"].text
    assert "Nothing to translate." in said
    for word in ("InvalidRequest", "NoTranslatableText", "targetUrl", "told"):
        assert word in [each.text for each in page.ids["said"].all("code")]
    timeline = [each.text for each in page.ids["timeline"].all("li")]
    assert timeline[0].endswith("created (Azure)")
    assert timeline[-1].endswith("Failed last action (Azure)")
    assert "Duration 1 min" in page.ids["summary"].text
    newest, lost, first = page.rows("polls")
    assert newest[1:] == [
        "200",
        "250 ms after 500 ms in the queue",
        "30 s",
        "can be read again, Running → Failed, error InvalidRequest",
        "told",
    ]
    assert lost[4] == "cannot be read HTTP 500 Internal: oh"
    assert first[4] == "first seen as Running"
    assert page.names()[0] == "bad", "failed documents stand first"
    assert len(page.names()) == 20
    assert page.ids["pager"].text.startswith("1 to 20 of 31 documents Page 1 of 2")
    assert "project manuals" in page.root.text
    queries = [each.text for each in page.root.all("pre")]
    selector = f'{{resource="r0",api="{API}",operation="one"}}'
    assert f"azure_ai_operation_state{selector} == 1" in queries


async def test_documents_are_filtered_and_sorted() -> None:
    """As operations are; the links keep to the operation."""
    async with site() as here:
        documents = {
            f"d{number}": Document(
                f"d{number}", "de", State.RUNNING, "Running", characters_charged=number
            )
            for number in range(5)
        }
        documents["bad"] = Document("bad", "fr", State.FAILED, "Failed", fault=BROKEN)
        key = here.watch("one", seen(State.RUNNING, documents=documents))._asdict()
        page = await here.page("/operation", **key, sort="-charged")
        assert page.names() == ["d4", "d3", "d2", "d1", "d0", "bad"]
        assert all("operation=one" in link for link in page.links if link.startswith("?"))
        assert (await here.page("/operation", **key, state="Failed")).names() == ["bad"]
        assert (await here.page("/operation", **key, q="FR")).names() == ["bad"]
        assert (await here.page("/operation", **key, state="failed")).names() == ["bad"]
        for state in ("Cancelled", "Nope"):
            page = await here.page("/operation", **key, state=state)
            assert page.rows() == [["No document matches these filters."]]


async def test_the_json_says_the_same() -> None:
    """What changed and the timeline stand there, too."""
    async with site() as here:
        key = here.watch("one")
        here.exporter.history.exchanged(
            Exchange(key, "/", "200", 0.1, 0.0, None, None, clock(), "id")
        )
        here.exporter.store.put(key, seen(State.RUNNING), clock())
        async with here.session.get(f"/api/v1/operations/{'/'.join(key)}") as answer:
            said = await answer.json()
    assert said["timeline"] == [{"at": START, "state": "Running", "what": "first seen"}]
    assert said["polls"][0]["changed"] == "first seen as Running"
    assert said["polls"][0]["listed"] is False


async def test_an_operation_that_is_not_watched() -> None:
    """A page that says so, with 404."""
    async with site() as here:
        page = await here.page("/operation?resource=r0&api=avatar&operation=gone", status=404)
        assert "This operation is not watched" in page.root.text


@pytest.mark.parametrize(
    ("query", "missing"),
    [
        ("", "resource, api, operation"),
        ("?resource=r0", "api, operation"),
        ("?resource=r0&api=&operation=gone", "api"),
    ],
)
async def test_an_operation_that_is_not_named(query: str, missing: str) -> None:
    """400, and a page that names the missing parameters."""
    async with site() as here:
        page = await here.page(f"/operation{query}", status=400)
        assert f"resource, api and operation; missing: {missing} Go to" in page.root.text


# Resources


async def test_health_of_resources() -> None:
    """Whether it is authorised, the budget that is used, and the last error with its id."""
    async with site() as here:
        fine = await here.page()
        assert [row[1] for row in fine.rows("resource-rows")] == ["not polled yet"] * 2
        refused = Failure("429", "HTTP 429: too fast", Details("TooMany", request_id="fast-1"))
        key = OperationKey("r1", "qna_maker", "")
        for number in range(7):
            failure = refused if number == 3 else None
            status = "429" if failure else "200"
            one = Exchange(key, "/", status, 0.1, 0.0, None, failure, clock(), "")
            here.exporter.activity.exchanged(one)
        rows = (await here.page()).rows("resource-rows")
        assert rows[1][1] == "authorised"
        assert rows[1][3] == "7 of 300"
        assert rows[1][4] == "7, at most 7 a minute, 1 failed"
        assert rows[1][5].startswith("HTTP 429, now, resolved")
        assert "qna_maker: HTTP 429: too fast request fast-1" in rows[1][5]
        assert rows[1][5].endswith("A later request succeeded.")
        one = Exchange(key, "/", "429", 0.1, 0.0, None, refused, clock(), "")
        here.exporter.activity.exchanged(one)
        row = (await here.page()).rows("resource-rows")[1]
        assert "resolved" not in row[5]
        assert row[5].endswith("No later request has succeeded.")


@pytest.mark.parametrize(
    ("failure", "word"),
    [
        (Unauthorised("403", "HTTP 403: no role"), "refused"),
        (NoAnswer("timeout", "too late"), "no answer"),
        (Failure("429", "HTTP 429: too fast"), "authorised"),
    ],
)
async def test_a_resource_is_as_well_as_all_its_apis(failure: Failure, word: str) -> None:
    """What one API refuses is shown, whichever was asked last; as azure_ai_resource_up has it."""
    async with site() as here:
        for api, what in ((API, failure), ("avatar", None)):
            one = Exchange(
                OperationKey("r0", api, ""), "/", "200", 0.1, 0.0, None, what, clock(), ""
            )
            here.exporter._exchanged(one)
        health = (await here.page()).rows("resource-rows")[0][1]
        up = values(scraped(here.exporter), "azure_ai_resource_up", resource="r0")
        assert all(up.values()) == (word == "authorised")
        assert health == (word if all(up.values()) else f"{word} {API}: {failure.reason}")


async def test_a_paused_resource_says_why() -> None:
    """It refuses its key: in words, with when it will be tried again; in JSON, for `top`."""
    async with simulated(demo_scenario(START)) as (_, endpoint):
        bad = {
            "endpoint": endpoint,
            "auth": {"key": "wrong"},
            "avatar": {"operations": ["one", "two"]},
        }
        async with polling(configured(bad)) as exporter:
            port = exporter.metrics_routes.application(*routes(exporter, None, lifecycle=False))
            async with served(port) as url, aiohttp.ClientSession(url) as session:
                await asyncio.sleep(75)
                here = Site(exporter, session)
                page = await here.page()
                one = await here.page("/operation", resource="r0", api="avatar", operation="one")
                answer = await (await session.get("/api/v1/operations")).json()
    [trouble] = answer["resource_troubles"]
    assert (trouble["resource"], trouble["kind"]) == ("r0", "paused")
    assert trouble["reason"].startswith("HTTP 401")
    said = one.ids["said"]
    assert said.all("blockquote")[0].text.startswith("Access denied due to invalid subscription")
    assert "not known" not in said.text, "the request that was refused is known"
    [row] = page.rows("resource-rows")
    assert row[1].startswith("paused HTTP 401")
    assert re.search(r"one request retries in (\d+ s|1 min)$", row[1])
    assert row[2] == "2 2 in trouble"
    assert page.root.all("h1")[0].text == "1 resource and 2 of 2 operations are in trouble"
    first = page.ids["trouble"].all("li")[0].text
    assert first.startswith("r0 the resource, with 2 operations · since 08:00:")
    assert "HTTP 401" in first


async def test_what_is_kept_of_a_failure_is_small() -> None:
    """The error of a resource stays for days; the frames that it came through do not."""
    async with simulated(demo_scenario(START)) as (simulator, endpoint):
        simulator.faults.add(Planted(kind=Kind.ERROR, count=99))
        config = configured({"endpoint": endpoint, API: {"discover": True}})
        async with polling(config) as exporter:
            await asyncio.sleep(60)
            failed = exporter.activity["r0"].failed
            assert failed
            assert failed.failure
            assert failed.failure.__traceback__ is None


async def test_a_throttled_resource_says_until_when() -> None:
    """As long as Azure wants no request at all."""
    async with site() as here:
        here.exporter.clients["r0"].budget.pause(90)
        row, other = (await here.page()).rows("resource-rows")
        assert row[5] == "throttled No requests until 08:01:30 UTC , in 1 min"
        assert other[5] == "none"


ONE = OperationKey("r0", API, "one")


async def test_a_starved_budget_is_told() -> None:
    """The head and the resource say how many requests wait, and how long; a moment is no news."""
    async with site() as here, asyncio.TaskGroup() as group:
        budgets = [client.budget for client in here.exporter.clients.values()]
        for budget in budgets:
            budget.pause(90)
        waiting = [
            group.create_task(budget.acquire(ONE, Priority.LOW, under_way=False))
            for budget in (budgets[0], budgets[1], budgets[1])
        ]
        await asyncio.sleep(0.5)
        page = await here.page()
        assert "Requests waiting none" in page.ids["head"].text
        assert [row[3] for row in page.rows("resource-rows")] == ["0 of 300", "0 of 300"]
        waiting[0].cancel()
        await asyncio.sleep(80)
        page = await here.page()
        assert "Requests waiting 2; the longest for 1 min, to r1" in page.ids["head"].text
        row, other = page.rows("resource-rows")
        assert row[3] == "0 of 300"
        assert other[3] == "0 of 300 2 wait, the longest for 1 min"
        for task in waiting:
            task.cancel()


async def test_operations_that_are_left_out_are_told() -> None:
    """Of which list, and how many are watched, until a round leaves none out."""
    here_is = {"endpoint": NOWHERE, API: {"discover": {"max_operations": 1500}}}
    async with site(configured(here_is)) as here:
        assert "max_operations" not in (await here.page()).ids["head"].text
        [watcher] = here.exporter.lists.watchers.values()
        watcher.cut = True
        head = (await here.page()).ids["head"].text
        assert "There are more operations than max_operations" in head
        assert f"r0 · {API}: 1,500 are watched" in head


# What stands around it


async def test_configuration_for_people_and_programs() -> None:
    """A browser gets a page with what a program gets alone."""
    async with site() as here:
        text, headers = await here.raw("/config", headers={"Accept": "*/*"})
        assert headers["Content-Type"].startswith("text/plain")
        page = await here.page("/config")
        assert page.root.all("pre")[0].text == " ".join(text.split())
        changed = configured({"endpoint": NOWHERE, "avatar": {"operations": ["another"]}})
        await applied(here.exporter, changed)
        assert "another" in (await here.page("/config")).root.text


async def test_a_long_configuration_stops_nobody() -> None:
    """Others have their turn while it is written, which happens once."""
    named = [f"{number:08d}-f327-47a0-9481-abae6362f11e" for number in range(2000)]
    async with site(configured({"endpoint": NOWHERE, API: {"batches": named}})) as here:
        first, again = [await rounds(here, "/config") for _ in range(2)]
        assert first > 2 * again
        assert named[-1] in (await here.raw("/config"))[0]


@pytest.mark.parametrize("path", ["/api/v1/operations", "/sd"])
async def test_many_operations_as_json_stop_nobody(path: str) -> None:
    """Others have their turn in between; `top` asks for all of it every few seconds."""
    async with site() as here:
        few = await rounds(here, path)
        for number in range(2000):
            here.watch(f"one/{number}")
        assert await rounds(here, path) > few + 10
        said = json.loads((await here.raw(path))[0])
        assert len(said if path == "/sd" else said["operations"]) == 2000


async def rounds(here: Site, path: str) -> int:
    """How often others have their turn until there is an answer; nothing of it is sent."""
    asked = asyncio.create_task(here.raw(path, method="HEAD"))
    turns = 0
    while not asked.done():
        await asyncio.sleep(0)
        turns += 1
    await asked
    return turns


@pytest.mark.parametrize(
    ("path", "method", "status", "text"),
    [
        ("/nothing", "GET", 404, "This page does not exist."),
        ("/metrics", "POST", 405, "This page does not support the method of the request."),
        ("/probe", "GET", 400, "name an operation with resource, api and operation; missing: r"),
        ("/-/reload", "POST", 403, "not enabled; start with --web.enable-lifecycle"),
        ("/static/other.js", "GET", 404, "This page does not exist."),
    ],
)
async def test_what_goes_wrong_is_a_page(path: str, method: str, status: int, text: str) -> None:
    """For browsers; programs get the text as ever."""
    async with site() as here:
        body, _ = await here.raw(path, status, method=method)
        assert text in Page(body).root.text
        plain, headers = await here.raw(path, status, {"Accept": "*/*"}, method)
        assert headers["Content-Type"].startswith("text/plain")
        assert "<" not in plain


@pytest.mark.parametrize(
    "path", ["/", "/operation?resource=r0&api=avatar&operation=done", "/config"]
)
async def test_headers_of_pages(path: str) -> None:
    """One strict policy; HEAD gives the same without a body."""
    async with site() as here:
        some(here)
        _, headers = await here.raw(path)
        [policy] = headers.getall("Content-Security-Policy")
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
        for name in ("X-Content-Type-Options", "Referrer-Policy", "Vary"):
            assert len(headers.getall(name)) == 1
        body, of_head = await here.raw(path, method="HEAD")
        assert body == ""
        assert of_head["Content-Length"] == headers["Content-Length"]


async def test_static_files() -> None:
    """Kept for long under the address that a page names, for now under any other."""
    async with site() as here:
        page = await here.page()
        files = [each.attributes.get("href", "") for each in page.root.all("link")]
        files += [each.attributes["src"] for each in page.root.all("script")]
        assert len(files) == 3
        for file in files:
            _, headers = await here.raw(file)
            assert "immutable" in headers["Cache-Control"]
            _, headers = await here.raw(file.partition("?")[0])
            assert headers["Cache-Control"] == "no-cache"


# Foreign text

EVIL = "\"'><script>alert(1)</script>{{7*7}}&amp;\\"


async def test_foreign_text_is_only_text() -> None:
    """Whatever Azure or a file calls something: it is shown as it is, and does nothing."""
    failure = Failure(EVIL, EVIL, Details(EVIL, EVIL, EVIL, EVIL, EVIL, EVIL))
    fault = Fault(EVIL, EVIL, EVIL, EVIL)
    document = Document(EVIL, EVIL, State.FAILED, EVIL, fault=fault, name=EVIL)
    async with site() as here:
        config = here.exporter.plan.config
        named = [config.resources[0].model_copy(update={"name": EVIL})]
        evil_config = config.model_copy(update={"resources": tuple(named)})
        here.exporter.plan = replace(here.exporter.plan, config=evil_config)
        known = seen(State.FAILED, fault=fault, documents={EVIL: document}, last_action=START)
        key = here.watch(EVIL, resource=EVIL, api=EVIL, name=EVIL, labels={"team": EVIL})
        for asked in (key, OperationKey(EVIL, EVIL, "")):
            one = Exchange(asked, EVIL, EVIL, 0.1, 0.0, 1.0, failure, clock(), EVIL)
            here.exporter.history.exchanged(one)
            here.exporter.activity.exchanged(one)
        here.exporter.store.put(key, structs.replace(known, incomplete=EVIL), clock())
        here.exporter.store.fail(key, failure)
        sources = serve.sources(here.exporter, None, lifecycle=True)
        evil = replace(
            sources,
            clients=lambda: {EVIL: here.exporter.clients["r0"]},
            problems=lambda: [EVIL],
            not_loaded=lambda: [EVIL],
        )
        port = here.exporter.metrics_routes.application(*StatusPages(evil).routes())
        async with served(port) as url, aiohttp.ClientSession(url) as session:
            there = Site(here.exporter, session)
            status = await there.page(q=EVIL, state=EVIL, resource=EVIL)
            assert status.root.text.count(EVIL) > 8
            assert EVIL in [each.attributes.get("value") for each in status.root.all("input")]
            operation = await there.page("/operation", **key._asdict(), q=EVIL, sort=EVIL)
            assert operation.root.text.count(EVIL) > 15
            quoted = EVIL.replace("\\", "\\\\").replace('"', '\\"')
            queries = [each.text for each in operation.root.all("pre")]
            assert all(f'operation="{quoted}"' in query for query in queries)
            config_page = await there.page("/config")
            assert "<script>" in config_page.root.text
            gone = urlencode(key._asdict() | {"operation": EVIL * 2})
            await there.page(f"/operation?{gone}", status=404)
            await there.page(f"/{EVIL}", status=404)


async def test_no_secret_is_shown() -> None:
    """On no page, for a resource with a key; its settings only name it."""
    async with site() as here:
        some(here)
        for path in ("/", "/config", "/operation?resource=r0&api=avatar&operation=done"):
            body, _ = await here.raw(path)
            assert not planted_in(body)
        assert "&lt;secret&gt;" in (await here.raw("/config"))[0]
