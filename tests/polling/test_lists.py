"""Operations that nobody configured: they appear by themselves, are followed, and leave."""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from exporter.app.exporter import Exporter
from exporter.polling import retention
from exporter.simulator.faults.faults import Fault, Kind
from exporter.simulator.messages import signed_url
from exporter.simulator.play.building import (
    batch,
    iteration,
    operation,
    rejected_batch,
    seeded_uuid,
    synthesis,
    translation,
)
from exporter.simulator.play.scenario import Batch, Pace, Scenario
from exporter.simulator.play.timeline import batch_at
from exporter.simulator.server import DEFAULT_KEY
from exporter.telemetry import logs
from tests.apis.document_translation.test_documents import Tap, now, tapped, translator
from tests.support.local import (
    START,
    Samples,
    applied,
    clock,
    configured,
    polling,
    scraped,
    served,
    value,
    values,
)

pytestmark = pytest.mark.jumping

HOUR = 3600.0
SWEEP = 30.0
BATCHES = {
    "v1.0": "/translator/text/batch/v1.0/batches",
    "2024-05-01": "/translator/document/batches",
    "2026-03-01": "/translator/document/batches",
}
VIDEOS = "/videotranslation/translations"
SYNTHESES = "/avatar/batchsyntheses"
KEY = {"Ocp-Apim-Subscription-Key": DEFAULT_KEY}


@pytest.fixture(autouse=True)
def _seldom_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    """What leaves does so within 30 s, not 5: fewer moments in which time cannot jump."""
    monkeypatch.setattr(retention, "_SWEEP_SECONDS", SWEEP)


def listening_log() -> StringIO:
    """All that is logged from now on."""
    log = StringIO()
    logs.configure("debug", "logfmt", log)
    return log


def lines(log: StringIO, *parts: str) -> list[str]:
    return [line for line in log.getvalue().splitlines() if all(part in line for part in parts)]


def states(samples: Samples, api: str = "document_translation") -> dict[str, str]:
    """The state of each operation that has one."""
    found = values(samples, "azure_ai_operation_state", resource="r0", api=api)
    current = [text.rpartition(",") for text, is_current in found.items() if is_current]
    return {id_: state for id_, _, state in current}


def truth(batches: Sequence[Batch]) -> dict[str, str]:
    """The state of each batch as Azure has it now."""
    views = [batch_at(each, clock()) for each in batches]
    return {view.id: view.status for view in views if view}


def of_operation(samples: Samples, id_: str) -> set[tuple[str, frozenset[tuple[str, str]]]]:
    """All series of one operation and its documents."""
    return {series for series in samples if ("operation", id_) in series[1]}


def exporter_says(exporter: Exporter, name: str, api: str) -> float | None:
    """One of the exporter's own metrics, without a whole scrape."""
    labels = {"resource": "r0", "api": api}
    return exporter.telemetry.registry.collectors.get_sample_value(
        f"azure_ai_exporter_{name}", labels
    )


def running(count: int, *, created: float = START - HOUR, documents: int = 1) -> tuple[Batch, ...]:
    """Batches that run for ever, a second between each two."""
    return tuple(
        batch(
            id=seeded_uuid("running", number),
            created=created + number,
            documents=documents,
            takes=60,
            stuck=documents,
        )
        for number in range(count)
    )


# --- batches


@pytest.mark.parametrize("version", BATCHES)
async def test_batches_are_found(version: str) -> None:
    """Every batch of the resource appears with its state, on whichever page it stands."""
    found = (
        *running(120),
        batch(created=START - 500, documents=4, takes=300, failed=1),
        batch(created=START - 400, documents=2, takes=300, failed=2),
        batch(created=START - 300, documents=2, takes=900, cancel_after=100),
        rejected_batch(created=START - 200),
        batch(created=START - 100, documents=2, takes=900, starts_after=800),
    )
    async with tapped(Scenario(batches=found)) as tap:
        section = {"api_version": version, "discover": True, "documents": "none"}
        async with polling(configured(translator(tap.endpoint, **section))) as exporter:
            await asyncio.sleep(20)
            samples = scraped(exporter)
            assert states(samples) == truth(found)
            assert set(states(samples).values()) == {
                "Running",
                "Succeeded",
                "Failed",
                "Cancelled",
                "ValidationFailed",
                "NotStarted",
            }
            assert set(tap.simulator.requests) == {f"GET {BATCHES[version]}"}
            kinds = values(samples, "azure_ai_operation_info", kind="batch", name="")
            assert len(kinds) == len(found)
            assert exporter_says(exporter, "list_up", "document_translation") == 1
            assert exporter_says(exporter, "list_truncated", "document_translation") == 0


@pytest.mark.parametrize(
    ("version", "discover"), [("v1.0", False), ("2024-05-01", True), ("2026-03-01", False)]
)
async def test_configured_batches_are_read_from_the_list_too(version: str, discover: bool) -> None:
    """Theirs and the others' states cost the list alone; without discovery no other is shown."""
    found = running(130)
    chosen = [{"id": each.id, "labels": {"project": "manuals"}} for each in found[:120]]
    async with tapped(Scenario(batches=found)) as tap:
        section: dict[str, object] = {"batches": chosen, "documents": "none"}
        section |= {"api_version": version, "discover": discover}
        async with polling(configured(translator(tap.endpoint, **section))) as exporter:
            await asyncio.sleep(150)
            samples = scraped(exporter)
            shown = states(samples)
            assert len(shown) == (130 if discover else 120)
            assert set(shown.values()) == {"Running"}
            assert set(tap.simulator.requests) == {f"GET {BATCHES[version]}"}
            assert max(tap.rounds(30)) <= 3
            labelled = values(samples, "azure_ai_operation_info", project="manuals")
            assert len(labelled) == 120


@pytest.mark.e2e
async def test_a_thousand_batches_cost_a_list() -> None:
    """1,000 discovered batches, all unfinished: at most 25 requests a round."""
    found = running(1000)
    async with tapped(Scenario(batches=found)) as tap:
        section = {"discover": True, "documents": "none"}
        async with polling(configured(translator(tap.endpoint, **section))) as exporter:
            await asyncio.sleep(95)
            samples = scraped(exporter)
            assert states(samples) == truth(found)
            assert max(tap.rounds(30)) <= 25
            assert set(values(samples, "azure_ai_operation_up").values()) == {1}


async def test_a_batch_is_followed_out_of_the_window() -> None:
    """Once seen, an unfinished batch is followed to its end by single GETs; an older never is."""
    leaving = batch(created=START - 3000, documents=2, takes=5400)
    older = batch(created=START - 4000, documents=2, takes=5400)
    one = f"{BATCHES['2024-05-01']}/{leaving.id}?"
    async with tapped(Scenario(batches=(leaving, older))) as tap:
        section = {"discover": {"lookback": "1h"}, "documents": "none"}
        async with polling(configured(translator(tap.endpoint, **section))) as exporter:
            await asyncio.sleep(590)
            assert states(scraped(exporter)) == {leaving.id: "Running"}
            assert not tap.since(0, one)
            await asyncio.sleep(1000)
            assert len(tap.since(0, one)) in range(950 // 30 - 2, 1000 // 30 + 1)
            assert value(scraped(exporter), "azure_ai_operation_up", operation=leaving.id) == 1
            await asyncio.sleep(900)
            assert states(scraped(exporter)) == {leaving.id: "Succeeded"}
            charged = sum(each.characters for each in leaving.documents)
            assert value(scraped(exporter), "azure_ai_characters_charged_total") == charged
            before = len(tap.since(0, one))
            await asyncio.sleep(600)
            assert len(tap.since(0, one)) <= before + 1, "no more than a last look"


async def test_more_operations_than_may_be_followed() -> None:
    """`max_operations` cuts: the gauge says so for as long, the log once."""
    log = listening_log()
    found = [batch(created=START - 900 + each, documents=1, takes=9000) for each in range(12)]
    async with tapped(Scenario(batches=tuple(found))) as tap:
        section = {"discover": {"max_operations": 5, "lookback": "1h"}, "documents": "none"}
        async with polling(configured(translator(tap.endpoint, **section))) as exporter:
            for _ in range(4):
                await asyncio.sleep(300)
                assert len(states(scraped(exporter))) == 5
                assert exporter_says(exporter, "list_truncated", "document_translation") == 1
            assert len(lines(log, "max_operations")) == 1
            assert lines(log, "max_operations", "level=warning", "most=5", "resource=r0")
            await asyncio.sleep(1600)
            assert exporter_says(exporter, "list_truncated", "document_translation") == 0
            assert len(states(scraped(exporter))) == 5


async def test_newcomers_take_the_places_of_the_oldest() -> None:
    """However many batches come and end while it runs, the newest `max_operations` are shown."""
    coming = [batch(created=START + 120 * each, documents=1, takes=60) for each in range(9)]
    async with tapped(Scenario(batches=tuple(coming))) as tap:
        section = {"discover": {"max_operations": 5}, "documents": "none"}
        async with polling(configured(translator(tap.endpoint, **section))) as exporter:
            await asyncio.sleep(8 * 120 + 100)
            assert set(states(scraped(exporter))) == {each.id for each in coming[-5:]}
            assert exporter_says(exporter, "list_truncated", "document_translation") == 1
            charged = sum(one.characters for each in coming for one in each.documents)
            assert value(scraped(exporter), "azure_ai_characters_charged_total") == charged


async def test_what_runs_makes_no_room() -> None:
    """Once followed, a batch is followed to its end, whatever comes after it."""
    coming = [batch(created=START + 120 * each, documents=1, takes=1200) for each in range(5)]
    async with tapped(Scenario(batches=tuple(coming))) as tap:
        section = {"discover": {"max_operations": 2}, "documents": "none"}
        async with polling(configured(translator(tap.endpoint, **section))) as exporter:
            await asyncio.sleep(1000)
            assert states(scraped(exporter)) == {each.id: "Running" for each in coming}
            await asyncio.sleep(900)
            assert set(states(scraped(exporter))) == {each.id for each in coming[-2:]}


async def test_what_made_room_does_not_come_back() -> None:
    """When there are places again, what has left stays away: its charge is counted once."""
    oldest = batch(created=START, documents=1, takes=600)
    others = [batch(created=START + each, documents=1, takes=50) for each in (100, 200)]
    async with tapped(Scenario(batches=(oldest, *others))) as tap:
        section = {"discover": {"max_operations": 2}, "documents": "none"}
        config = configured(translator(tap.endpoint, **section), retention={"finished": "20m"})
        async with polling(config) as exporter:
            await asyncio.sleep(640)
            ended_last = {oldest.id, others[1].id}
            assert set(states(scraped(exporter))) == ended_last
            await asyncio.sleep(740)
            assert set(states(scraped(exporter))) == ended_last, "the third has not outstayed"
            await asyncio.sleep(360)
            assert set(states(scraped(exporter))) == {oldest.id}
            charged = sum(one.characters for each in (oldest, *others) for one in each.documents)
            assert value(scraped(exporter), "azure_ai_characters_charged_total") == charged


async def test_configured_operations_are_never_cut() -> None:
    """`max_operations` counts what was found; what is configured is there in any case."""
    found = running(10)
    chosen = [each.id for each in found[:4]]
    async with tapped(Scenario(batches=found)) as tap:
        discover = {"max_operations": 3}
        section = {"discover": discover, "documents": "none", "batches": chosen}
        async with polling(configured(translator(tap.endpoint, **section))) as exporter:
            await asyncio.sleep(100)
            shown = states(scraped(exporter))
            assert len(shown) == 7
            assert set(chosen) <= set(shown)


POSTED = {
    "inputs": [
        {
            "source": {"sourceUrl": "https://contoso.blob.core.windows.net/in?sig=topsecret"},
            "targets": [
                {
                    "targetUrl": f"https://contoso.blob.core.windows.net/{language}?sig=topsecret",
                    "language": language,
                }
                for language in ("de", "fr")
            ],
        },
    ],
}


async def post(tap: Tap, version: str = "2024-05-01") -> str:
    """Somebody submits a batch; its id."""
    query = "" if version == "v1.0" else f"?api-version={version}"
    async with (
        aiohttp.ClientSession(headers=KEY) as session,
        session.post(tap.endpoint + BATCHES[version] + query, json=POSTED) as answer,
    ):
        assert answer.status == 202
        where = answer.headers["Operation-Location"]
        return where.split("/batches/")[1].split("?")[0]


@pytest.mark.parametrize("version", BATCHES)
async def test_the_life_of_a_batch(version: str) -> None:
    """It appears within an interval, is followed, leaves at once after its retention, for good.

    Its charge stays counted, once.
    """
    pace = Pace(listing=50, document=60)
    log = listening_log()
    async with tapped(Scenario(pace=pace)) as tap:
        section = {"api_version": version, "discover": True}
        config = configured(translator(tap.endpoint, **section), retention={"finished": "20m"})
        async with polling(config) as exporter:
            await asyncio.sleep(100)
            assert not states(scraped(exporter))
            id_ = await post(tap, version)
            born = now()
            while not of_operation(scraped(exporter), id_):
                await asyncio.sleep(1)
            assert now() - born <= 31
            all_of_it = tap.simulator.azure.translation.batches[id_]
            ended = max(each.finished or 0 for each in all_of_it.documents)
            seen = []
            while clock() < ended + 40:
                await asyncio.sleep(10)
                seen.append(states(scraped(exporter))[id_])
            assert list(dict.fromkeys(seen)) == ["NotStarted", "Running", "Succeeded"]

            await asyncio.sleep(ended + 20 * 60 - 20 - clock())
            sizes = []
            while clock() < ended + 20 * 60 + SWEEP + 10:
                await asyncio.sleep(1)
                sizes.append((len(of_operation(scraped(exporter), id_)), clock()))
            documents = len(all_of_it.documents)
            assert documents >= 4
            at_last = len([size for size, _ in sizes if size])
            assert {size for size, _ in sizes[at_last:]} == {0}
            assert sizes[at_last - 1][0] > 3 * documents, "all series, until the very last scrape"
            assert ended + 20 * 60 <= sizes[at_last][1] <= ended + 20 * 60 + SWEEP + 1

            charged = sum(each.characters for each in all_of_it.documents)
            total = "azure_ai_characters_charged_total"
            assert value(scraped(exporter), total) == charged
            await asyncio.sleep(1200)
            assert id_ in truth(list(tap.simulator.azure.translation.batches.values()))
            assert not of_operation(scraped(exporter), id_), "the list still shows it"
            assert value(scraped(exporter), total) == charged
            assert exporter.pages.series == 0
    assert len(lines(log, "operation is dropped", id_)) == 1
    assert "topsecret" not in log.getvalue()


@pytest.mark.parametrize("how", ["gone", "forgotten"])
async def test_a_batch_that_vanishes_leaves(how: str) -> None:
    """Seen in the list, unknown when it is asked for: after some looks all of it goes."""
    victim, other = running(2, created=START - HOUR + 60)
    lookback = "1h" if how == "gone" else "24h"
    async with tapped(Scenario(batches=(victim, other))) as tap:
        config = configured(translator(tap.endpoint, discover={"lookback": lookback}))
        async with polling(config) as exporter:
            await asyncio.sleep(50)
            assert set(states(scraped(exporter))) == {victim.id, other.id}
            if how == "gone":
                tap.simulator.faults.add(Fault(kind=Kind.GONE, path=re.compile(victim.id)))
            else:
                del tap.simulator.azure.translation.batches[victim.id]
            sizes = []
            for _ in range(100):
                await asyncio.sleep(4)
                sizes.append(len(of_operation(scraped(exporter), victim.id)))
            assert sizes[0] > 20
            assert sizes[-1] == 0
            assert sizes == sorted(sizes, reverse=True), "it goes once, and in one scrape"
            assert len([size for size in set(sizes) if size]) <= 2, "while it fails, state stays"
            assert value(scraped(exporter), "azure_ai_operation_up", operation=other.id) == 1
            assert list(exporter.poller.followed) == [("r0", "document_translation", other.id)]


async def test_a_single_404_means_nothing() -> None:
    """A batch out of the window that Azure denies once, and once again later, stays."""
    (victim,) = running(1, created=START - HOUR + 60)
    async with tapped(Scenario(batches=(victim,))) as tap:
        section = {"discover": {"lookback": "1h"}, "documents": "none"}
        async with polling(configured(translator(tap.endpoint, **section))) as exporter:
            await asyncio.sleep(200)
            for count in (1, 2):
                gone = Fault(kind=Kind.GONE, path=re.compile(victim.id), count=count)
                tap.simulator.faults.add(gone)
                await asyncio.sleep(300)
                assert states(scraped(exporter)) == {victim.id: "Running"}
                assert value(scraped(exporter), "azure_ai_operation_up") == 1


@pytest.mark.parametrize(
    "after", [{"discover": False}, {"discover": {"lookback": "1h"}}, {"discover": True}]
)
async def test_a_list_that_is_not_read_any_more(after: dict[str, object]) -> None:
    """When a reload ends a list, or the list does not show it, a batch is followed by itself."""
    of = batch(created=START - 2 * HOUR, documents=2, takes=2 * HOUR + 500)
    async with tapped(Scenario(batches=(of, *running(3)))) as tap:
        section: dict[str, object] = {"documents": "none", "batches": [of.id]}
        config = configured(translator(tap.endpoint, **section, discover=True))
        async with polling(config) as exporter:
            await asyncio.sleep(100)
            assert states(scraped(exporter))[of.id] == "Running"
            config = configured(translator(tap.endpoint, **section, **after))
            await applied(exporter, config)
            await asyncio.sleep(500)
            assert states(scraped(exporter))[of.id] == "Succeeded"
            assert value(scraped(exporter), "azure_ai_operation_up", operation=of.id) == 1


async def test_many_that_leave_a_list_at_once_are_not_asked_at_once() -> None:
    """After two rounds that failed each of 200 is asked by its id, spread over its interval."""
    found = running(200)
    async with tapped(Scenario(batches=found)) as tap:
        section = {"discover": True, "documents": "none"}
        poll = {"requests_per_second": 100}
        config = configured(translator(tap.endpoint, **section), poll=poll)
        async with polling(config) as exporter:
            await asyncio.sleep(100)
            begun = now()
            failing = Fault(kind=Kind.ERROR, path=only_lists("document_translation"))
            tap.simulator.faults.add(failing)
            await asyncio.sleep(100)
            of_one = re.compile(rf"{BATCHES['2024-05-01']}/([^/?]+)")
            asked = [
                (when, match[1])
                for when, path in tap.asked
                if when >= begun and (match := of_one.match(path))
            ]
            assert {id_ for _, id_ in asked} == {each.id for each in found}
            assert max(Counter(int(when) for when, _ in asked).values()) < 30
            assert set(values(scraped(exporter), "azure_ai_operation_up").values()) == {1}


async def test_a_listed_batch_is_not_up_while_nothing_answers() -> None:
    """What a list said before is no status of now: the age of the data goes on growing."""
    of = batch(created=START - HOUR, documents=3, takes=5 * HOUR)
    async with tapped(Scenario(batches=(of,))) as tap:
        resource = translator(tap.endpoint, discover={"interval": "120s"})
        async with polling(configured(resource, poll={"interval": "10s"})) as exporter:
            await asyncio.sleep(125)
            assert value(scraped(exporter), "azure_ai_operation_up", operation=of.id) == 1
            tap.simulator.faults.add(Fault(kind=Kind.ERROR, path=re.compile("")))
            broken = START + now()
            await asyncio.sleep(50)
            samples = scraped(exporter)
            assert value(samples, "azure_ai_operation_up", operation=of.id) == 0
            assert states(samples) == {of.id: "Running"}
            read = "azure_ai_operation_last_success_timestamp_seconds"
            assert (value(samples, read, operation=of.id) or 0) <= broken


@pytest.mark.parametrize("kind", [Kind.GONE, Kind.FOREIGN_LINK, Kind.ERROR])
async def test_a_finished_batch_whose_documents_cannot_be_listed(kind: Kind) -> None:
    """It stays for its retention, is counted once, asked for seldom, and the log says it once."""
    of = batch(created=START, documents=3, takes=200)
    log = listening_log()
    async with tapped(Scenario(batches=(of,))) as tap:
        resource = translator(tap.endpoint, discover=True)
        config = configured(resource, retention={"finished": "30m", "stale_after": "10m"})
        async with polling(config) as exporter:
            await asyncio.sleep(210)
            tap.simulator.faults.add(Fault(kind=kind, path=re.compile("/documents")))
            sizes = []
            for _ in range(26):
                await asyncio.sleep(60)
                sizes.append(len(of_operation(scraped(exporter), of.id)))
            assert min(sizes) > 20, "it does not leave and come back"
            assert len(tap.since(now() - 1200, "/documents")) <= 8 * 3, "ever more seldom"
            await asyncio.sleep(600)
            assert not of_operation(scraped(exporter), of.id)
            charged = sum(each.characters for each in of.documents)
            assert value(scraped(exporter), "azure_ai_characters_charged_total") == charged
    assert len(lines(log, "operation is dropped")) == 1
    assert len(lines(log, "level=warning")) <= 2, log.getvalue()
    assert len(lines(log, "can be read again")) <= 1


# --- video translations


async def put(tap: Tap, path: str, name: str, body: Mapping[str, object]) -> None:
    """Somebody submits a video, an iteration or an avatar."""
    version = "2024-08-01" if path.startswith(SYNTHESES) else "2025-05-20"
    url = f"{tap.endpoint}{path}?api-version={version}"
    headers = {**KEY, "Operation-Id": name}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.put(url, json=body) as answer,
    ):
        assert answer.status in {200, 201}, await answer.text()


async def delete(tap: Tap, path: str) -> None:
    async with (
        aiohttp.ClientSession(headers=KEY) as session,
        session.delete(f"{tap.endpoint}{path}?api-version=2025-05-20") as answer,
    ):
        assert answer.status == 204


def videos(tap: Tap, **section: object) -> dict[str, object]:
    return {"endpoint": tap.endpoint, "video_translation": {"discover": True, **section}}


@pytest.mark.parametrize("version", ["2025-05-20", "2026-03-01"])
async def test_translations_and_their_iterations(version: str) -> None:
    """All iterations of all translations have state, times, name and, where it failed, reason."""
    found = (
        translation(
            "manual",
            iteration(created=START - 900, takes=300),
            iteration("second", created=START - 500, takes=100, edits=True),
            iteration("third", created=START - 100, takes=None, edits=True),
            created=START - 1000,
        ),
        translation("empty", created=START - 800),
        translation(
            "broken",
            iteration(
                created=START - 700, takes=50, outcome="Failed", failure_reason="VideoTooLong"
            ),
            created=START - 700,
            terse=True,
        ),
        translation(
            "prose",
            iteration(
                created=START - 600,
                takes=50,
                outcome="Failed",
                failure_reason=f"Cannot read {signed_url('videos/prose.mp4')} at all.",
            ),
            created=START - 600,
        ),
        translation(
            "stopped",
            iteration(created=START - 90, takes=50, outcome="Canceled"),
            created=START - 90,
        ),
    )
    log = listening_log()
    async with tapped(Scenario(translations=found)) as tap:
        async with polling(configured(videos(tap, api_version=version))) as exporter:
            await asyncio.sleep(40)
            samples = scraped(exporter)
            assert states(samples, "video_translation") == {
                "manual/Initial": "Succeeded",
                "manual/second": "Succeeded",
                "manual/third": "Running",
                "broken/Initial": "Failed",
                "prose/Initial": "Failed",
                "stopped/Initial": "Cancelled",
            }
            errors = values(samples, "azure_ai_operation_error_info", api="video_translation")
            assert set(errors) == {
                "VideoTooLong,,broken/Initial,r0,",
                "Failed,,prose/Initial,r0,",
            }
            for each in found:
                for one in each.iterations:
                    own = {"operation": f"{each.id}/{one.id}"}
                    name = "azure_ai_operation_{}_timestamp_seconds"
                    assert value(samples, name.format("created"), **own) == one.created
                    acted = one.finished or one.started
                    assert value(samples, name.format("last_action"), **own) == acted
                    info = values(samples, "azure_ai_operation_info", kind="iteration", **own)
                    assert list(info) == [f"video_translation,{each.id}.mp4,r0"]
            asked = {re.search("api-version=([0-9-]+)", path) for _, path in tap.asked}
            assert {match and match[1] for match in asked} == {version}
        assert lines(log, "VideoTooLong", "broken/Initial")
        assert "sig=" not in log.getvalue().replace("sig=<cut>", "")


async def test_a_round_of_videos_costs_one_request() -> None:
    """Translations are read from the list; iterations are asked for when the latest has changed."""
    found = tuple(
        translation(
            f"video-{number}",
            iteration(created=START - 1000, takes=None if number % 2 else 500),
            created=START - 1000,
        )
        for number in range(60)
    )
    async with (
        tapped(Scenario(translations=found)) as tap,
        polling(configured(videos(tap))) as exporter,
    ):
        await asyncio.sleep(60)
        assert len(states(scraped(exporter), "video_translation")) == 60
        assert len(tap.since(0, "/iterations")) == 60
        begun = now()
        await asyncio.sleep(300)
        assert not tap.since(begun, "/iterations")
        assert len(tap.since(begun)) in {10, 11}


@pytest.mark.parametrize("why", ["outstayed", "cut"])
async def test_videos_that_are_not_followed_cost_nothing(why: str) -> None:
    """Azure lists a month of videos; those that left, or never came in, are not asked for again."""
    age = 2 * 86400.0 if why == "outstayed" else 5000.0
    found = tuple(
        translation(
            f"video-{number}",
            iteration(created=START - age, takes=600),
            created=START - age,
            terse=number % 2 == 0,
        )
        for number in range(40)
    )
    most = 1000 if why == "outstayed" else 10
    async with tapped(Scenario(translations=found)) as tap:
        config = configured(videos(tap, discover={"max_operations": most}))
        async with polling(config) as exporter:
            await asyncio.sleep(60)
            shown = states(scraped(exporter), "video_translation")
            assert len(shown) == (0 if why == "outstayed" else 10)
            begun = now()
            await asyncio.sleep(600)
            assert len(tap.since(begun)) <= 21, "one list a round, and no more"
            assert states(scraped(exporter), "video_translation") == shown


async def test_a_translation_that_cannot_be_read_hides_no_other() -> None:
    """One translation's iterations fail for a while: the others are shown, then it is too."""
    found = tuple(
        translation(
            f"video-{number}",
            iteration(created=START - 1000 - number, takes=500),
            created=START - 1000 - number,
        )
        for number in range(10)
    )
    log = listening_log()
    async with (
        tapped(Scenario(translations=found)) as tap,
        polling(configured(videos(tap))) as exporter,
    ):
        tap.simulator.faults.add(Fault(kind=Kind.ERROR, path=re.compile("/video-4/iterations")))
        await asyncio.sleep(100)
        shown = states(scraped(exporter), "video_translation")
        assert set(shown) == {f"video-{number}/Initial" for number in range(10) if number != 4}
        assert exporter_says(exporter, "list_up", "video_translation") == 0
        assert len(lines(log, "list cannot be read to its end", "500")) == 1
        tap.simulator.faults.clear()
        await asyncio.sleep(60)
        assert len(states(scraped(exporter), "video_translation")) == 10
        assert exporter_says(exporter, "list_up", "video_translation") == 1


async def test_when_no_translation_can_be_read_the_round_ends() -> None:
    """Trouble of Azure's own is not asked about once for each translation."""
    found = tuple(
        translation(f"video-{number}", iteration(created=START - 1000), created=START - 1000)
        for number in range(60)
    )
    async with tapped(Scenario(translations=found)) as tap:
        tap.simulator.faults.add(Fault(kind=Kind.ERROR, path=re.compile("/iterations")))
        async with polling(configured(videos(tap))) as exporter:
            await asyncio.sleep(300)
            assert max(tap.rounds(30, "/iterations")) <= 20
            assert exporter_says(exporter, "list_up", "video_translation") == 0
            tap.simulator.faults.clear()
            await asyncio.sleep(90)
            assert len(states(scraped(exporter), "video_translation")) == 60


async def test_iterations_come_and_translations_go() -> None:
    """A new iteration appears, goes on after a newer one came, and leaves with its translation."""
    body = {
        "displayName": "Onboarding",
        "input": {
            "targetLocale": "de-DE",
            "voiceKind": "PlatformVoice",
            "videoFileUrl": signed_url("videos/onboarding.mp4"),
            "autoCreateFirstIteration": True,
        },
    }
    edited = {"input": {"webvttFile": {"url": signed_url("edited.vtt")}}}
    log = listening_log()
    async with (
        tapped(Scenario(pace=Pace(iteration=400))) as tap,
        polling(configured(videos(tap))) as exporter,
    ):
        await asyncio.sleep(70)
        await put(tap, f"{VIDEOS}/onboarding", "put-1", body)
        await asyncio.sleep(31)
        assert states(scraped(exporter), "video_translation") == {"onboarding/Initial": "Running"}
        await asyncio.sleep(200)
        await put(tap, f"{VIDEOS}/onboarding/iterations/second", "put-2", edited)
        await asyncio.sleep(31)
        assert states(scraped(exporter), "video_translation") == {
            "onboarding/Initial": "Running",
            "onboarding/second": "Running",
        }
        await asyncio.sleep(200)
        assert states(scraped(exporter), "video_translation") == {
            "onboarding/Initial": "Succeeded",
            "onboarding/second": "Running",
        }
        await delete(tap, f"{VIDEOS}/onboarding")
        sizes = []
        for _ in range(60):
            await asyncio.sleep(5)
            sizes.append(len(of_operation(scraped(exporter), "onboarding/second")))
        assert sizes == sorted(sizes, reverse=True)
        assert sizes[-1] == 0, "204 is gone"
        assert set(states(scraped(exporter), "video_translation")) == {"onboarding/Initial"}
        names = values(scraped(exporter), "azure_ai_operation_info", name="Onboarding")
        assert len(names) == 1
    assert not lines(log, "level=error")
    assert "sig=" not in log.getvalue()


# --- avatar


def avatars(tap: Tap, **section: object) -> dict[str, object]:
    return {"endpoint": tap.endpoint, "avatar": {"discover": True, **section}}


TWO_A_MINUTE = {"requests_per_minute": 2, "discover": {"interval": "60s"}}


async def test_named_avatars_are_known_at_once() -> None:
    """Azure's two requests a minute are a limit of PUT alone: what is read is not limited."""
    ids = [f"operation-{number}" for number in range(10)]
    scenario = Scenario(avatar=tuple(operation(id_, created=START - 60, takes=None) for id_ in ids))
    async with (
        tapped(scenario) as tap,
        polling(configured(avatars(tap, operations=ids))) as exporter,
    ):
        await asyncio.sleep(31)
        assert set(states(scraped(exporter), "avatar").values()) == {"Running"}
        assert exporter.waiting_for() == 0
        await asyncio.sleep(30)
        assert len(tap.since(31, f"{SYNTHESES}?")) == 1, "the list is read every poll.interval"


async def test_batch_syntheses() -> None:
    """Outputs by Succeeded and Failed, characters and seconds that were billed, and the error."""
    found = (
        synthesis("spoken", created=START - 900, takes=300, outputs=3, failed_outputs=1),
        synthesis("custom", created=START - 800, takes=300, characters=900, custom_voice=True),
        synthesis(
            "failed-1",
            created=START - 700,
            takes=300,
            outcome="Failed",
            outputs=2,
            error=("InvalidSsml", "The SSML is not well formed."),
        ),
        synthesis("failed-2", created=START - 600, takes=300, outcome="Failed"),
        synthesis("speaking", created=START - 500, takes=None),
        synthesis("waiting", created=START - 50, starts_after=500, takes=900),
    )
    async with (
        tapped(Scenario(syntheses=found)) as tap,
        polling(configured(avatars(tap))) as exporter,
    ):
        await asyncio.sleep(5)
        samples = scraped(exporter)

        def said(name: str, id_: str) -> dict[str, float]:
            labels = {"resource": "r0", "api": "avatar", "operation": f"batchsyntheses/{id_}"}
            return values(samples, f"azure_ai_operation_{name}", **labels)

        assert states(samples, "avatar") == {
            "batchsyntheses/spoken": "Succeeded",
            "batchsyntheses/custom": "Succeeded",
            "batchsyntheses/failed-1": "Failed",
            "batchsyntheses/failed-2": "Failed",
            "batchsyntheses/speaking": "Running",
            "batchsyntheses/waiting": "NotStarted",
        }
        assert said("outputs", "spoken") == {"Succeeded": 2, "Failed": 1}
        assert said("outputs", "failed-1") == {"Succeeded": 0, "Failed": 2}
        assert not said("outputs", "speaking"), "a count that was not said is no 0"
        assert said("characters_charged", "spoken") == {"": 420}
        assert said("characters_charged", "custom") == {"": 900}
        assert not said("characters_charged", "speaking")
        assert said("billed_duration_seconds", "spoken") == {"": 420 * 80 // 1000}
        assert said("billed_duration_seconds", "custom") == {"": 72}
        assert said("error_info", "failed-1") == {"InvalidSsml,,": 1}
        assert not said("error_info", "failed-2")
        assert said("created_timestamp_seconds", "waiting") == {"": START - 50}
        assert said("last_action_timestamp_seconds", "spoken") == {"": START - 600}
        assert value(samples, "azure_ai_characters_charged_total") == 420 + 900
        assert set(tap.simulator.requests) == {f"GET {SYNTHESES}"}


async def test_a_synthesis_comes_and_leaves() -> None:
    """One that is PUT appears within an interval, ends, and leaves after its retention."""
    body = {
        "inputKind": "PlainText",
        "inputs": [{"content": "Welcome aboard."}],
        "avatarConfig": {"talkingAvatarCharacter": "lisa"},
        "description": "Onboarding",
    }
    async with tapped(Scenario(pace=Pace(synthesis=100)), limits={"avatar": (9, 60.0)}) as tap:
        config = configured(avatars(tap), retention={"finished": "10m"})
        async with polling(config) as exporter:
            await asyncio.sleep(100)
            await put(tap, f"{SYNTHESES}/welcome", "put-1", body)
            await asyncio.sleep(31)
            assert states(scraped(exporter), "avatar") == {"batchsyntheses/welcome": "Running"}
            await asyncio.sleep(110)
            assert states(scraped(exporter), "avatar") == {"batchsyntheses/welcome": "Succeeded"}
            assert values(scraped(exporter), "azure_ai_operation_info", name="Onboarding")
            await asyncio.sleep(610)
            assert not states(scraped(exporter), "avatar")
            await asyncio.sleep(1200)
            assert exporter.pages.series == 0
            assert value(scraped(exporter), "azure_ai_characters_charged_total") == 15


@pytest.mark.e2e
@pytest.mark.parametrize("busy", [False, True])
async def test_the_budget_of_avatar(busy: bool) -> None:
    """With 2 requests a minute never more in any 60 s, whoever else asks the same resource."""
    ids = ["operation-1", "operation-2", "operation-3"]
    others = [f"video-{number:02d}" for number in range(20)] if busy else []
    scenario = Scenario(
        avatar=tuple(operation(id_, created=START, takes=None) for id_ in ids),
        syntheses=tuple(synthesis(f"job-{n}", created=START - n, takes=None) for n in range(20)),
        video_translation=tuple(operation(id_, created=START, takes=None) for id_ in others),
    )
    async with tapped(scenario, limits={"avatar": (2, 60.0)}) as tap:
        resource = avatars(tap, operations=ids, **TWO_A_MINUTE)
        if busy:
            resource["video_translation"] = {"operations": others}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(300)
            slow = re.compile("^/videotranslation/")
            tap.simulator.faults.add(Fault(kind=Kind.SLOW, path=slow, chance=0.2))
            await asyncio.sleep(900)
            tap.simulator.faults.clear()
            await asyncio.sleep(600)
            samples = scraped(exporter)
            requests = values(samples, "azure_ai_api_requests_total", resource="r0", api="avatar")
            assert requests["429"] == 0
            asked = [when for when, path in tap.asked if path.startswith("/avatar/")]
            assert len(asked) >= 1800 / 60 * 2 * 0.8, "the budget is used"
            apart = [third - first for first, third in zip(asked, asked[2:], strict=False)]
            assert min(apart) > 60 - 1e-6
            shown = states(samples, "avatar")
            assert len(shown) == 23
            assert set(shown.values()) == {"Running"}


async def test_many_syntheses_do_not_starve_their_list() -> None:
    """With more operations than the budget has room for, the list still answers for all jobs."""
    ids = [f"operation-{number}" for number in range(6)]
    scenario = Scenario(
        avatar=tuple(operation(id_, created=START, takes=None) for id_ in ids),
        syntheses=tuple(synthesis(f"job-{n}", created=START - n, takes=None) for n in range(20)),
    )
    async with (
        tapped(scenario) as tap,
        polling(configured(avatars(tap, operations=ids, **TWO_A_MINUTE))) as exporter,
    ):
        await asyncio.sleep(1200)
        begun = now()
        await asyncio.sleep(1800)
        asked = Counter(path.split("?")[0] for path in tap.since(begun))
        assert asked[SYNTHESES] >= 7, "a turn for the list each time round"
        assert not [path for path in asked if path.startswith(f"{SYNTHESES}/")], asked
        assert len(states(scraped(exporter), "avatar")) == 26


# --- what goes wrong with lists


LISTS = {
    "document_translation": BATCHES["2024-05-01"],
    "video_translation": VIDEOS,
    "avatar": SYNTHESES,
}


def many(count: int = 120) -> Scenario:
    """Unfinished operations of each API: as many as make two pages."""
    return Scenario(
        batches=running(count),
        translations=tuple(
            translation(f"video-{n}", iteration(created=START - n, takes=None), created=START - n)
            for n in range(count)
        ),
        syntheses=tuple(synthesis(f"job-{n}", created=START - n, takes=None) for n in range(count)),
    )


def discovering(tap: Tap, api: str) -> dict[str, object]:
    section: dict[str, object] = {"discover": {"interval": "60s"}}
    if api == "document_translation":
        section["documents"] = "none"
    if api == "avatar":
        section["requests_per_minute"] = 60000
    return {"endpoint": tap.endpoint, "poll": {"requests_per_second": 20}, api: section}


def only_lists(api: str) -> re.Pattern[str]:
    return re.compile(f"^{LISTS[api]}/?$")


@pytest.mark.parametrize(
    ("api", "kind", "said"),
    [
        ("document_translation", Kind.FOREIGN_LINK, "already read"),
        ("document_translation", Kind.REPEATED_LINK, "already read"),
        ("video_translation", Kind.FOREIGN_LINK, "already read"),
        ("avatar", Kind.REPEATED_LINK, "already read"),
    ],
)
async def test_a_list_with_a_bad_link(api: str, kind: Kind, said: str) -> None:
    """What was read counts; the gauge says for as long, the log once, that it was not all."""
    log = listening_log()
    async with tapped(many()) as tap:
        tap.simulator.faults.add(Fault(kind=kind, path=only_lists(api)))
        async with polling(configured(discovering(tap, api))) as exporter:
            await asyncio.sleep(200)
            samples = scraped(exporter)
            assert len(states(samples, api)) == 100
            one_by_one = re.compile("/(batches|iterations|batchsyntheses)/.")
            assert not [path for path in tap.simulator.requests if one_by_one.search(path)]
            assert exporter_says(exporter, "list_up", api) == 0
            assert set(values(samples, "azure_ai_operation_up").values()) == {1}
            bad = lines(log, "list cannot be read to its end")
            assert len(bad) == 1
            assert said in bad[0]
            assert f"api={api}" in bad[0]
            assert "elsewhere" not in log.getvalue()

            tap.simulator.faults.clear()
            await asyncio.sleep(100)
            assert len(states(scraped(exporter), api)) == 120
            assert exporter_says(exporter, "list_up", api) == 1
            assert len(lines(log, "list can be read again")) == 1


@pytest.mark.e2e
@pytest.mark.parametrize("api", ["document_translation", "video_translation"])
async def test_a_list_that_never_ends(api: str) -> None:
    """It is cut at a thousand pages; what was read counts, and the log says so."""
    log = listening_log()
    async with tapped(many(2)) as tap:
        tap.simulator.faults.add(Fault(kind=Kind.ENDLESS_LINK, path=only_lists(api)))
        resource = discovering(tap, api) | {"poll": {"requests_per_second": 1000}}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(59)
            pages = [path for path in tap.since(0, LISTS[api]) if "/iterations" not in path]
            assert len(pages) == 1000
            assert len(states(scraped(exporter), api)) == 2
            assert exporter_says(exporter, "list_up", api) == 0
            assert len(lines(log, "more than 1000 pages")) == 1


@pytest.mark.parametrize(
    ("api", "without"),
    [
        ("document_translation", None),
        ("document_translation", "id"),
        ("video_translation", "id"),
        ("avatar", None),
    ],
)
async def test_a_broken_item_in_a_list(api: str, without: str | None) -> None:
    """The middle item of each page cannot be read: the others count, and it is told of."""
    log = listening_log()
    async with tapped(many()) as tap:
        broken = Fault(kind=Kind.BROKEN_ITEM, path=only_lists(api), without=without)
        tap.simulator.faults.add(broken)
        async with polling(configured(discovering(tap, api))) as exporter:
            await asyncio.sleep(230)
            assert len(states(scraped(exporter), api)) == 118
            assert exporter_says(exporter, "list_up", api) == 1
            rounds = exporter_says(exporter, "list_items_unreadable_total", api)
            assert rounds == 2 * 4
            assert len(lines(log, "items of a list cannot be read", "items=2")) == 1


@pytest.mark.parametrize("api", LISTS)
async def test_an_unknown_state_in_a_list(api: str) -> None:
    """A word that no page lists is `Unknown`, counted and logged once for each operation."""
    log = listening_log()
    async with (
        tapped(many()) as tap,
        polling(configured(discovering(tap, api))) as exporter,
    ):
        await asyncio.sleep(100)
        here = re.compile(LISTS[api])
        tap.simulator.faults.add(Fault(kind=Kind.UNKNOWN_STATE, path=here, state="Paused"))
        await asyncio.sleep(300)
        assert Counter(states(scraped(exporter), api).values()) == {"Unknown": 120}
        assert exporter_says(exporter, "unknown_states_total", api) == 120
        assert exporter_says(exporter, "list_up", api) == 1
        assert len(lines(log, "undocumented state", "word=Paused")) == 120
        tap.simulator.faults.clear()
        await asyncio.sleep(100)
        assert Counter(states(scraped(exporter), api).values()) == {"Running": 120}


@pytest.mark.e2e
@pytest.mark.parametrize("api", LISTS)
async def test_a_key_that_lists_refuse_pauses_the_resource(api: str, tmp_path: Path) -> None:
    """Where lists are all that is asked, a bad key costs a few requests in all, then recovers."""
    key_file = tmp_path / "key"
    key_file.write_text("revoked")
    log = listening_log()
    async with tapped(many()) as tap:
        resource = {**discovering(tap, api), "auth": {"key_file": str(key_file)}}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(1200)
            samples = scraped(exporter)
            assert value(samples, "azure_ai_exporter_resource_paused", resource="r0") == 1
            assert exporter_says(exporter, "list_up", api) == 0
            assert value(samples, "azure_ai_resource_up", api=api) == 0
            assert len(tap.asked) <= 8 + 5, "the first few, then one for each pause"
            assert len(lines(log, "list cannot be read to its end")) == 1

            key_file.write_text(DEFAULT_KEY)
            await asyncio.sleep(660)
            assert value(scraped(exporter), "azure_ai_exporter_resource_paused") == 0
            assert len(states(scraped(exporter), api)) == 120


async def test_a_key_that_is_revoked_while_it_runs() -> None:
    """Lists and operations of a resource pause together; states stay, then leave as stale."""
    async with tapped(many()) as tap:
        resource = {**discovering(tap, "document_translation")}
        resource |= {"video_translation": {"discover": True}}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(100)
            tap.simulator.faults.add(Fault(kind=Kind.UNAUTHORISED))
            begun = now()
            await asyncio.sleep(900)
            assert len(tap.since(begun)) <= 2 * 8 + 5
            assert value(scraped(exporter), "azure_ai_exporter_resource_paused") == 1
            assert not states(scraped(exporter))
            tap.simulator.faults.clear()
            await asyncio.sleep(700)
            samples = scraped(exporter)
            assert len(states(samples)) == 120
            assert set(values(samples, "azure_ai_operation_up").values()) == {1}


@pytest.mark.parametrize("retry_after", ["4", "40"])
async def test_a_throttled_page_of_batches(retry_after: str) -> None:
    """429 on the third of five pages: the round goes on there, and shows them all."""
    async with tapped(Scenario(batches=running(450))) as tap:

        def third(path: str) -> None:
            if "skip=200" in path:
                throttled = Fault(kind=Kind.THROTTLED, retry_after=retry_after, count=1)
                tap.simulator.faults.add(throttled)
                tap.before = lambda _path: None

        tap.before = third
        section = {"discover": True, "documents": "none"}
        async with polling(configured(translator(tap.endpoint, **section))) as exporter:
            await asyncio.sleep(10 + float(retry_after))
            assert len(states(scraped(exporter))) == 450
            skipped = Counter(re.sub(".*skip=([0-9]+).*", r"\1", path) for _, path in tap.asked)
            assert [skipped[str(skip)] for skip in (100, 200, 300, 400)] == [1, 2, 1, 1]
            assert sum(skipped.values()) == 6
            assert exporter_says(exporter, "list_up", "document_translation") == 1
            first, second = (when for when, path in tap.asked if "skip=200" in path)
            assert second - first >= float(retry_after)
            await asyncio.sleep(35)
            assert set(tap.simulator.requests) == {"GET /translator/document/batches"}
            begun = [when for when, path in tap.asked if "skip=" not in path]
            assert len(begun) >= 2, "what was waited for is past"


@pytest.mark.parametrize(
    "body",
    [
        {"value": [], "nextLink": "{endpoint}/more?\x00"},
        {"value": [], "nextLink": "{endpoint}/more?x=\x7f"},
        {"value": [], "nextLink": "{endpoint}/m\u00f6re"},
        {"value": [], "nextLink": "{endpoint}/" + 20_000 * "a"},
        {"value": [], "nextLink": "//"},
        {"value": [], "nextLink": ""},
        {"value": [], "never sent": -3},
        {"value": [], "broken": -3},
        {"value": {}},
        {},
        [],
    ],
)
async def test_whatever_a_list_says_the_process_goes_on(body: object) -> None:
    """No list ends the exporter: the round is over, and the next one comes."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        said = body
        if isinstance(body, dict) and "nextLink" in body:
            link = str(body["nextLink"]).replace("{endpoint}", f"http://{request.host}")
            said = {**body, "nextLink": link}
        return web.json_response(said if request.path == VIDEOS else {"value": []})

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    async with served(application) as endpoint:
        resource = {"endpoint": endpoint, "video_translation": {"discover": True}}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(100)
            assert asked.count(VIDEOS) in {3, 4}
            assert exporter_says(exporter, "list_up", "video_translation") is not None


async def test_nothing_signed_is_shown() -> None:
    """Results, outputs and what people wrote into names hold signed URLs; nothing repeats them."""
    secret = signed_url("results/video.mp4")
    scenario = Scenario(
        translations=(
            replace(
                translation(
                    "named", iteration(created=START - 900, takes=300), created=START - 900
                ),
                display_name=secret,
                description=secret,
            ),
            translation(
                "failing",
                iteration(
                    created=START - 60, takes=100, outcome="Failed", failure_reason=f"No {secret}"
                ),
                created=START - 60,
                failure_reason=secret,
            ),
        ),
        syntheses=(
            replace(synthesis("named", created=START - 900, takes=300), description=secret),
            synthesis(
                "failing", created=START, takes=90, outcome="Failed", error=("E", f"No {secret}")
            ),
        ),
        batches=(batch(created=START - 10, documents=3, takes=100, failed=1),),
    )
    log = listening_log()
    async with tapped(scenario) as tap:
        resource = {
            "endpoint": tap.endpoint,
            "video_translation": {"discover": True},
            "avatar": {"discover": True},
            "document_translation": {"discover": True},
        }
        async with polling(configured(resource)) as exporter:
            for _ in range(10):
                await asyncio.sleep(30)
                body = bytes(exporter.metrics_routes.pages.plain(b"")).decode()
                assert "sig=" not in body
                assert "sp=r" not in body
            assert len(states(scraped(exporter), "video_translation")) == 2
            assert len(states(scraped(exporter), "avatar")) == 2
            before = values(scraped(exporter), "azure_ai_operation_info")
            for interval in ("31s", "32s"):
                config = configured({**resource, "poll": {"interval": interval}})
                await applied(exporter, config)
            assert values(scraped(exporter), "azure_ai_operation_info") == before
    assert len(lines(log, "operation state", "state=Failed")) == 2
    assert "sig=" not in log.getvalue().replace("sig=<cut>", "")
    assert "sp=r" not in log.getvalue()
