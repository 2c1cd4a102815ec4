"""A day of operations that come and go: what is shown at every hour, and what is left of it."""

import asyncio
import gc
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter

import aiohttp
import pytest

from exporter.apis.video_translation import IterationList
from exporter.app.exporter import Exporter
from exporter.config.sections import PlannedOperation
from exporter.model.documents import Documents
from exporter.model.operation import OperationKey
from exporter.model.snapshot import Snapshot
from exporter.polling import retention
from exporter.simulator.play.building import (
    batch,
    iteration,
    operation,
    rejected_batch,
    seeded_uuid,
    translation,
)
from exporter.simulator.play.scenario import Pace, Scenario, Translation
from exporter.simulator.play.timeline import batch_at, last_action_of, status_of
from exporter.simulator.services.video_translation import VideoTranslation
from tests.apis.document_translation.test_documents import Tap, now, tapped
from tests.polling.test_lists import BATCHES, KEY, VIDEOS, delete, put
from tests.support.local import START, Samples, clock, configured, polling, scraped, value

pytestmark = [pytest.mark.jumping, pytest.mark.e2e]

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
INTERVAL = 6 * MINUTE
SWEEP = 2 * MINUTE
KEPT = HOUR  # the retention of what has finished
WORKED = 21  # hours in which something is submitted; in the rest of the day it ends and leaves
UNSURE = 2 * INTERVAL + 2 * MINUTE  # a round, Azure's cache, the next round: old news by then
FINISHED = {"Succeeded", "Failed", "Cancelled", "ValidationFailed", "Canceled"}
ESTIMATE = "azure_ai_operation_estimated_completion_timestamp_seconds"

# Series, by the contract: all states and Unknown, up, last_success, last_change, info …
OPERATION = 6 + 4
# … created and last_action …
ITERATION = OPERATION + 2
# … of seven states, with progress, charge, five counts, submitted, folded and unreadable.
BATCH = 8 + 4 + 2 + 2 + 5 + 3

WATCHED_BATCH = seeded_uuid("watched")
WATCHED_VIDEO = "watched-video"


@dataclass(frozen=True)
class Shown:
    """What should be shown of an operation; `sure` that its state is no news."""

    state: str
    series: int
    sure: bool = True


@dataclass
class Past:
    """What people did through HTTP, as far as the simulator forgets it."""

    submitted: list[str] = field(default_factory=list)
    deleted: list[tuple[float, Translation]] = field(default_factory=list)


def scheduled() -> Scenario:
    """Work that goes wrong by itself, now and then, beside two operations that never end."""
    hours = range(1, WORKED)
    return Scenario(
        pace=Pace(listing=MINUTE, document=15 * MINUTE, queue=30, iteration=20 * MINUTE),
        batches=(
            batch(id=WATCHED_BATCH, created=START - 100, documents=5, takes=50, failed=1, stuck=2),
            *(
                batch(
                    created=START + hour * HOUR + 5 * MINUTE,
                    documents=6,
                    takes=1200,
                    failed=2,
                    failed_before_start=1,
                )
                for hour in hours
                if hour % 3 == 0
            ),
            *(
                batch(created=START + hour * HOUR + 7 * MINUTE, documents=2, takes=900, failed=2)
                for hour in hours
                if hour % 4 == 0
            ),
            *(
                rejected_batch(created=START + hour * HOUR + 11 * MINUTE)
                for hour in hours
                if hour % 5 == 0
            ),
        ),
        video_translation=(operation(WATCHED_VIDEO, created=START, takes=None),),
        translations=tuple(
            translation(
                f"failing-{hour}",
                iteration(
                    created=START + hour * HOUR + 9 * MINUTE,
                    takes=1500,
                    outcome="Failed",
                    failure_reason="VideoTooLong",
                ),
                created=START + hour * HOUR + 8 * MINUTE,
            )
            for hour in hours
            if hour % 4 == 0
        ),
    )


# --- what people do


async def submit(tap: Tap, past: Past, sources: int) -> None:
    """A batch of some folders, each of two to five documents."""
    body = {
        "inputs": [
            {
                "source": {"sourceUrl": f"https://x.blob.core.windows.net/in-{number}"},
                "targets": [{"targetUrl": "https://x.blob.core.windows.net/de", "language": "de"}],
            }
            for number in range(sources)
        ],
    }
    url = f"{tap.endpoint}{BATCHES['2024-05-01']}?api-version=2024-05-01"
    async with (
        aiohttp.ClientSession(headers=KEY) as session,
        session.post(url, json=body) as answer,
    ):
        assert answer.status == 202
        past.submitted.append((await answer.json())["id"])


async def cancel(tap: Tap, past: Past) -> None:
    """The batch that was submitted last is stopped."""
    url = f"{tap.endpoint}{BATCHES['2024-05-01']}/{past.submitted[-1]}?api-version=2024-05-01"
    async with aiohttp.ClientSession(headers=KEY) as session, session.delete(url) as answer:
        assert answer.status == 200


async def put_video(tap: Tap, hour: int) -> None:
    wanted = {
        "targetLocale": "de-DE",
        "voiceKind": "PlatformVoice",
        "autoCreateFirstIteration": True,
    }
    body = {"displayName": f"video {hour}", "input": wanted}
    await put(tap, f"{VIDEOS}/video-{hour}", f"put-{hour}", body)


async def put_iteration(tap: Tap, hour: int) -> None:
    body = {"input": {"webvttFile": {"url": "https://x.blob.core.windows.net/edited.vtt"}}}
    await put(tap, f"{VIDEOS}/video-{hour}/iterations/second", f"again-{hour}", body)


async def delete_video(tap: Tap, past: Past, hour: int) -> None:
    name = f"video-{hour}"
    past.deleted.append((clock(), videos_of(tap)[name]))
    await delete(tap, f"{VIDEOS}/{name}")


Action = tuple[float, Callable[[], Awaitable[None]]]


def agenda(tap: Tap, past: Past) -> Iterator[Action]:
    """When who does what: minutes of each hour, so that at the full hour all of it is settled."""
    for hour in range(WORKED):
        begin = hour * HOUR
        for minute in (2, 8, 14, 26, 32):
            yield begin + minute * MINUTE, partial(submit, tap, past, 1)
        yield begin + 20 * MINUTE, partial(submit, tap, past, 4)  # not done at the full hour
        if hour % 4 == 1:
            yield begin + 34 * MINUTE, partial(cancel, tap, past)
        yield begin + 23 * MINUTE, partial(put_video, tap, hour)
        if hour % 3 == 0:  # while it runs
            yield begin + 30 * MINUTE, partial(delete_video, tap, past, hour)
        elif hour % 3 == 1:  # when it has finished
            yield begin + 50 * MINUTE, partial(delete_video, tap, past, hour)
        else:
            yield begin + 25 * MINUTE, partial(put_iteration, tap, hour)


# --- what should be shown: the simulator's own truth, and the rules of the design


def videos_of(tap: Tap) -> dict[str, Translation]:
    """The translations that the simulator has now."""
    azure = tap.simulator.azure
    service = next(each for each in azure._services if isinstance(each, VideoTranslation))
    return service.translations


def kept(finished: bool, last_action: float) -> bool:
    """Whether a discovered operation is still shown, at a moment at which that is clear."""
    age = clock() - last_action
    assert not finished or abs(age - KEPT) > SWEEP + 5, "something leaves just now"
    return not finished or age < KEPT


def batches_shown(tap: Tap) -> Iterator[tuple[str, Shown]]:
    for each in tap.simulator.azure.translation.batches.values():
        view = batch_at(each, clock())
        if view is None or not kept(view.status in FINISHED, view.last_action):
            continue
        assert clock() - view.created > UNSURE, "something came just now"
        documents = sum(3 + (one.status == "Failed") for one in view.documents)
        before = batch_at(each, clock() - UNSURE)
        sure = before is not None and before.status == view.status
        progress, error = bool(documents), bool(view.failure)
        series = BATCH - 1 + progress + error + documents
        yield each.id, Shown(view.status, series, sure)


def videos_shown(tap: Tap, past: Past) -> Iterator[tuple[str, Shown]]:
    """A deleted one leaves if it was running; what has finished is not asked for again."""
    there = [(clock(), each) for each in videos_of(tap).values()]
    for until, each in (*there, *past.deleted):
        for one in each.iterations:
            state = status_of(one, until)
            finished = state in FINISHED
            if state is None or not kept(finished, last_action_of(one, until)):
                continue
            if until < clock() and not finished:
                assert clock() - until > 25 * MINUTE, "something was deleted just now"
                continue
            sure = status_of(one, until - UNSURE) == state
            series = ITERATION + (state == "Failed")
            yield f"{each.id}/{one.id}", Shown(state.replace("Canceled", "Cancelled"), series, sure)


def expected(tap: Tap, past: Past) -> dict[str, Shown]:
    """Every operation that should be shown now."""
    watched = {WATCHED_VIDEO: Shown("Running", OPERATION)}
    return watched | dict(batches_shown(tap)) | dict(videos_shown(tap, past))


def shown(samples: Samples) -> dict[str, Shown]:
    """Every operation that is shown: its state and how many series, estimates left out."""
    sizes: Counter[str] = Counter()
    states: dict[str, str] = {}
    for (name, labels), said in samples.items():
        own = dict(labels)
        if "operation" in own and name != ESTIMATE:
            sizes[own["operation"]] += 1
            if name == "azure_ai_operation_state" and said:
                assert own["operation"] not in states
                states[own["operation"]] = own["state"]
    return {id_: Shown(states.get(id_, ""), size) for id_, size in sizes.items()}


def compare(exporter: Exporter, tap: Tap, past: Past) -> int:
    """What is shown is what should be, no more and no less; how many series that are."""
    samples = scraped(exporter)
    wanted, found = expected(tap, past), shown(samples)
    assert found.keys() == wanted.keys()
    assert {id_: each.series for id_, each in found.items()} == {
        id_: each.series for id_, each in wanted.items()
    }
    assert {id_: each.state for id_, each in found.items() if wanted[id_].sure} == {
        id_: each.state for id_, each in wanted.items() if each.sure
    }
    counted = sum("operation" in dict(labels) for _, labels in samples)
    assert exporter.pages.series == counted
    assert value(samples, "azure_ai_exporter_series") == counted
    return counted


def living(kind: type) -> int:
    """How many objects of a kind there are."""
    gc.collect()
    return sum(type(each) is kind for each in gc.get_objects())


async def test_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """At every hour the series are those of what runs or has lately ended; then nothing is left.

    Some 150 batches and 25 videos come through HTTP and go, some fail, some are stopped, some
    deleted, while Azure's cache lies. Charges of all of them stay counted, each once.
    """
    monkeypatch.setattr(retention, "_SWEEP_SECONDS", SWEEP)  # so that the day takes seconds
    before = {kind: living(kind) for kind in (Snapshot, Documents, PlannedOperation)}
    past = Past()
    async with tapped(scheduled(), cache=True) as tap:
        resource = {
            "endpoint": tap.endpoint,
            "document_translation": {"discover": True, "batches": [WATCHED_BATCH]},
            "video_translation": {"discover": True, "operations": [WATCHED_VIDEO]},
        }
        config = configured(
            resource,
            poll={"interval": f"{INTERVAL:g}s"},
            retention={"finished": f"{KEPT:g}s", "stale_after": "30m"},
        )
        async with polling(config) as exporter:
            assert exporter.pages.series == 2, (
                "what is configured is there from the start, if only by name"
            )
            hours = [(hour * HOUR, None) for hour in range(1, int(DAY / HOUR) + 1)]
            sizes = []
            for when, action in sorted([*agenda(tap, past), *hours], key=itemgetter(0)):
                await asyncio.sleep(when - now())
                if action:
                    await action()
                else:
                    sizes.append(compare(exporter, tap, past))
            assert len(sizes) == 24
            assert max(sizes) > 300
            assert min(sizes[:WORKED]) > 200

            # What is left is what is configured.
            watched = {
                OperationKey("r0", "document_translation", WATCHED_BATCH),
                OperationKey("r0", "video_translation", WATCHED_VIDEO),
            }
            assert sizes[-1] == OPERATION + BATCH + 5 * 3 + 1
            assert set(exporter.poller.followed) == watched
            assert {each.watch.key for each in exporter.store} == watched
            assert set(exporter.pages._page_by_key) == watched
            assert len(exporter.pages._pages) <= 3
            assert exporter.poller._running.keys() == watched
            assert exporter.history._by_key.keys() == watched
            lister = exporter.lists.watchers["r0", "video_translation"].lister
            assert isinstance(lister, IterationList)
            assert lister.read.keys() <= videos_of(tap).keys()
            running = Counter(
                task.get_coro().__qualname__  # type: ignore[union-attr]
                for task in asyncio.all_tasks()
            )
            assert running["Poller._follow"] == 2
            assert running["ListWatcher.run"] == 2
            assert running.total() < 30
            assert living(Snapshot) - before[Snapshot] == 2
            assert living(PlannedOperation) - before[PlannedOperation] == 2
            assert living(Documents) - before[Documents] <= 2
            known = [each.operation for each in exporter.store]
            assert sum(len(each.documents) for each in known if each) == 5

            views = [
                batch_at(each, clock()) for each in tap.simulator.azure.translation.batches.values()
            ]
            assert len(views) > 130
            charged = sum(one.charged for view in views if view for one in view.documents)
            total = "azure_ai_characters_charged_total"
            assert value(scraped(exporter), total, api="document_translation") == charged
