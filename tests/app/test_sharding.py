"""Three shards over the same Azure show together what one exporter shows alone."""

import asyncio
import math
import random
import re
import shutil
import socket
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from exporter.app.exporter import Exporter
from exporter.app.reload import Reloader
from exporter.config.config import Config, load
from exporter.config.sources import OneFile
from exporter.model.operation import OperationKey
from exporter.model.shard import Shard
from exporter.polling import retention
from exporter.simulator.play.building import (
    batch,
    iteration,
    operation,
    seeded_uuid,
    synthesis,
    translation,
)
from exporter.simulator.play.scenario import Batch, Scenario, Translation
from exporter.simulator.server import DEFAULT_KEY
from tests.apis.document_translation.test_documents import now, tapped
from tests.docs import DOCS, block
from tests.model.test_shard import flags_read
from tests.support.local import START, Samples, applied, configured, polling, scraped, value, values

pytestmark = [pytest.mark.jumping, pytest.mark.e2e]


@pytest.fixture(autouse=True)
def _seldom_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    """What leaves does so within 30 s, not 5: fewer moments in which time cannot jump."""
    monkeypatch.setattr(retention, "_SWEEP_SECONDS", 30.0)


TOTAL = 3
HOUR = 3600.0
QUICK = {"interval": "60s", "requests_per_second": 100}
# They say when an exporter looked, and each looks at moments of its own.
MOMENTS = {
    "azure_ai_operation_last_success_timestamp_seconds",
    "azure_ai_operation_last_change_timestamp_seconds",
}


def of_operations(exporter: Exporter) -> Samples:
    """The series of operations and documents."""
    found = scraped(exporter).items()
    return {
        series: 0.0 if series[0] in MOMENTS else each
        for series, each in found
        if "operation" in dict(series[1])
    }


def joined(shards: Sequence[Exporter]) -> Samples:
    """What Prometheus has of all shards: none shows what another shows."""
    series: Samples = {}
    for shard in shards:
        own = of_operations(shard)
        assert not own.keys() & series.keys()
        series |= own
    return series


@asynccontextmanager
async def shared(config: Config, total: int = TOTAL) -> AsyncIterator[list[Exporter]]:
    """So many exporters, each with its shard of the work."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(polling(config, Shard(index, total)))
            for index in range(total)
        ]


def followed(shards: Sequence[Exporter]) -> list[OperationKey]:
    """The operations of all shards."""
    return sorted(key for shard in shards for key in shard.poller.followed)


def running(count: int) -> tuple[Batch, ...]:
    """Batches that run for ever, as one of their documents does."""
    return tuple(
        batch(id=seeded_uuid("shared", number), created=START - HOUR + number, documents=3, stuck=1)
        for number in range(count)
    )


def film(number: int) -> Translation:
    """A translation whose first iteration has finished and whose second runs for ever."""
    created = START - HOUR + number
    first = iteration("first", created=created + 60, takes=100)
    second = iteration("second", created=created + 600, takes=None)
    return translation(f"film-{number}", first, second, created=created)


BATCHES = running(30)
COMING = tuple(batch(created=START + 60 * each, documents=4, failed=1) for each in range(5))
EVERYTHING = Scenario(
    batches=(*BATCHES, *COMING),
    translations=tuple(film(number) for number in range(9)),
    video_translation=tuple(
        operation(f"video-{number}", created=START - 60, takes=None) for number in range(6)
    ),
    syntheses=tuple(synthesis(f"speaker-{each}", created=START - 60) for each in range(9)),
    avatar=tuple(operation(f"avatar-{each}", created=START - 60) for each in range(6)),
)


def resources(endpoint: str) -> Sequence[Mapping[str, object]]:
    """One that finds and names batches, one that names them alone, one with all of Speech."""
    labelled = [{"id": each.id, "labels": {"team": "docs"}} for each in BATCHES[:9]]
    named = [{"id": each.id, "documents": "failed"} for each in BATCHES[9:20]]
    videos = [each.id for each in EVERYTHING.video_translation]
    avatars = [each.id for each in EVERYTHING.avatar]
    return (
        {
            "endpoint": endpoint,
            "document_translation": {"discover": True, "batches": labelled},
        },
        {"endpoint": endpoint, "document_translation": {"batches": named}},
        {
            "endpoint": endpoint,
            "video_translation": {"discover": True, "operations": videos},
            "avatar": {"discover": True, "operations": avatars, "requests_per_minute": 6000},
        },
    )


async def test_shards_show_together_what_one_shows() -> None:
    """Named and found, with their documents: the same series with the same values, none twice."""
    async with tapped(EVERYTHING) as tap:
        config = configured(*resources(tap.endpoint), poll=QUICK)
        async with polling(config) as alone, shared(config) as shards:
            await asyncio.sleep(520)
            whole = of_operations(alone)
            assert joined(shards) == whole
            assert len(values(whole, "azure_ai_operation_up")) == 35 + 11 + 6 + 2 * 9 + 6 + 9
            assert len(values(whole, "azure_ai_document_state")) == 30 * 3 + 5 * 4
            assert len(values(whole, "azure_ai_operation_info", team="docs")) == 9
            for index, shard in enumerate(shards):
                own = scraped(shard)
                assert value(own, "azure_ai_exporter_shard") == index
                assert value(own, "azure_ai_exporter_shards") == TOTAL
                assert 18 < len(list(shard.poller.followed)) < 40
            assert value(scraped(alone), "azure_ai_exporter_shards") == 1


@pytest.mark.parametrize("seed", range(2))
async def test_shards_follow_the_newest_of_all(seed: int) -> None:
    """However batches come and end: of all shards together, `max_operations` are the newest."""
    chance = random.Random(seed)
    coming = tuple(
        batch(
            created=START + 5 + 60 * chance.randrange(-20, 60),
            documents=1,
            takes=60.0 * chance.randrange(1, 12),
            seed=number,
        )
        for number in range(80)
    )
    discover = {"max_operations": 5, "lookback": "15m"}
    async with tapped(Scenario(batches=coming)) as tap:
        section = {"discover": discover, "documents": "none"}
        section["batches"] = [each.id for each in coming[:4]]
        resource = {"endpoint": tap.endpoint, "document_translation": section}
        config = configured(resource, poll=QUICK, retention={"finished": "25m"})
        most = 0
        async with polling(config) as alone, shared(config) as shards:
            await asyncio.sleep(50)
            for _ in range(100):
                whole = sorted(alone.poller.followed)
                assert followed(shards) == whole
                most = max(most, len(whole))
                await asyncio.sleep(60)
            assert len(whole) == 4, "the others have outstayed"
            left = [
                watcher.discovery.other_shards
                for shard in shards
                for watcher in shard.lists.watchers.values()
            ]
            assert left == [{}] * TOTAL
        assert most > 4 + 5, "what runs makes no room"


def requests(exporter: Exporter, resource: str) -> float:
    """How many requests an exporter made to a resource."""
    name = "azure_ai_api_requests_total"
    return sum(values(scraped(exporter), name, resource=resource).values())


async def test_what_a_shard_does_not_own_costs_it_nothing() -> None:
    """Named batches are listed by the shard whose they are; a resource without any is not asked."""
    batches = running(250)
    names = [each.id for each in batches]
    one = {"operations": ["avatar-0"]}
    async with tapped(replace(EVERYTHING, batches=batches)) as tap:
        sections = (
            {"document_translation": {"batches": names, "documents": "none"}},
            {"avatar": one},
        )
        config = configured(*({"endpoint": tap.endpoint, **section} for section in sections))
        async with shared(config) as shards:
            await asyncio.sleep(28)
            lists = tap.since(0, "ids=")
            asked = [id_ for path in lists for id_ in path.partition("ids=")[2].split(",")]
            assert sorted(asked) == sorted(names)
            assert len(lists) <= math.ceil(250 / 100) + TOTAL - 1
            assert not tap.since(0, "batches/")
            await asyncio.sleep(300)
            assert sorted(requests(shard, "r1") > 0 for shard in shards) == [False, False, True]


async def test_what_lists_cost() -> None:
    """Every shard reads the list of what is found; what stands below it is asked for once."""
    batches = running(250)
    async with tapped(replace(EVERYTHING, batches=batches)) as tap:
        config = configured(
            {"endpoint": tap.endpoint, "document_translation": {"discover": True}},
            {"endpoint": tap.endpoint, "video_translation": {"discover": True}},
            poll={"requests_per_second": 100},
        )
        async with polling(config) as alone:
            await asyncio.sleep(25)
            one = Counter(kind_of(path) for path in tap.since(0))
            assert len(list(alone.poller.followed)) == 250 + 18
        begun = now()
        async with shared(config) as shards:
            await asyncio.sleep(25)
            assert len(followed(shards)) == 250 + 18
            three = Counter(kind_of(path) for path in tap.since(begun))
            lists = {"batches", "translations", "iterations"}
            assert three == {
                kind: each * (TOTAL if kind in lists else 1) for kind, each in one.items()
            }
            assert one["batches"] == 3
            assert one["documents"] == 250
            begun = now()
            await asyncio.sleep(60)
            later = Counter(kind_of(path) for path in tap.since(begun))
            assert later["batches"] == 2 * TOTAL * 3
            assert later["iterations"] == 0, "of others, too, only those that changed are looked at"


def kind_of(path: str) -> str:
    """What a request asks for: the last word of its path."""
    return path.partition("?")[0].rpartition("/")[2]


async def test_every_shard_can_probe_everything() -> None:
    """Its own or not, named, found or neither; what it does not follow it goes on not following."""
    asked = [("r0", "document_translation", each.id) for each in BATCHES[:6]]
    asked += [("r0", "document_translation", each.id) for each in BATCHES[20:24]]
    asked += [("r1", "document_translation", each.id) for each in BATCHES[24:27]]
    asked += [("r2", "video_translation", f"film-{number}/first") for number in range(3)]
    async with tapped(EVERYTHING) as tap:
        config = configured(*resources(tap.endpoint), poll=QUICK)
        async with polling(config) as alone, shared(config) as shards:
            await asyncio.sleep(20)
            before = followed(shards)
            for each in asked:
                expected = (await alone.once.poll(alone.find(*each), now=True)).snapshot
                for shard in shards:
                    seen = (await shard.once.poll(shard.find(*each), now=True)).snapshot
                    assert (seen.up, seen.watch.labels) == (True, expected.watch.labels)
                    assert seen.operation == expected.operation
            assert followed(shards) == before


async def test_a_reload_keeps_the_shard() -> None:
    """What is named anew is followed by one shard; what is found and then named stays with its."""
    async with tapped(EVERYTHING) as tap:

        def named(count: int) -> Config:
            section = {"discover": {"max_operations": 12}, "documents": "none"}
            section["batches"] = [each.id for each in BATCHES[-count:]]
            resource = {"endpoint": tap.endpoint, "document_translation": section}
            return configured(resource)

        async with polling(named(3)) as alone, shared(named(3)) as shards:
            for count in (3, 9, 20, 5):
                for exporter in (alone, *shards):
                    await applied(exporter, named(count))
                await asyncio.sleep(60)
                whole = sorted(alone.poller.followed)
                assert followed(shards) == whole
                names = {each.id for each in BATCHES[-count:]}
                assert names <= {key.operation for key in whole}
                for index, shard in enumerate(shards):
                    assert all(Shard(index, TOTAL).owns(key) for key in shard.poller.followed)


async def test_what_registers_itself_is_shared(tmp_path: Path) -> None:
    """Each operation of a file is followed by one shard, and probed with its labels by all."""
    async with tapped(EVERYTHING) as tap:
        resource = {"endpoint": tap.endpoint, "document_translation": {"discover": False}}
        resource |= {"name": "r0", "auth": {"key": DEFAULT_KEY}}
        path = tmp_path / "config.yaml"
        text = yaml.safe_dump({"operation_files": ["jobs.yaml"], "resources": [resource]})
        path.write_text(text)
        job = {"resource": "r0", "api": "document_translation", "labels": {"team": "docs"}}
        jobs = [job | {"operation": each.id} for each in BATCHES]
        (tmp_path / "jobs.yaml").write_text(yaml.safe_dump(jobs))
        config = load(path)
        async with shared(config) as shards:
            for shard in shards:
                await Reloader(OneFile(path), config, shard).start()
            await asyncio.sleep(60)
            keys = followed(shards)
            assert [key.operation for key in keys] == sorted(each.id for each in BATCHES)
            assert len(values(joined(shards), "azure_ai_operation_up")) == len(BATCHES)
            for shard in shards:
                watch = shard.find(*keys[0]).watch
                assert watch.labels == {"team": "docs"}


# --- docs/sizing.md

SIZING = DOCS / "sizing.md"
GAUGES = ("azure_ai_exporter_shard", "azure_ai_exporter_shards")
ALERTS = {
    "alone": ("0:1", None, None),
    "all there": ("0:3 1:3 2:3", None, None),
    "the last is missing": ("0:3 1:3", 1, None),
    "two of them are missing": ("1:3", 2, None),
    "one twice, one missing": ("0:3 0:3 2:3", 1, None),
    "one twice": ("0:3 1:3 1:3 2:3", None, None),
    "two that share nothing": ("0:1 0:1", None, None),
    "a rollout from 2 to 3": ("0:2 1:2 2:3", None, 3),
    "a rollout from 3 to 2, the last one still there": ("0:2 1:3 2:3", None, 3),
}


@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs Debian's package prometheus")
def test_an_alert_finds_a_gap(tmp_path: Path) -> None:
    """The queries say nothing while all shards are there, and how many are missing."""
    queries = re.split(r"^#.*\n", block(SIZING, "shards"), flags=re.MULTILINE)[1:]
    cases = []
    for name, (shards, *expected) in ALERTS.items():
        series = [
            {"series": f'{family}{{job="azure", instance="{number}"}}', "values": each}
            for number, pair in enumerate(shards.split())
            for family, each in zip(GAUGES, pair.split(":"), strict=True)
        ]
        other = [
            {"series": f'{family}{{job="other"}}', "values": alone}
            for family, alone in zip(GAUGES, "01", strict=True)
        ]
        tests = [
            {
                "expr": query,
                "eval_time": "0s",
                "exp_samples": [] if said is None else [{"labels": '{job="azure"}', "value": said}],
            }
            for query, said in zip(queries, expected, strict=True)
        ]
        cases.append({"name": name, "input_series": series + other, "promql_expr_test": tests})
    file = tmp_path / "tests.yml"
    file.write_text(yaml.safe_dump({"evaluation_interval": "1m", "tests": cases}))
    command = ["promtool", "test", "rules", str(file)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_statefulset_of_the_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has as many pods as its flags say, and each finds its own number."""
    spec = yaml.safe_load(block(SIZING, "statefulset"))["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    monkeypatch.delenv("POD_NAME", raising=False)
    for number in range(spec["replicas"]):
        monkeypatch.setattr(
            socket, "gethostname", lambda number=number: f"azure-ai-exporter-{number}"
        )
        found = flags_read(monkeypatch, *container["args"])
        assert found == Shard(number, spec["replicas"])
