"""When what is asked: hours of polling, in moments."""

import asyncio
import re
from pathlib import Path

import pytest

from exporter.app import credential_watch
from exporter.errors import Details, Failure, Unauthorised
from exporter.polling.pauses import pause_after
from exporter.simulator.faults.faults import Fault, Kind
from exporter.simulator.play.building import batch, operation, qna_operation
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import DEFAULT_KEY
from tests.support.local import START, configured, polling, scraped, simulated, value, values

pytestmark = pytest.mark.jumping


def videos(count: int) -> Scenario:
    ids = [f"operation-{number:02d}" for number in range(count)]
    return Scenario(
        video_translation=tuple(operation(id_, created=START, takes=None) for id_ in ids),
    )


def watching(scenario: Scenario) -> dict[str, object]:
    return {"operations": [each.id for each in scenario.video_translation]}


async def test_an_hour_of_polling() -> None:
    """Ten operations every 30 s for an hour, two throttled for 120 s, and one key that fails.

    The pauses are those that Azure asked for, and every request can be accounted for.
    """
    scenario = videos(10)
    path = "/videotranslation/operations/operation-"
    async with simulated(scenario) as (simulator, endpoint):
        resource = {"endpoint": endpoint, "video_translation": watching(scenario)}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(600)
            for victim in ("operation-03", "operation-07"):
                throttled = Fault(
                    kind=Kind.THROTTLED,
                    retry_after="120",
                    path=re.compile(victim),
                    count=1,
                )
                simulator.faults.add(throttled)
                await asyncio.sleep(35)
                assert value(scraped(exporter), "azure_ai_operation_up", operation=victim) == 0
                await asyncio.sleep(125)
                assert value(scraped(exporter), "azure_ai_operation_up", operation=victim) == 1
            await asyncio.sleep(3600 - asyncio.get_running_loop().time())

            samples = scraped(exporter)
            asked = {name[len("GET " + path) :]: n for name, n in simulator.requests.items()}
            assert all(
                asked[number] in {120, 121} for number in asked if number not in {"03", "07"}
            )
            for throttled_one in ("03", "07"):
                assert asked[throttled_one] in range(116, 119), "120 s are three intervals missed"
            requests = values(samples, "azure_ai_api_requests_total", api="video_translation")
            assert sum(requests.values()) == sum(asked.values())
            assert requests["r0,429"] == 2
            assert set(values(samples, "azure_ai_operation_up").values()) == {1}
            assert value(samples, "azure_ai_api_retry_after_seconds") == 120


async def test_finished_operations_are_not_asked_again() -> None:
    """A finished operation costs no further request."""
    scenario = Scenario(
        video_translation=(operation("done", created=START - 100, takes=50),),
        batches=(batch(created=START - 100, documents=2, takes=50),),
    )
    batch_ = scenario.batches[0]
    documents = [document.id for document in batch_.documents]
    async with simulated(scenario, cache=False) as (simulator, endpoint):
        resource = {
            "endpoint": endpoint,
            "video_translation": {"operations": ["done"]},
            "document_translation": {"batches": [{"id": batch_.id, "documents": documents}]},
        }
        async with polling(configured(resource)):
            await asyncio.sleep(3600)
            assert set(simulator.requests.values()) == {1}
            assert len(simulator.requests) == 4


async def test_a_finished_batch_is_left_once_its_cache_is_outlived() -> None:
    """A document that never finishes does not keep a finished batch polled for ever."""
    scenario = Scenario(
        batches=(batch(created=START, documents=3, takes=600, cancel_after=60, cancelling=5),),
    )
    batch_ = scenario.batches[0]
    never = "ffffffff-0000-0000-0000-000000000000"
    async with simulated(scenario) as (simulator, endpoint):
        section = {"batches": [{"id": batch_.id, "documents": [never]}]}
        resource = {"endpoint": endpoint, "document_translation": section}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(900)
            before = sum(simulator.requests.values())
            await asyncio.sleep(3600)
            assert sum(simulator.requests.values()) == before
            samples = scraped(exporter)
            assert value(samples, "azure_ai_operation_state", state="Cancelled") == 1
            assert value(samples, "azure_ai_operation_documents_unreadable") == 1


async def test_never_sooner_than_azure_asked() -> None:
    """QnA Maker's `Retry-After: 00:00:30` outlasts an interval of 5 s."""
    scenario = Scenario(qna_maker=(qna_operation(created=START, takes=None),))
    async with simulated(scenario) as (simulator, endpoint):
        ids = [each.id for each in scenario.qna_maker]
        resource = {"endpoint": endpoint, "qna_maker": {"operations": ids}}
        async with polling(configured(resource, poll={"interval": "5s"})):
            await asyncio.sleep(3000)
            assert sum(simulator.requests.values()) in {99, 100, 101}


async def test_failures_make_pauses_grow() -> None:
    """An operation that Azure does not know is asked about every 5 minutes in the end."""
    async with simulated(Scenario()) as (simulator, endpoint):
        resource = {"endpoint": endpoint, "avatar": {"operations": ["nobody-knows-me"]}}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(3600)
            assert 12 <= sum(simulator.requests.values()) <= 30
            samples = scraped(exporter)
            assert value(samples, "azure_ai_operation_up") == 0
            assert not values(samples, "azure_ai_operation_state")
            assert value(samples, "azure_ai_api_errors_total", code="NotFound") == sum(
                simulator.requests.values(),
            )


@pytest.fixture
def _seldom_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of credentials are looked at once a minute: fewer moments in which time cannot jump."""
    monkeypatch.setattr(credential_watch, "WATCH_SECONDS", 60.0)


@pytest.mark.e2e
@pytest.mark.usefixtures("_seldom_watched")
async def test_a_bad_key_pauses_the_resource_until_there_is_a_new_one(tmp_path: Path) -> None:
    """A hundred operations with a bad key cost a few requests an hour, then recover."""
    scenario = videos(100)
    key_file = tmp_path / "key"
    key_file.write_text("revoked")
    async with simulated(scenario) as (_, endpoint):
        bad = {
            "endpoint": endpoint,
            "auth": {"key_file": str(key_file)},
            "video_translation": watching(scenario),
        }
        good = {"endpoint": endpoint, "video_translation": watching(videos(10))}
        async with polling(configured(bad, good)) as exporter:
            await asyncio.sleep(3600)
            samples = scraped(exporter)
            spent = value(samples, "azure_ai_api_requests_total", resource="r0", status="401")
            assert spent is not None
            assert spent <= 8 + 12, "the first few at once, then one for each pause"
            assert value(samples, "azure_ai_exporter_resource_paused", resource="r0") == 1
            assert value(samples, "azure_ai_resource_up", resource="r0") == 0
            assert value(samples, "azure_ai_resource_up", resource="r1") == 1
            assert set(values(samples, "azure_ai_operation_up", resource="r0").values()) == {0}
            assert set(values(samples, "azure_ai_operation_up", resource="r1").values()) == {1}
            assert exporter.waiting_for() == 0

            key_file.write_text(DEFAULT_KEY + "\n")
            await asyncio.sleep(660)
            samples = scraped(exporter)
            assert value(samples, "azure_ai_exporter_resource_paused", resource="r0") == 0
            assert set(values(samples, "azure_ai_operation_up", resource="r0").values()) == {1}


async def test_a_throttled_resource_waits_as_a_whole() -> None:
    """When all are throttled, the resource is silent for as long as Azure asked."""
    scenario = videos(50)
    async with simulated(scenario) as (simulator, endpoint):
        resource = {"endpoint": endpoint, "video_translation": watching(scenario)}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(120)
            simulator.faults.add(Fault(kind=Kind.THROTTLED, retry_after="60"))
            await asyncio.sleep(30)
            simulator.requests.clear()
            await asyncio.sleep(600)
            assert sum(simulator.requests.values()) <= 2 * 10 * 8 / 2, "two find out each minute"
            simulator.faults.clear()
            await asyncio.sleep(400)
            assert set(values(scraped(exporter), "azure_ai_operation_up").values()) == {1}


async def test_what_cannot_be_read_leaves_and_comes_back() -> None:
    """State series leave after `stale_after`, and are back with the first answer."""
    scenario = videos(2)
    async with simulated(scenario) as (simulator, endpoint):
        resource = {"endpoint": endpoint, "video_translation": watching(scenario)}
        config = configured(resource, retention={"stale_after": "5m"})
        async with polling(config) as exporter:
            await asyncio.sleep(60)
            simulator.faults.add(Fault(kind=Kind.HTML, path=re.compile("operation-00")))
            await asyncio.sleep(240)
            state = {"operation": "operation-00", "state": "Running"}
            assert value(scraped(exporter), "azure_ai_operation_state", **state) == 1
            await asyncio.sleep(120)
            gone = scraped(exporter)
            assert value(gone, "azure_ai_operation_state", **state) is None
            assert value(gone, "azure_ai_operation_up", operation="operation-00") == 0
            left = {name for (name, labels) in gone if ("operation", "operation-00") in labels}
            assert left == {
                "azure_ai_operation_up",
                "azure_ai_operation_info",
                "azure_ai_operation_last_success_timestamp_seconds",
            }
            assert value(gone, "azure_ai_resource_operations", state="Unknown") == 1
            simulator.faults.clear()
            await asyncio.sleep(330)
            assert value(scraped(exporter), "azure_ai_operation_state", **state) == 1


async def test_a_budget_that_is_too_small_shows_as_lag() -> None:
    """A hundred operations at one request a second are 70 s behind an interval of 30 s."""
    scenario = videos(100)
    async with simulated(scenario) as (simulator, endpoint):
        resource = {
            "endpoint": endpoint,
            "poll": {"requests_per_second": 1},
            "video_translation": watching(scenario),
        }
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(1000)
            assert sum(simulator.requests.values()) in range(990, 1002)
            lag = value(scraped(exporter), "azure_ai_exporter_poll_lag_seconds")
            assert lag is not None
            assert 60 < lag < 80


UNAUTHORISED = Unauthorised("401", "no", Details(retry_after=60))


@pytest.mark.parametrize(
    ("interval", "failures", "failure", "least", "most"),
    [
        (30, 0, None, 30, 30),
        (30, 1, Failure("500", "no"), 30, 30),
        (30, 2, Failure("500", "no"), 30, 60),
        (30, 3, Failure("500", "no"), 60, 120),
        (30, 99, Failure("500", "no"), 150, 300),
        (3600, 99, Failure("500", "no"), 1800, 3600),
        (30, 99, UNAUTHORISED, 30, 30),
    ],
)
def test_pauses(
    interval: float, failures: int, failure: Failure, least: float, most: float
) -> None:
    """They double with each failure, with jitter, up to five minutes or the interval."""
    for _ in range(50):
        assert least <= pause_after(interval, failures, failure) <= most
