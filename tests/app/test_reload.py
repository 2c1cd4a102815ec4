"""Another configuration in the middle of the work: what stays, what leaves, and who notices."""

import asyncio
import gc
import os
import re
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import aiohttp
import pytest
import yaml

from exporter.app import reload
from exporter.app.exporter import Exporter, build
from exporter.app.reload import Reloader
from exporter.app.serve import routes
from exporter.config import sources
from exporter.config.config import load
from exporter.config.plan import Changes, changes, plan
from exporter.config.source import Source
from exporter.config.sources import OneFile
from exporter.model.operation import OperationKey
from exporter.model.snapshot import Snapshot
from exporter.simulator.faults.faults import Fault, Kind
from exporter.simulator.play.building import batch, iteration, operation, synthesis, translation
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import DEFAULT_KEY, Simulator
from exporter.text import LABEL_LIMIT
from tests.commands.test_cli import Running, soon
from tests.support.local import (
    START,
    Samples,
    clock,
    configured,
    polling,
    scraped,
    served,
    simulated,
    value,
    values,
)

jumping = pytest.mark.jumping

VIDEOS = ("video-1", "video-2", "video-3")
FIRST, SECOND, THIRD = (
    batch(created=START - 600 + 10 * number, documents=4, takes=3600, seed=number)
    for number in range(3)
)
DONE = batch(created=START - 600, documents=4, takes=300, seed=9)
EVERYTHING = Scenario(
    batches=(FIRST, SECOND, THIRD, DONE),
    video_translation=tuple(operation(id_, created=START - 60, takes=None) for id_ in VIDEOS),
    avatar=(operation("avatar-1", created=START - 60, takes=None),),
    translations=(
        translation("film", iteration("first", created=START - 50, takes=None), created=START - 60),
    ),
    syntheses=(synthesis("speaker", created=START - 60, takes=None),),
)


async def apply(exporter: Exporter, *resources: Mapping[str, object], **top: object) -> Changes:
    """Another configuration, as a reload applies it once it was read."""
    config = configured(*resources, **top)
    after = plan(config)
    changed = changes(exporter.plan, after)
    await exporter.apply(after, changed)
    return changed


def of_operation(samples: Samples, key: OperationKey) -> Samples:
    """All samples with the labels of an operation, its documents' among them."""
    wanted = {("resource", key.resource), ("operation", key.operation)}
    return {sample: each for sample, each in samples.items() if wanted <= sample[1]}


def of_resource(samples: Samples, resource: str) -> Samples:
    return {sample: each for sample, each in samples.items() if ("resource", resource) in sample[1]}


def asked(simulator: Simulator, word: str = "") -> int:
    """How many requests there were whose path has this in it."""
    return sum(count for path, count in simulator.requests.items() if word in path)


def videos(*ids: object, **more: object) -> dict[str, object]:
    return {"video_translation": {"operations": list(ids), **more}}


def batches(*ids: object, **more: object) -> dict[str, object]:
    return {"document_translation": {"batches": list(ids), **more}}


def looked_at(exporter: Exporter, key: OperationKey) -> list[float]:
    """When an operation was asked about, in seconds since the test began."""
    return [exchange.at - START for exchange in exporter.history[key]]


VIDEO = {id_: OperationKey("r0", "video_translation", id_) for id_ in VIDEOS}
LAST_CHANGE = "azure_ai_operation_last_change_timestamp_seconds"
OURS = re.compile("azure_ai_(operation|document|state|characters|api|resource)_.*")

# What stays


@jumping
async def test_what_stays_goes_on_as_if_nothing_had_happened() -> None:
    """Its series stay to the letter, counters too, and it is asked when it would have been."""
    async with simulated(EVERYTHING) as (_, endpoint):
        resource = {"endpoint": endpoint, **videos("video-1", "video-2"), **batches(FIRST.id)}
        more = {"endpoint": endpoint, **videos(*VIDEOS), **batches(FIRST.id)}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(310)
            before = scraped(exporter)
            changed = await apply(exporter, more)
            assert changed == Changes(added=(VIDEO["video-3"],))
            after = scraped(exporter)
            new = of_operation(after, VIDEO["video-3"])
            states = "azure_ai_resource_operations"
            assert {
                sample: each
                for sample, each in after.items()
                if OURS.match(sample[0]) and sample[0] != states and sample not in new
            } == {
                sample: each
                for sample, each in before.items()
                if OURS.match(sample[0]) and sample[0] != states
            }
            await asyncio.sleep(590)
            for id_ in ("video-1", "video-2"):
                times = looked_at(exporter, VIDEO[id_])
                gaps = [later - sooner for sooner, later in pairwise(times)]
                assert gaps == pytest.approx([30] * 29, abs=1)
            assert looked_at(exporter, VIDEO["video-3"])[0] - 310 < 1, "the new one at once"
            for id_ in ("video-1", "video-2"):
                last = value(scraped(exporter), LAST_CHANGE, operation=id_)
                assert last == value(before, LAST_CHANGE, operation=id_)


@jumping
@pytest.mark.parametrize(
    "edit",
    [
        {"auth": {"key_env": "EXPORTER_TEST_KEY"}},
        {"poll": {"timeout": "20s"}},
        {"poll": {"requests_per_second": 50}},
        {"avatar": {"operations": ["avatar-1"]}},
    ],
)
async def test_another_connection_loses_nothing(
    monkeypatch: pytest.MonkeyPatch, edit: dict[str, object]
) -> None:
    """A new key or budget: all that is known stays, and what has finished is not asked again."""
    monkeypatch.setenv("EXPORTER_TEST_KEY", DEFAULT_KEY)
    async with simulated(EVERYTHING) as (simulator, endpoint):
        section = {**videos("video-1"), **batches(FIRST.id, DONE.id)}
        resource = {"endpoint": endpoint, **section}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(300)
            before = scraped(exporter)
            done = asked(simulator, DONE.id)
            await apply(exporter, {**resource, **edit})
            after = scraped(exporter)
            for key in (VIDEO["video-1"], OperationKey("r0", "document_translation", FIRST.id)):
                assert of_operation(after, key) == of_operation(before, key)
            await asyncio.sleep(60)
            assert asked(simulator, DONE.id) == done
            up = values(scraped(exporter), "azure_ai_operation_up", api="video_translation")
            assert set(up.values()) == {1}


@jumping
async def test_another_interval() -> None:
    """It is in force from the next look on."""
    async with simulated(EVERYTHING) as (_, endpoint):
        resource = {"endpoint": endpoint, **videos("video-1")}
        async with polling(configured(resource, poll={"interval": "5m"})) as exporter:
            await asyncio.sleep(310)
            changed = await apply(exporter, resource, poll={"interval": "10s"})
            assert changed == Changes(changed=(VIDEO["video-1"],))
            await asyncio.sleep(95)
            times = looked_at(exporter, VIDEO["video-1"])
            assert len([each for each in times if each > 310]) == 10


@jumping
async def test_labels_change_at_once() -> None:
    """The next scrape has the new labels and not the old ones; the state is not lost."""
    async with simulated(EVERYTHING) as (_, endpoint):
        project = {"id": FIRST.id, "labels": {"project": "manuals"}}
        team = {"id": FIRST.id, "labels": {"team": "docs"}}
        key = OperationKey("r0", "document_translation", FIRST.id)
        async with polling(configured({"endpoint": endpoint, **batches(project)})) as exporter:
            await asyncio.sleep(100)
            before = of_operation(scraped(exporter), key)
            changed = await apply(exporter, {"endpoint": endpoint, **batches(team)})
            assert changed == Changes(changed=(key,))
            after = of_operation(scraped(exporter), key)
            gone, new = before.keys() - after.keys(), after.keys() - before.keys()
            assert [(name, dict(labels).get("project")) for name, labels in gone] == [
                ("azure_ai_operation_info", "manuals")
            ]
            assert [(name, dict(labels).get("team")) for name, labels in new] == [
                ("azure_ai_operation_info", "docs")
            ]


@jumping
async def test_labels_of_a_resource() -> None:
    """They are on the resource and on all its operations, where an operation's own label wins."""

    def labels(exporter: Exporter, name: str) -> list[dict[str, str]]:
        named = [dict(labels) for family, labels in scraped(exporter) if family == name]
        own = ("team", "stage")
        return [{label: each[label] for label in own if label in each} for each in named]

    async with simulated(EVERYTHING) as (_, endpoint):
        resource = {"endpoint": endpoint, **batches({"id": FIRST.id, "labels": {"stage": "test"}})}
        for own in ({"team": "docs", "stage": "live"}, {"team": "a\n" * 999}, {}):
            async with polling(configured({**resource, "labels": own})) as exporter:
                await asyncio.sleep(100)
                [of_resource] = labels(exporter, "azure_ai_resource_info")
                [of_operation] = labels(exporter, "azure_ai_operation_info")
                await apply(exporter, {**resource, "labels": {"team": "films"}})
                [new] = labels(exporter, "azure_ai_operation_info")
            assert of_operation == {**of_resource, "stage": "test"}
            assert of_resource.keys() == own.keys()
            assert all(len(value) <= LABEL_LIMIT for value in of_resource.values())
            assert new == {"team": "films", "stage": "test"}


@jumping
async def test_another_choice_of_documents() -> None:
    """Documents that are not wanted any more leave at once; others come with the next look."""
    async with simulated(EVERYTHING) as (_, endpoint):
        key = OperationKey("r0", "document_translation", FIRST.id)

        def shown(exporter: Exporter) -> int:
            return len(values(scraped(exporter), "azure_ai_document_state"))

        resource = {"endpoint": endpoint}
        async with polling(configured({**resource, **batches(FIRST.id)})) as exporter:
            await asyncio.sleep(100)
            assert shown(exporter) == 4
            changed = await apply(exporter, {**resource, **batches(FIRST.id, documents="none")})
            assert changed == Changes(changed=(key,))
            assert shown(exporter) == 0
            await apply(exporter, {**resource, **batches(FIRST.id)})
            await asyncio.sleep(35)
            assert shown(exporter) == 4


async def test_others_have_their_turn_while_many_are_followed_anew() -> None:
    """Scrapes go on while thousands of operations get other labels."""
    section = {"endpoint": "https://a.cognitiveservices.azure.com", "auth": {"key": DEFAULT_KEY}}
    before, after = (
        configured(
            {
                **section,
                "video_translation": {
                    "operations": [
                        {"id": f"video-{number}", "labels": {"team": team}}
                        for number in range(1000)
                    ]
                },
            }
        )
        for team in ("a", "b")
    )
    async with build(before, clock) as exporter:
        planned = plan(after)
        difference = changes(exporter.plan, planned)
        applying = asyncio.create_task(exporter.apply(planned, difference))
        turns = 0
        while not applying.done():
            await asyncio.sleep(0)
            turns += 1
        assert turns > 1000 // 50
        assert len(difference.changed) == 1000
        assert {snapshot.watch.labels["team"] for snapshot in exporter.store} == {"b"}


@jumping
async def test_limits_are_in_force_at_once() -> None:
    """Also for what has finished, of which nothing new will ever come."""
    async with simulated(EVERYTHING) as (_, endpoint):
        resource = {"endpoint": endpoint, **batches(DONE.id)}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(300)
            for limit, shown in [(1, 1), (1000, 4)]:
                await apply(exporter, resource, limits={"documents_per_batch": limit})
                await asyncio.sleep(1)
                samples = scraped(exporter)
                assert len(values(samples, "azure_ai_document_state")) == shown
                folded = value(samples, "azure_ai_operation_documents_folded")
                assert folded == 4 - shown


@jumping
async def test_what_stays_is_not_rendered_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reload costs what has changed: with 10,000 operations, all of them would take a second."""
    async with simulated(EVERYTHING) as (_, endpoint):
        resource = {"endpoint": endpoint, **videos("video-1", "video-2"), **batches(FIRST.id)}
        more = {"endpoint": endpoint, **videos(*VIDEOS), **batches(FIRST.id)}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(100)
            rendered: list[str] = []
            update = exporter.pages.update

            def counting(before: Snapshot | None, after: Snapshot | None) -> None:
                rendered.append(after.watch.key.operation if after else "")
                update(before, after)

            monkeypatch.setattr(exporter.pages, "update", counting)
            monkeypatch.setattr(
                exporter.store, "_listeners", (counting, *exporter.store._listeners[1:])
            )
            await apply(exporter, more)
            assert set(rendered) <= {"video-3"}


@jumping
async def test_retention_is_in_force_at_once() -> None:
    """A discovered batch that finished long ago leaves once it may not stay so long."""
    async with simulated(EVERYTHING) as (_, endpoint):
        resource = {"endpoint": endpoint, **batches(discover=True)}
        key = OperationKey("r0", "document_translation", DONE.id)
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(60)
            assert of_operation(scraped(exporter), key)
            await apply(exporter, resource, retention={"finished": "1m"})
            await asyncio.sleep(10)
            assert not of_operation(scraped(exporter), key)
            assert len(values(scraped(exporter), "azure_ai_operation_up")) == 3


# What leaves


@jumping
async def test_an_operation_leaves() -> None:
    """All its series and its documents' go in one scrape, and it is not asked about any more."""
    async with simulated(EVERYTHING) as (simulator, endpoint):
        resource = {"endpoint": endpoint, **videos("video-1", "video-2"), **batches(FIRST.id)}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(100)
            charged = values(scraped(exporter), "azure_ai_characters_charged_total")
            changed = await apply(exporter, {"endpoint": endpoint, **videos("video-1")})
            batch_ = OperationKey("r0", "document_translation", FIRST.id)
            assert set(changed.removed) == {VIDEO["video-2"], batch_}
            after = scraped(exporter)
            for key in changed.removed:
                assert not of_operation(after, key)
                assert key not in exporter.store
                assert not exporter.history[key]
            assert of_operation(after, VIDEO["video-1"])
            states = "azure_ai_resource_operations"
            assert value(after, states, api="video_translation", state="Running") == 1
            assert charged
            simulator.requests.clear()
            await asyncio.sleep(300)
            assert set(simulator.requests) == {"GET /videotranslation/operations/video-1"}


@jumping
@pytest.mark.parametrize("what", ["an API", "a resource"])
async def test_what_is_not_watched_any_more_has_no_series(what: str) -> None:
    """No series is left of an API or a resource: no count below 0, no `up` for ever."""
    async with simulated(EVERYTHING) as (_, endpoint):
        both = {"endpoint": endpoint, **videos("video-1"), **batches(FIRST.id, SECOND.id)}
        one = {"endpoint": endpoint, **videos("video-1")}
        other = {"endpoint": endpoint, **videos("video-2")}
        async with polling(configured(both, other)) as exporter:
            await asyncio.sleep(100)
            before = scraped(exporter)
            assert of_resource(before, "r0")
            if what == "an API":
                await apply(exporter, one, other)
                gone = ("api", "document_translation")
            else:
                await apply(exporter, {**other, "name": "r1"})
                gone = ("resource", "r0")
            for _ in range(3):
                after = scraped(exporter)
                assert [sample for sample in after if gone in sample[1]] == []
                await asyncio.sleep(60)
            stayed = of_resource(before, "r1").keys()
            assert stayed <= after.keys()
            await apply(exporter, both, other)
            await asyncio.sleep(60)
            again = scraped(exporter)
            assert {name for name, _ in of_resource(again, "r0")} >= {
                name for name, _ in of_resource(before, "r0") if name.startswith("azure_ai_")
            }
            running = {"api": "document_translation", "state": "Running"}
            assert value(again, "azure_ai_resource_operations", **running) == 2


# Discovery


@jumping
async def test_from_configured_to_discovered_and_back() -> None:
    """An operation that lists show stays when its entry goes, without the entry's labels."""
    async with simulated(EVERYTHING) as (_, endpoint):
        entry = {"id": FIRST.id, "labels": {"project": "manuals"}}
        listed = {"endpoint": endpoint, **batches(entry, discover=True)}
        found = {"endpoint": endpoint, **batches(discover=True)}
        key = OperationKey("r0", "document_translation", FIRST.id)
        async with polling(configured(listed)) as exporter:
            await asyncio.sleep(100)
            before = scraped(exporter)
            assert len(values(before, "azure_ai_operation_up")) == 4
            assert not exporter.poller.followed[key].watch.discovered

            changed = await apply(exporter, found)
            assert changed == Changes(removed=(key,))
            after = scraped(exporter)
            assert exporter.poller.followed[key].watch.discovered
            assert value(after, LAST_CHANGE, operation=FIRST.id) == value(
                before, LAST_CHANGE, operation=FIRST.id
            )
            info = values(after, "azure_ai_operation_info", operation=FIRST.id)
            assert list(info) == ["document_translation,batch,,r0"], "no label of the entry"

            assert await apply(exporter, listed) == Changes(added=(key,))
            assert not exporter.poller.followed[key].watch.discovered
            same = of_operation(scraped(exporter), key)
            assert same == of_operation(before, key)
            await asyncio.sleep(100)
            assert len(values(scraped(exporter), "azure_ai_operation_up")) == 4


@jumping
async def test_from_configured_to_discovered_after_a_probe() -> None:
    """That somebody has probed it in between makes no difference: a list shows it all the same."""
    async with simulated(EVERYTHING) as (_, endpoint):
        key = OperationKey("r0", "document_translation", FIRST.id)
        listed = {"endpoint": endpoint, **batches(FIRST.id, discover=True)}
        async with polling(configured(listed)) as exporter:
            await asyncio.sleep(100)
            await exporter.once.poll(exporter.poller.followed[key], now=True)
            before = of_operation(scraped(exporter), key)
            await apply(exporter, {"endpoint": endpoint, **batches(discover=True)})
            assert of_operation(scraped(exporter), key) == before


@jumping
@pytest.mark.parametrize("api", ["video_translation", "avatar"])
async def test_what_no_list_shows_leaves_with_its_entry(api: str) -> None:
    """Lists show iterations and syntheses: an operation of these APIs is not found by itself."""
    name = {"video_translation": "video-1", "avatar": "avatar-1"}[api]
    async with simulated(EVERYTHING) as (_, endpoint):
        section = {"operations": [name], "discover": True}
        key = OperationKey("r0", api, name)
        async with polling(configured({"endpoint": endpoint, api: section})) as exporter:
            await asyncio.sleep(300)
            assert len(values(scraped(exporter), "azure_ai_operation_state", state="Running")) == 2
            changed = await apply(exporter, {"endpoint": endpoint, api: {"discover": True}})
            assert changed == Changes(removed=(key,))
            assert not of_operation(scraped(exporter), key)
            assert len(values(scraped(exporter), "azure_ai_operation_state", state="Running")) == 1


@jumping
async def test_discovery_off_and_on() -> None:
    """Off, what was found leaves at once and no list is read; what is configured stays."""
    async with simulated(EVERYTHING) as (simulator, endpoint):
        resource = {
            "endpoint": endpoint,
            "avatar": {"discover": True, "requests_per_minute": 60},
            **videos("video-1", discover=True),
            **batches(FIRST.id, discover=True),
        }
        off = {
            "endpoint": endpoint,
            "avatar": {"requests_per_minute": 60},
            **videos("video-1"),
            **batches(FIRST.id),
        }
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(100)
            before = scraped(exporter)
            assert len(values(before, "azure_ai_operation_up")) == 7
            assert values(before, "azure_ai_exporter_list_up")
            assert await apply(exporter, off) == Changes()
            after = scraped(exporter)
            for id_ in ("video-1", FIRST.id):
                last = value(before, LAST_CHANGE, operation=id_)
                assert value(after, LAST_CHANGE, operation=id_) == last
            left = {(api, id_) for _, api, id_ in exporter.poller.followed}
            assert left == {("video_translation", "video-1"), ("document_translation", FIRST.id)}
            assert len(values(after, "azure_ai_operation_up")) == 2
            for family in ("up", "truncated"):
                assert not values(after, f"azure_ai_exporter_list_{family}"), "of no list"
            simulator.requests.clear()
            await asyncio.sleep(300)
            lists = {path for path in simulator.requests if path.endswith(("s", "batches"))}
            assert lists <= {f"GET /translator/document/batches/{FIRST.id}/documents"}

            assert await apply(exporter, resource) == Changes()
            await asyncio.sleep(100)
            assert len(values(scraped(exporter), "azure_ai_operation_up")) == 7


@jumping
async def test_a_reload_before_the_first_list() -> None:
    """Operations that wait for a list which never comes, since it was begun anew, are asked."""
    scenario = Scenario(batches=(FIRST, SECOND, THIRD))
    slow = Fault(kind=Kind.SLOW, path=re.compile("/batches$"), count=1)
    async with simulated(scenario) as (simulator, endpoint):
        simulator.faults.add(slow)
        resource = {"endpoint": endpoint, **batches(FIRST.id, SECOND.id)}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(5)
            assert exporter.waiting_for() == 2
            more = {"endpoint": endpoint, **batches(FIRST.id, SECOND.id, THIRD.id)}
            await apply(exporter, more)
            await asyncio.sleep(60)
            assert exporter.waiting_for() == 0
            for id_ in (FIRST.id, SECOND.id, THIRD.id):
                documents = values(scraped(exporter), "azure_ai_document_state", operation=id_)
                assert len(documents) == 4


@jumping
async def test_one_batch_more_does_not_ask_for_all_that_were_found() -> None:
    """What was discovered and has finished costs no request when its neighbour is configured."""
    done = tuple(
        batch(created=START - 900 + number, documents=2, takes=300, seed=number)
        for number in range(30)
    )
    async with simulated(Scenario(batches=(*done, FIRST))) as (simulator, endpoint):
        resource = {"endpoint": endpoint, **batches(discover=True)}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(300)
            assert len(values(scraped(exporter), "azure_ai_document_state")) == 64
            simulator.requests.clear()
            await apply(exporter, {"endpoint": endpoint, **batches(FIRST.id, discover=True)})
            await asyncio.sleep(120)
            others = {path for path in simulator.requests if FIRST.id not in path}
            assert others == {"GET /translator/document/batches"}
            assert asked(simulator, "/documents") < 10


# The key


@jumping
async def test_a_new_key_in_the_same_file(tmp_path: Path) -> None:
    """A reload takes it at once, though nothing of the configuration has changed."""
    file = tmp_path / "key"
    file.write_text(DEFAULT_KEY)
    async with simulated(EVERYTHING) as (simulator, endpoint):
        resource = {"endpoint": endpoint, "auth": {"key_file": str(file)}, **videos(*VIDEOS)}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(40)
            simulator.azure._key = "rotated"
            file.write_text("rotated\n")
            assert await apply(exporter, resource) == Changes()
            await asyncio.sleep(300)
            requests = values(scraped(exporter), "azure_ai_api_requests_total")
            assert requests["video_translation,r0,401"] == 0
            assert set(values(scraped(exporter), "azure_ai_operation_up").values()) == {1}


@jumping
async def test_a_good_key_ends_a_pause(tmp_path: Path) -> None:
    """Whoever mends the key and reloads need not wait until the resource would be asked again."""
    file = tmp_path / "key"
    file.write_text("revoked")
    async with simulated(EVERYTHING) as (_, endpoint):
        resource = {"endpoint": endpoint, "auth": {"key_file": str(file)}, **videos(*VIDEOS)}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(300)
            assert value(scraped(exporter), "azure_ai_exporter_resource_paused") == 1
            file.write_text(DEFAULT_KEY)
            await apply(exporter, resource)
            await asyncio.sleep(31)
            assert value(scraped(exporter), "azure_ai_exporter_resource_paused") == 0
            assert set(values(scraped(exporter), "azure_ai_operation_up").values()) == {1}


@pytest.mark.e2e
@jumping
async def test_nothing_piles_up() -> None:
    """After 200 configurations there are as many tasks, sessions and series as before."""
    async with simulated(EVERYTHING) as (_, endpoint):
        base = {"endpoint": endpoint, **videos(*VIDEOS), **batches(FIRST.id, discover=True)}
        others = (
            {**base, **videos("video-1", {"id": "video-2", "labels": {"a": "b"}})},
            {**base, "poll": {"timeout": "20s"}},
            {**base, **batches(SECOND.id, FIRST.id)},
            {"endpoint": endpoint, "name": "other", **videos(*VIDEOS)},
        )
        async with polling(configured(base)) as exporter:
            await asyncio.sleep(100)
            tasks, sessions = tasks_at_work(), open_sessions()
            names = set(scraped(exporter))
            for number in range(200):
                await apply(exporter, others[number % len(others)])
                await asyncio.sleep(number % 3)
            await apply(exporter, base)
            await asyncio.sleep(100)
            assert tasks_at_work() == tasks
            assert open_sessions() == sessions
            assert {sample for sample in scraped(exporter) if OURS.match(sample[0])} == {
                sample for sample in names if OURS.match(sample[0])
            }


def open_sessions() -> int:
    """Client sessions that nobody has closed."""
    return sum(
        isinstance(each, aiohttp.ClientSession) and not each.closed for each in gc.get_objects()
    )


def tasks_at_work() -> int:
    """All tasks but those of connections that servers keep open for a while."""
    names = [getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()]
    return sum(not name.startswith("RequestHandler") for name in names)


# The file, the port and the signal


@dataclass(frozen=True)
class Local:
    """An exporter as `run` builds it, in this process, and a client of its port."""

    exporter: Exporter
    reloader: Reloader
    session: aiohttp.ClientSession

    async def reload(self) -> tuple[int, str]:
        async with self.session.post("/-/reload") as answer:
            return answer.status, await answer.text()

    async def get(self, path: str) -> str:
        async with self.session.get(path) as answer:
            assert answer.status == 200
            return await answer.text()

    @property
    def operations(self) -> set[str]:
        return {key.operation for key in self.exporter.poller.followed}

    def gauge(self, name: str) -> float | None:
        """One of the exporter's own."""
        return value(scraped(self.exporter), f"azure_ai_exporter_{name}")


@asynccontextmanager
async def running(path: Path, *, lifecycle: bool = True) -> AsyncIterator[Local]:
    """It polls, serves, and watches its files until the end of the block."""
    async with running_from(OneFile(path), lifecycle=lifecycle) as local:
        yield local


@asynccontextmanager
async def running_from(source: Source, *, lifecycle: bool = True) -> AsyncIterator[Local]:
    """The same with a configuration from anywhere."""
    config, problems = source.load()
    async with build(config, clock) as exporter:
        reloader = Reloader(source, config, exporter, problems)
        await reloader.start()
        application = exporter.metrics_routes.application(
            *routes(exporter, reloader, lifecycle=lifecycle)
        )
        async with (
            served(application) as url,
            aiohttp.ClientSession(url) as session,
            asyncio.TaskGroup() as group,
        ):
            tasks = [group.create_task(exporter.run()), group.create_task(reloader.watch())]
            yield Local(exporter, reloader, session)
            for task in tasks:
                task.cancel()


async def until(reached: Callable[[], object], seconds: float = 10) -> None:
    """Wait for something that happens in the background."""
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "it did not come"
        await asyncio.sleep(0.01)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are looked at all the time."""
    monkeypatch.setattr(reload, "WATCH_SECONDS", 0.02)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are never looked at: nothing happens but by request."""
    monkeypatch.setattr(reload, "WATCH_SECONDS", 3600.0)


NOBODY = "http://127.0.0.1:1"
BROKEN = "resources: [{name: one, endpoint: contoso}]\nretention: {finished: soon}\n"
BROKEN_LINES = [
    "{path}:1:13: resources[one].auth: is missing; add it",
    (
        "{path}:1:25: resources[one].endpoint: is not an endpoint; write scheme and host, like "
        "https://contoso.cognitiveservices.azure.com"
    ),
    (
        "{path}:2:13: retention.finished: 'soon' is not a duration; write a number with its unit, "
        "like 30s, 5m or 24h; units are ms, s, m, h, d, w, y"
    ),
]


def text_of(*ids: object, **more: object) -> str:
    """A configuration with one resource that watches these video translations."""
    resource = {"name": "r0", "endpoint": NOBODY, "auth": {"key": DEFAULT_KEY}, **videos(*ids)}
    return yaml.safe_dump({"poll": {"interval": "1s"}, "resources": [{**resource, **more}]})


async def test_reload_is_refused_without_the_flag(tmp_path: Path, patient: None) -> None:
    """403, and which flag it takes; a GET is no way to ask for it either way."""
    path = tmp_path / "config.yaml"
    path.write_text(text_of("video-1"))
    async with running(path, lifecycle=False) as local:
        path.write_text(text_of("video-1", "video-2"))
        status, text = await local.reload()
        assert (status, text) == (403, "not enabled; start with --web.enable-lifecycle\n")
        async with local.session.get("/-/reload") as answer:
            assert answer.status == 405
        assert local.operations == {"video-1"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example", "Origin": "http://evil.example"},
        {"Origin": "http://elsewhere.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_another_site_reloads_nothing(
    tmp_path: Path, patient: None, headers: dict[str, str]
) -> None:
    """403, as for all that changes something; `tests/web/port/test_names.py` has the rule."""
    path = tmp_path / "config.yaml"
    path.write_text(text_of("video-1"))
    async with running(path) as local:
        path.write_text(text_of("video-1", "video-2"))
        async with local.session.post("/-/reload", headers=headers) as answer:
            assert answer.status == 403
        assert local.operations == {"video-1"}


async def test_reload_says_what_it_changed(tmp_path: Path, patient: None) -> None:
    """200 and JSON: operations by resource/api/id, and the settings and resources that changed."""
    path = tmp_path / "config.yaml"
    path.write_text(text_of("video-1", "video-2"))
    async with running(path) as local:
        nothing = '{"added": [], "removed": [], "changed": [], "settings": []}'
        assert await local.reload() == (200, nothing)
        path.write_text(text_of({"id": "video-2", "labels": {"a": "b"}}, "video-3"))
        status, text = await local.reload()
        assert status == 200
        assert yaml.safe_load(text) == {
            "added": ["r0/video_translation/video-3"],
            "removed": ["r0/video_translation/video-1"],
            "changed": ["r0/video_translation/video-2"],
            "settings": ["resources/r0"],
        }
        assert local.operations == {"video-2", "video-3"}
        changed = yaml.safe_load(path.read_text().replace("r0", "r1"))
        path.write_text(yaml.safe_dump(changed | {"limits": {"series": 2000}}))
        status, text = await local.reload()
        assert yaml.safe_load(text)["settings"] == ["limits", "resources/r1", "resources/r0"]


async def test_a_bad_configuration_changes_nothing(tmp_path: Path, patient: None) -> None:
    """400 and every problem with its place; two gauges tell, and the old one stays in force."""
    path = tmp_path / "config.yaml"
    path.write_text(text_of("video-1"))
    async with running(path) as local:
        assert local.gauge("config_last_reload_successful") == 1
        loaded = local.gauge("config_last_reload_success_timestamp_seconds")
        assert loaded is not None
        key = OperationKey("r0", "video_translation", "video-1")
        planned = local.exporter.poller.followed[key]
        for bad, lines in [
            (BROKEN, BROKEN_LINES),
            ("", ["{path}:1:1: is empty; azure-ai-exporter example prints one"]),
            ("a: [", ["{path}:1:5: is not YAML: "]),
        ]:
            path.write_text(bad)
            status, text = await local.reload()
            assert status == 400
            assert len(text.splitlines()) == len(lines)
            for said, line in zip(text.splitlines(), lines, strict=True):
                assert said.startswith(line.format(path=path))
            assert local.operations == {"video-1"}
            now = local.exporter.poller.followed[key]
            assert now is planned, "it was not even begun anew"
            assert local.gauge("config_last_reload_successful") == 0
            assert local.gauge("config_last_reload_success_timestamp_seconds") == loaded
        path.write_text(text_of("video-1"))
        assert (await local.reload())[0] == 200
        assert local.gauge("config_last_reload_successful") == 1
        assert (local.gauge("config_last_reload_success_timestamp_seconds") or 0) > loaded


def in_place(path: Path, text: str) -> None:
    path.write_text(text)


def by_rename(path: Path, text: str) -> None:
    new = path.with_name("config.new")
    new.write_text(text)
    new.replace(path)


def as_kubernetes(path: Path, text: str) -> None:
    """A volume's update: a new folder beside the old one, and a link to it that is swapped."""
    folder = path.parent
    old = folder / "..data"
    before = old.resolve() if old.is_symlink() else None
    new = folder / f"..2026_{time.monotonic_ns()}"
    new.mkdir()
    (new / path.name).write_text(text)
    (folder / "..data_tmp").symlink_to(new.name)
    (folder / "..data_tmp").replace(old)
    if before:
        (before / path.name).unlink()
        before.rmdir()
    elif not path.is_symlink():
        path.unlink(missing_ok=True)
        path.symlink_to(f"..data/{path.name}")


@pytest.mark.parametrize("write", [in_place, by_rename, as_kubernetes])
async def test_a_watched_file(
    tmp_path: Path, hasty: None, write: Callable[[Path, str], None]
) -> None:
    """However a new one is put there: it takes effect by itself, a bad one is told of."""
    path = tmp_path / "config.yaml"
    write(path, text_of("video-1"))
    async with running(path) as local:
        write(path, text_of("video-1", "video-2"))
        await until(lambda: local.operations == {"video-1", "video-2"})
        write(path, BROKEN)
        await until(lambda: local.gauge("config_last_reload_successful") == 0)
        assert local.operations == {"video-1", "video-2"}
        write(path, text_of("video-3"))
        await until(lambda: local.gauge("config_last_reload_successful") == 1)
        assert local.operations == {"video-3"}


async def test_a_file_that_is_deleted_and_comes_back(tmp_path: Path, hasty: None) -> None:
    """Without its file the exporter goes on as before, and says that the file is missing."""
    path = tmp_path / "config.yaml"
    path.write_text(text_of("video-1"))
    async with running(path) as local:
        aside = path.rename(tmp_path / "aside")
        await until(lambda: local.gauge("config_last_reload_successful") == 0)
        assert local.operations == {"video-1"}
        status, text = await local.reload()
        assert (status, text.count("\n")) == (400, 1)
        assert text.startswith(f"{path}: cannot be read: No such file or directory")
        aside.rename(path)  # the very same file, with its time and its size
        await until(lambda: local.gauge("config_last_reload_successful") == 1)
        assert local.operations == {"video-1"}


def a_fifo(path: Path) -> None:
    os.mkfifo(path)


def a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def three_gibibytes(path: Path) -> None:
    path.touch()
    os.truncate(path, 3 << 30)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (a_fifo, "it is a fifo; must be a regular file"),
        (a_device, "it is a device; must be a regular file"),
        (three_gibibytes, "it has more than 4 MiB, the most for a file with settings"),
    ],
)
async def test_a_configuration_that_is_no_file(
    tmp_path: Path, hasty: None, spoil: Callable[[Path], None], reason: str
) -> None:
    """A reload answers at once with the reason, and is not said to be successful."""
    path = tmp_path / "config.yaml"
    path.write_text(text_of("video-1"))
    async with running(path) as local:
        path.unlink()
        spoil(path)
        async with asyncio.timeout(5):
            status, text = await local.reload()
        assert (status, text.startswith(f"{path}: cannot be read: {reason}")) == (400, True)
        assert local.gauge("config_last_reload_successful") == 0
        assert local.operations == {"video-1"}
        path.unlink()
        path.write_text(text_of("video-2"))
        await until(lambda: local.operations == {"video-2"})


async def test_a_file_that_could_not_be_read_for_a_moment(
    tmp_path: Path, hasty: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without permission, say: once it may be read it is, though its content is not newer."""
    path = tmp_path / "config.yaml"
    path.write_text(text_of("video-1"))
    async with running(path) as local:
        open_file, refused = os.open, [True]

        def refusing_open(file: Path, flags: int) -> int:
            if file == path and refused[0]:
                raise PermissionError(13, "Permission denied")
            return open_file(file, flags)

        monkeypatch.setattr("exporter.files.reading.os.open", refusing_open)
        path.write_text(text_of("video-1", "video-2"))
        path.chmod(0)
        await until(lambda: local.gauge("config_last_reload_successful") == 0)
        refused[0] = False
        path.chmod(0o600)
        await until(lambda: local.gauge("config_last_reload_successful") == 1)
        assert local.operations == {"video-1", "video-2"}


async def test_a_named_file_that_comes_back(
    tmp_path: Path, hasty: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A configuration that was bad for want of a key is taken once the key is there."""
    monkeypatch.setattr(reload, "RETRY_SECONDS", 0.1)
    path, key = tmp_path / "config.yaml", tmp_path / "key"
    key.write_text("a-key")
    path.write_text(text_of("video-1", auth={"key_file": "key"}))
    async with running(path) as local:
        key.unlink()
        assert (await local.reload())[0] == 400
        assert local.gauge("config_last_reload_successful") == 0
        key.write_text("a-key")
        await until(lambda: local.gauge("config_last_reload_successful") == 1)


async def test_a_pattern_that_no_file_can_match(tmp_path: Path, hasty: None) -> None:
    """It is a problem of the configuration like any other, and ends nothing."""
    path = tmp_path / "config.yaml"
    path.write_text(text_of("video-1"))
    async with running(path) as local:
        path.write_text(text_of("video-1", "video-2") + 'operation_files: ["a\\0b/*.yaml"]\n')
        await until(lambda: local.gauge("config_last_reload_successful") == 0)
        status, text = await local.reload()
        assert status == 400
        assert "operation_files" in text
        path.write_text(text_of("video-1", "video-2"))
        await until(lambda: local.operations == {"video-1", "video-2"})


async def test_a_key_that_vanishes_while_it_is_loaded(
    tmp_path: Path, patient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key that was checked is the one that is used, though its file is gone a moment later."""
    path, key = tmp_path / "config.yaml", tmp_path / "key"
    key.write_text(DEFAULT_KEY)
    path.write_text(text_of("video-1"))
    async with running(path) as local:

        def load_and_lose(*arguments: Any) -> Any:
            config = load(*arguments)
            key.unlink()
            return config

        path.write_text(text_of("video-1", "video-2", auth={"key_file": "key"}))
        monkeypatch.setattr(sources, "load", load_and_lose)
        status, text = await local.reload()
        assert status == 200, text
        assert local.operations == {"video-1", "video-2"}
        assert local.gauge("config_last_reload_successful") == 1


@pytest.mark.e2e
async def test_reload_under_load(tmp_path: Path, patient: None) -> None:
    """200 reloads, every fifth of them broken, while two scrape all the time.

    No scrape fails, none is slow, none lacks a series of an operation that stays; in the end
    there are as many tasks and sessions as in the beginning.
    """
    stays = [f"stays-{number:02d}" for number in range(40)]
    comes = [f"comes-{number:02d}" for number in range(20)]
    scenario = Scenario(
        batches=(FIRST, SECOND),
        video_translation=tuple(
            operation(id_, created=clock() - 60, takes=None) for id_ in stays + comes
        ),
    )
    path = tmp_path / "config.yaml"
    async with simulated(scenario) as (_, endpoint):
        of: dict[str, object] = {"endpoint": endpoint, "poll": {"requests_per_second": 200}}
        good = (
            text_of(*stays, **of, **batches(FIRST.id, SECOND.id)),
            text_of(*stays, *comes, **of),
            text_of(*reversed(stays), **of, **batches(FIRST.id)),
            text_of(*stays, *({"id": id_, "labels": {"n": id_}} for id_ in comes), **of),
            BROKEN,
        )
        path.write_text(good[0])
        async with running(path) as local:
            await until(lambda: local.exporter.waiting_for() == 0)
            await until(lambda: len(values(scraped(local.exporter), "azure_ai_document_state")) > 7)
            await local.get("/metrics")
            tasks, sessions = tasks_at_work(), open_sessions()
            wanted = states_of(await local.get("/metrics"), "stays-")
            assert len(wanted) == 40 * 6
            over = asyncio.Event()
            async with asyncio.TaskGroup() as group:
                scrapers = [
                    group.create_task(scraping(local, wanted, over, encoding))
                    for encoding in ("gzip", "identity")
                ]
                for number in range(1, 201):
                    path.write_text(good[number % len(good)])
                    status, _ = await local.reload()
                    assert status == (400 if number % 5 == 4 else 200)
                over.set()
            assert min(scraper.result()[0] for scraper in scrapers) > 50
            assert max(scraper.result()[1] for scraper in scrapers) < 1, "seconds for one scrape"
            assert local.operations == {*stays, FIRST.id, SECOND.id}
            await until(lambda: tasks_at_work() == tasks)
            assert open_sessions() == sessions
            assert len(local.exporter.history._by_key) == 42
            up = values(scraped(local.exporter), "azure_ai_operation_up", api="video_translation")
            assert list(up.values()) == [1] * 40


def states_of(metrics: str, prefix: str) -> set[str]:
    """The lines that tell the states of operations whose id begins like this."""
    line = re.compile(rf'^azure_ai_operation_state{{.*operation="{prefix}.*$', re.MULTILINE)
    return set(line.findall(metrics))


async def scraping(
    local: Local, wanted: set[str], over: asyncio.Event, encoding: str
) -> tuple[int, float]:
    """Scrape until it is over: how often, and the longest that it took."""
    count, longest = 0, 0.0
    while not over.is_set():
        begun = time.monotonic()
        async with local.session.get("/metrics", headers={"Accept-Encoding": encoding}) as answer:
            assert answer.status == 200
            text = await answer.text()
        longest = max(longest, time.monotonic() - begun)
        assert states_of(text, "stays-") == wanted
        assert "azure_ai_exporter_build_info" in text
        count += 1
        await asyncio.sleep(0.01)
    return count, longest


# The real command


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts a command that does not outlive the test."""
    started: list[Running] = []

    def start(*words: str) -> Running:
        started.append(Running(tmp_path, "run", "--web.listen-address=127.0.0.1:0", *words))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()


def said(running: Running, *words: str) -> str:
    """The first line of the log that has all these words, once it is there."""

    def find() -> str | None:
        return next((line for line in running.lines if all(each in line for each in words)), None)

    return soon(find, 10)


def post(running: Running) -> tuple[int, str]:
    """`POST /-/reload`."""
    try:
        with urlopen(Request(f"http://{running.address}/-/reload", method="POST")) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_the_command_and_its_signal(tmp_path: Path, start: Callable[..., Running]) -> None:
    """SIGHUP loads the file again, good or bad; without the flag nobody can ask over HTTP."""
    path = tmp_path / "config.yaml"
    path.write_text(text_of("video-1"))
    command = start()
    assert post(command)[0] == 403
    path.write_text(text_of("video-2", "video-3"))
    command.process.send_signal(signal.SIGHUP)
    said(command, '"configuration loaded"', "added=2", "removed=1", "changed=0")
    assert "video-1" not in command.get("/api/v1/operations")
    path.write_text(BROKEN)
    command.process.send_signal(signal.SIGHUP)
    for line in BROKEN_LINES:
        said(command, "configuration not loaded", line.format(path="config.yaml").split(": ")[0])
    metrics = command.get("/metrics")
    assert "azure_ai_exporter_config_last_reload_successful 0" in metrics
    assert 'operation="video-3"' in metrics
    assert DEFAULT_KEY not in "\n".join(command.lines)
    assert command.end() == 0


def test_the_command_in_kubernetes(tmp_path: Path, start: Callable[..., Running]) -> None:
    """A mounted file is swapped under it: that is seen by itself, and POST /-/reload works too."""
    path = tmp_path / "config.yaml"
    as_kubernetes(path, text_of("video-1"))
    command = start("--web.enable-lifecycle")
    assert post(command) == (200, '{"added": [], "removed": [], "changed": [], "settings": []}')
    as_kubernetes(path, text_of("video-2"))
    said(command, '"configuration loaded"', "added=1", "removed=1", "changed=0")
    path.write_text(BROKEN)
    status, text = post(command)
    assert status == 400
    assert text.splitlines() == [line.format(path="config.yaml") for line in BROKEN_LINES]
    metrics = command.get("/metrics")
    assert "azure_ai_exporter_config_last_reload_successful 0" in metrics
    assert 'operation="video-2"' in metrics
    assert command.end() == 0
