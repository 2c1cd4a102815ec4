"""No state is shown that is not true any more, whatever clocks, gateways and lists say."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from exporter.apis.base import Found
from exporter.app.exporter import Exporter, build
from exporter.config.config import Config
from exporter.config.plan import changes, plan
from exporter.model.operation import State
from exporter.simulator.play.building import seeded_uuid
from tests.checkpoint.test_checkpoint import keeping
from tests.support.local import START, applied, configured, polling, scraped, value, values
from tests.support.scripted import BATCHES, Script, batch, scripted, synthesis, time
from tests.support.status_site import seen

pytestmark = pytest.mark.jumping

IDS = [seeded_uuid("true states", number) for number in range(12)]
SYNTHESES = "/avatar/batchsyntheses"
VIDEOS = "/videotranslation/translations"
DAY = timedelta(days=1).total_seconds()


def translating(endpoint: str, **discover: object) -> dict[str, object]:
    section = {"discover": discover or True, "documents": "none"}
    return {"endpoint": endpoint, "document_translation": section}


@asynccontextmanager
async def discovering(
    *, quick: bool = True, **discover: object
) -> AsyncIterator[tuple[Script, Exporter]]:
    """A scripted Azure, and an exporter that discovers its batches."""
    async with scripted() as (script, endpoint):
        script.batches()
        poll = {"interval": "10s" if quick else "20m"}
        config = configured(
            translating(endpoint, **discover), poll=poll, retention={"stale_after": "1h"}
        )
        async with polling(config) as exporter:
            yield script, exporter


def states(exporter: Exporter) -> dict[str, str]:
    """The state of each operation, by its id."""
    found = values(scraped(exporter), "azure_ai_operation_state", resource="r0")
    current = [text.split(",") for text, is_current in found.items() if is_current]
    return {id_: state for _, id_, state in current}


def charged(exporter: Exporter, resource: str = "r0") -> float:
    found = values(scraped(exporter), "azure_ai_characters_charged_total", resource=resource)
    return sum(found.values())


SKEWS = [0.1, 10.0, 3600.0]


@pytest.mark.parametrize("ahead", SKEWS)
async def test_an_end_counts_whatever_the_clocks_say(ahead: float) -> None:
    """Azure's machine that says Running is ahead of the one that says Succeeded."""
    async with discovering() as (script, exporter):
        script.batches(batch(IDS[0], "Running", START - 60, START + ahead))
        await asyncio.sleep(30)
        script.batches(batch(IDS[0], "Succeeded", START - 60, START))
        await asyncio.sleep(30)
        assert states(exporter) == {IDS[0]: "Succeeded"}


async def test_a_time_in_the_future_decides_nothing() -> None:
    """Neither which answer is newer, nor how long an operation stays: it is not shown."""
    async with discovering(quick=False) as (script, exporter):
        future = START + 5000 * DAY
        script.batches(batch(IDS[0], "NotStarted", future, future))
        await asyncio.sleep(1300)
        script.batches(batch(IDS[0], "Running", START - 60, START))
        await asyncio.sleep(1300)
        assert states(exporter) == {IDS[0]: "Running"}
        script.batches(batch(IDS[0], "Succeeded", START - 60, future))
        await asyncio.sleep(1300)
        assert states(exporter) == {IDS[0]: "Succeeded"}
        name = "azure_ai_operation_last_action_timestamp_seconds"
        assert value(scraped(exporter), name) is None
        await asyncio.sleep(DAY + 1300)
        assert not states(exporter)


async def test_a_time_that_a_wrong_clock_believed_decides_nothing() -> None:
    """The machine's clock was an hour ahead, so that Azure's wrong time seemed to be past."""
    now = START + 3600
    config = configured({"endpoint": "http://127.0.0.1:1", "openai_batch": {"discover": True}})
    async with build(config, lambda: now) as exporter:
        [watcher] = exporter.lists.watchers.values()

        def shown(last_action: float, progress: float) -> tuple[float | None, ...]:
            """Last action and progress on /metrics after a round of the list."""
            created = START - 60
            known = seen(State.RUNNING, last_action=last_action, created=created, progress=progress)
            watcher.discovery.begin_round()
            watcher.discovery.take(Found("batch_1", known), watcher.clock())
            watcher.discovery.end_round(watcher.clock())
            name = "azure_ai_operation_last_action_timestamp_seconds"
            samples = scraped(exporter)
            return value(samples, name), value(samples, "azure_ai_operation_progress_ratio")

        assert shown(START + 1800, 0.1) == (START + 1800, 0.1)
        now = START + 30
        assert shown(START + 1800, 0.1) == (None, 0.1)
        now = START + 60
        assert shown(START + 50, 0.9) == (START + 50, 0.9)


async def test_a_404_now_and_then_is_not_gone() -> None:
    """A gateway in trouble answers 503 and a single 404: nothing leaves."""
    running = [batch(id_, "Running", START - 60, START) for id_ in IDS]
    async with discovering() as (script, exporter):
        script.batches(*running)
        await asyncio.sleep(30)
        for status in (503, 503, 404, 503, 404, 404, 503):
            script.failing = status
            await asyncio.sleep(11)
            assert len(values(scraped(exporter), "azure_ai_operation_up")) == len(IDS)
        script.failing = 0
        await asyncio.sleep(120)
        assert states(exporter) == dict.fromkeys(IDS, "Running")


async def test_gone_while_the_list_cannot_be_read() -> None:
    """What Azure does not know leaves when the list says so as well, not before."""
    async with discovering() as (script, exporter):
        script.batches(batch(IDS[0], "Running", START - 60, START))
        await asyncio.sleep(30)
        script.failing = 404
        await asyncio.sleep(1000)
        assert value(scraped(exporter), "azure_ai_operation_up", operation=IDS[0]) == 0
        script.failing = 0
        script.answers.clear()
        script.batches()
        await asyncio.sleep(700)
        assert not values(scraped(exporter), "azure_ai_operation_up")


async def test_an_id_that_is_used_again() -> None:
    """A synthesis that is deleted and made again begins anew; both charges count."""
    async with scripted() as (script, endpoint):
        section = {"endpoint": endpoint, "avatar": {"discover": True}}
        script.list(SYNTHESES, synthesis("nightly", "Succeeded", START, START + 9, charged=100))
        async with polling(configured(section)) as exporter:
            await asyncio.sleep(100)
            assert states(exporter) == {"batchsyntheses/nightly": "Succeeded"}
            again = synthesis("nightly", "Running", START + 100, START + 101, charged=7)
            script.list(SYNTHESES, again)
            script.answers[f"{SYNTHESES}/nightly"] = again
            await asyncio.sleep(100)
            assert states(exporter) == {"batchsyntheses/nightly": "Running"}
            assert charged(exporter) == 107
            script.list(SYNTHESES, synthesis("nightly", "Succeeded", START, START + 9, charged=100))
            await asyncio.sleep(100)
            assert states(exporter) == {"batchsyntheses/nightly": "Running"}, "an old page"
            assert charged(exporter) == 107
            script.list(SYNTHESES, synthesis("nightly", "Failed", START + 100, START + 300))
            await asyncio.sleep(100)
            assert states(exporter) == {"batchsyntheses/nightly": "Failed"}


async def test_the_id_of_a_registered_synthesis_is_used_again() -> None:
    """Without a list it is polled on, seldom; a deleted one keeps its end."""
    path = f"{SYNTHESES}/nightly"
    async with scripted() as (script, endpoint):
        config = configured({"endpoint": endpoint, "avatar": {}})
        script.answers[path] = synthesis("nightly", "Succeeded", START, START + 9)
        async with polling(config) as exporter:
            registered = exporter.plan.find("r0", "avatar", "batchsyntheses/nightly")
            wanted = plan(config, [registered])
            await exporter.apply(wanted, changes(exporter.plan, wanted))
            await asyncio.sleep(100)
            del script.answers[path]
            await asyncio.sleep(3600)
            assert states(exporter) == {"batchsyntheses/nightly": "Succeeded"}
            assert value(scraped(exporter), "azure_ai_operation_up") == 1
            assert len(script.requests) <= 15
            script.answers[path] = synthesis("nightly", "Running", START + 3600, START + 3601)
            await asyncio.sleep(600)
            assert states(exporter) == {"batchsyntheses/nightly": "Running"}


def show_translation(script: Script, created: float, status: str, *, listed: bool = True) -> None:
    """The translation `tour` with one iteration, `first`."""
    latest = {"id": "first", "status": status}
    script.list(VIDEOS, {"id": "tour", "createdDateTime": time(created), "latestIteration": latest})
    times = {"createdDateTime": time(created), "lastActionDateTime": time(created + 50)}
    script.list(f"{VIDEOS}/tour/iterations", *([latest | times] if listed else []))


@pytest.mark.parametrize("missing", ["empty", "404"])
async def test_iterations_that_were_not_shown_are_asked_for_again(missing: str) -> None:
    """The list of iterations was empty, or 404, the one time it was read."""
    async with scripted() as (script, endpoint):
        section = {"endpoint": endpoint, "video_translation": {"discover": True}}
        show_translation(script, START - 100, "Succeeded", listed=False)
        if missing == "404":
            del script.answers[f"{VIDEOS}/tour/iterations"]
        async with polling(configured(section)) as exporter:
            await asyncio.sleep(40)
            assert not states(exporter)
            show_translation(script, START - 100, "Succeeded")
            await asyncio.sleep(40)
            assert states(exporter) == {"tour/first": "Succeeded"}
            script.requests.clear()
            await asyncio.sleep(300)
            assert not [path for path in script.requests if "iterations" in path]


async def test_a_translation_that_is_made_again() -> None:
    """Its iteration has the id and the state of the deleted one, and is another one."""
    name = "azure_ai_operation_created_timestamp_seconds"
    async with scripted() as (script, endpoint):
        section = {"endpoint": endpoint, "video_translation": {"discover": True}}
        show_translation(script, START - 100, "Succeeded")
        async with polling(configured(section)) as exporter:
            await asyncio.sleep(40)
            assert value(scraped(exporter), name) == START - 100
            show_translation(script, START + 45, "Succeeded")
            await asyncio.sleep(40)
            assert value(scraped(exporter), name) == START + 45


async def test_what_can_still_change_is_followed_first() -> None:
    """Then what ended badly, then the newest; what is left out is told."""
    done = [
        batch(id_, "Succeeded", START - 50 + number, START - 40 + number)
        for number, id_ in enumerate(IDS[3:])
    ]
    failed = batch(IDS[2], "Failed", START - 2000, START - 1900)
    half = batch(IDS[1], "Succeeded", START - 3000, START - 2900, failed=4)
    running = batch(IDS[0], "Running", START - 4000, START - 60)
    async with discovering(max_operations=4) as (script, exporter):
        script.batches(*reversed(done), failed, half, running)
        await asyncio.sleep(30)
        assert set(states(exporter)) == {*IDS[:3], IDS[-1]}
        assert value(scraped(exporter), "azure_ai_exporter_list_truncated") == 1


async def test_the_last_change_begins_with_azures_last_action() -> None:
    """A batch that stands still for five hours is stuck at once, also without a state file."""
    async with discovering() as (script, exporter):
        script.batches(batch(IDS[0], "Running", START - 20000, START - 18000))
        await asyncio.sleep(30)
        name = "azure_ai_operation_last_change_timestamp_seconds"
        assert value(scraped(exporter), name) == START - 18000


Leave = Callable[[Script, Exporter, Config], Awaitable[None]]


async def leave_by_retention(_script: Script, _exporter: Exporter, _config: Config) -> None:
    """It has no time of its last action, so that the exporter's own first sight counts."""
    await asyncio.sleep(3 * 3600)


async def leave_the_list_and_azure(script: Script, _exporter: Exporter, _config: Config) -> None:
    shown = dict(script.answers)
    script.answers.clear()
    script.batches()
    await asyncio.sleep(300)
    script.answers = shown


async def switch_discovery_off(_script: Script, exporter: Exporter, config: Config) -> None:
    [resource] = config.resources
    named = {"batches": [IDS[5]]}
    await applied(
        exporter, configured({"endpoint": resource.endpoint, "document_translation": named})
    )
    await asyncio.sleep(60)
    await applied(exporter, config)


async def rename_the_resource(_script: Script, exporter: Exporter, config: Config) -> None:
    [resource] = config.resources
    await applied(exporter, configured({"name": "r9", **translating(resource.endpoint)}))
    await asyncio.sleep(60)
    assert charged(exporter, "r9") == 300
    await applied(exporter, config)


@pytest.mark.parametrize(
    "leave",
    [
        leave_by_retention,
        leave_the_list_and_azure,
        switch_discovery_off,
        rename_the_resource,
    ],
)
async def test_a_charge_is_counted_once(leave: Leave) -> None:
    """However an operation leaves and comes back, the counter has its charge once."""
    async with scripted() as (script, endpoint):
        script.batches(
            batch(IDS[0], "Succeeded", START - 60, charged=100),
            batch(IDS[1], "Running", START - 50, charged=200),
        )
        config = configured(translating(endpoint), retention={"finished": "1h"})
        async with polling(config) as exporter:
            await asyncio.sleep(60)
            assert charged(exporter) == 300
            await leave(script, exporter, config)
            await asyncio.sleep(60)
            assert IDS[1] in states(exporter)
            assert charged(exporter) == 300


async def test_a_charge_is_counted_once_after_a_restart(tmp_path: Path) -> None:
    """A named batch is found by the list after the restart, or named again after two."""
    state_file = str(tmp_path / "state")
    async with scripted() as (script, endpoint):
        script.batches(batch(IDS[0], "Running", START - 60, START, charged=100))

        def config_of(**section: object) -> Config:
            return configured(
                {"endpoint": endpoint, "document_translation": {"documents": "none", **section}},
                state_file=state_file,
            )

        for section in (
            {"batches": [IDS[0]]},
            {"discover": True},
            {"batches": [IDS[1]]},
            {"batches": [IDS[2]]},
            {"batches": [IDS[0]]},
        ):
            async with keeping(config_of(**section)) as exporter:
                await asyncio.sleep(60)
                assert charged(exporter) == 100


async def test_counters_of_what_is_not_configured_leave_the_file(tmp_path: Path) -> None:
    """A resource that comes back after a restart without it begins at its charge, not at two."""
    state_file = str(tmp_path / "state")
    async with scripted() as (script, endpoint):
        script.batches(batch(IDS[0], "Running", START - 60, START, charged=100))
        for name in ("r0", "r9", "r0"):
            config = configured({"name": name, **translating(endpoint)}, state_file=state_file)
            async with keeping(config) as exporter:
                await asyncio.sleep(60)
                assert charged(exporter, name) == 100


@pytest.mark.parametrize("case", [str.upper, str.title])
async def test_a_document_in_another_letter_case(
    case: Callable[[str], str],
) -> None:
    """It is the same document, as a batch is the same batch."""
    name = IDS[3]
    document = {"to": "de", "lastActionDateTimeUtc": time(START)}
    async with scripted() as (script, endpoint):
        script.batches(batch(IDS[0], "Running", START - 60, START))
        script.list(f"{BATCHES}/{IDS[0]}/documents", document | {"id": name, "status": "Running"})
        resource = {"endpoint": endpoint, "document_translation": {"discover": True}}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(60)
            script.list(
                f"{BATCHES}/{IDS[0]}/documents",
                document | {"id": case(name), "status": "Succeeded"},
            )
            await asyncio.sleep(60)
            found = values(scraped(exporter), "azure_ai_document_state", document=name)
            assert [text.rpartition(",")[2] for text, now in found.items() if now] == ["Succeeded"]
            assert len(values(scraped(exporter), "azure_ai_document_state")) == len(found)


async def test_a_document_that_no_list_shows() -> None:
    """It is unreadable, and leaves after `stale_after`, although its batch has succeeded."""
    documents = [
        {"id": id_, "to": "de", "status": "Running", "lastActionDateTimeUtc": time(START)}
        for id_ in IDS[5:7]
    ]
    path = f"{BATCHES}/{IDS[0]}/documents"
    async with scripted() as (script, endpoint):
        script.batches(batch(IDS[0], "Running", START - 60, START))
        script.list(path, *documents)
        resource = {"endpoint": endpoint, "document_translation": {"discover": True}}
        async with polling(configured(resource, retention={"stale_after": "10m"})) as exporter:
            await asyncio.sleep(60)
            script.batches(batch(IDS[0], "Succeeded", START - 60, START + 70))
            script.list(path, documents[0] | {"status": "Succeeded"})
            await asyncio.sleep(120)
            name = "azure_ai_operation_documents_unreadable"
            assert value(scraped(exporter), name) == 1
            await asyncio.sleep(900)
            samples = scraped(exporter)
            assert not values(samples, "azure_ai_document_state", document=IDS[6])
            assert values(samples, "azure_ai_document_state", document=IDS[5])
            assert value(samples, name) == 0
