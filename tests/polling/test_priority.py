"""What goes first where the budget is too small for all that may be asked for."""

import asyncio
from itertools import pairwise

import pytest

from exporter.app.exporter import Exporter
from exporter.azure.priority import Priority
from exporter.model.operation import Operation, OperationKey, State
from exporter.model.snapshot import Snapshot, Watch
from exporter.polling.once import priority
from exporter.simulator.play.building import batch, operation, seeded_uuid
from exporter.simulator.play.scenario import Scenario
from tests.apis.document_translation.test_documents import now, tapped, translator
from tests.support.local import (
    START,
    applied,
    configured,
    polling,
    scraped,
    simulated,
    value,
    values,
)

pytestmark = pytest.mark.jumping

INTERVAL = 30.0  # seconds, of polls and lists
WAIT = "azure_ai_exporter_request_wait_seconds"
WATCH = Watch(OperationKey("r0", "video_translation", "one"), "operation", ())


@pytest.mark.parametrize(
    ("snapshot", "now", "expected"),
    [
        pytest.param(Snapshot(WATCH), False, Priority.NORMAL, id="never read"),
        pytest.param(
            Snapshot(WATCH, Operation(State.RUNNING, "Running")),
            False,
            Priority.NORMAL,
            id="unfinished",
        ),
        pytest.param(
            Snapshot(WATCH, Operation(State.FAILED, "Failed"), finished_at=1.0),
            False,
            Priority.LOW,
            id="over",
        ),
        pytest.param(
            Snapshot(WATCH, Operation(State.FAILED, "Failed"), finished_at=1.0),
            True,
            Priority.HIGH,
            id="a person asks",
        ),
    ],
)
def test_the_priority_of_a_poll(snapshot: Snapshot, now: bool, expected: Priority) -> None:
    """What a person asks for goes first, then what can still change, then what is over."""
    assert priority(snapshot, now=now) is expected


def snapshots(exporter: Exporter) -> dict[str, Snapshot]:
    """The snapshots of all operations, by id."""
    return {snapshot.watch.key.operation: snapshot for snapshot in exporter.store}


async def test_what_is_over_delays_nothing_else() -> None:
    """A hundred and sixty batches of one document end at once, at one request a second.

    Their documents alone take 160 s. All the same the list is read, a batch submitted
    meanwhile is found, and a big batch that runs is up to date, within two intervals.
    """
    big = batch(id=seeded_uuid("big"), created=START - 600, documents=300, takes=7200)
    burst = tuple(
        batch(id=seeded_uuid("burst", number), created=START + 60, documents=1, takes=5)
        for number in range(160)
    )
    later = tuple(
        batch(id=seeded_uuid("later", minute), created=START + 60 * minute + 5, documents=1)
        for minute in (1, 2)
    )
    found: dict[str, float] = {}
    oldest = longest_wait = 0.0
    async with tapped(Scenario(batches=(big, *burst, *later))) as tap:
        resource = {**translator(tap.endpoint, discover=True), "poll": {"requests_per_second": 1}}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(30)
            while now() < 270:
                await asyncio.sleep(5)
                followed = snapshots(exporter)
                oldest = max(oldest, START + now() - (followed[big.id].last_success or 0))
                for each in later:
                    if each.id in followed:
                        found.setdefault(each.id, START + now() - each.created)
                longest_wait = max(longest_wait, exporter.clients["r0"].budget.longest_wait)
            rounds = [when for when, path in tap.asked if "createdDateTimeUtcStart" in path]
            documents = [path for _, path in tap.asked if "/documents" in path]
    assert longest_wait > 3 * INTERVAL, "the budget was too small"
    assert {each.id for each in burst} <= {path.split("/")[4] for path in documents}
    assert max(later - earlier for earlier, later in pairwise(rounds)) <= 2 * INTERVAL
    assert len(found) == len(later)
    assert max(found.values()) <= 2 * INTERVAL
    assert oldest <= 2 * INTERVAL


async def test_the_wait_for_the_budget_is_measured() -> None:
    """Of thirty operations that are all due within 5 s, the last is polled after 29 s.

    The wait is lag, and a sample of the histogram; what waits is told until the resource leaves.
    """
    operations = tuple(
        operation(f"operation-{number}", created=START, takes=None) for number in range(30)
    )
    async with simulated(Scenario(video_translation=operations)) as (_, endpoint):
        resource = {
            "endpoint": endpoint,
            "poll": {"requests_per_second": 1, "interval": "5s"},
            "video_translation": {"operations": [each.id for each in operations]},
        }
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(29.5)
            samples = scraped(exporter)
            lag = value(samples, "azure_ai_exporter_poll_lag_seconds")
            assert lag is not None
            assert 23 < lag < 30
            waiting, wait = "azure_ai_exporter_requests_waiting", f"{WAIT}_bucket"
            assert value(samples, waiting, resource="r0") == exporter.clients["r0"].budget.waiting
            assert 20 < (value(samples, waiting, resource="r0") or 0) < 30
            sent = value(samples, f"{WAIT}_count", resource="r0")
            assert sent == sum(values(samples, "azure_ai_api_requests_total").values())
            assert value(samples, wait, resource="r0", le="30.0") == sent
            assert 0 < (value(samples, wait, resource="r0", le="10.0") or 0) < 20
            await applied(exporter, configured({**resource, "name": "other"}))
            series = {name for name, labels in scraped(exporter) if ("resource", "r0") in labels}
            assert not any(name.startswith((WAIT, waiting)) for name in series)
