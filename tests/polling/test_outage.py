"""Hours of trouble, in moments: what Azure, the network and the clock may do to many at once."""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from exporter.app.exporter import Exporter, build
from exporter.errors import NoAnswer
from exporter.simulator.faults.faults import Fault, Kind
from exporter.simulator.play.building import operation
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import Simulator
from tests.support.local import START, clock, configured, polling, scraped, simulated, value, values
from tests.support.secure import Authority, served_tls

pytestmark = pytest.mark.jumping

TEN = [f"operation-{number}" for number in range(10)]
UP = "azure_ai_operation_up"
STATE = "azure_ai_operation_state"


def videos(*ids: str, takes: float | None = None) -> Scenario:
    return Scenario(
        video_translation=tuple(operation(id_, created=START, takes=takes) for id_ in ids)
    )


def watching(endpoint: str, *ids: str, **more: object) -> dict[str, object]:
    return {"endpoint": endpoint, "video_translation": {"operations": list(ids)}, **more}


def date(at: float) -> str:
    return format_datetime(datetime.fromtimestamp(at, UTC), usegmt=True)


def all_up(exporter: Exporter) -> bool:
    return set(values(scraped(exporter), UP).values()) == {1.0}


# Azure

# What is said with each 429, and the most requests that three operations may cost in an hour.
WAITS = {
    "no Retry-After": (None, 540),
    "Retry-After: 0": ("0", 540),
    "Retry-After: -1": ("-1", 540),
    "Retry-After: 30": ("30", 125),
    "Retry-After of a year": ("31536000", 6),
    "Retry-After of a past date": (date(START - 86400), 540),
    "Retry-After of a date in a year": (date(START + 31536000), 6),
    "Retry-After that is garbage": ("soon; 12 o'clock", 540),
}


@pytest.mark.e2e
@pytest.mark.parametrize("name", WAITS)
async def test_an_hour_of_429(name: str) -> None:
    """What is refused is asked at a bearable pace, is down, and is up when it is not any more.

    Another resource beside it is polled as ever.
    """
    said, most = WAITS[name]
    three = TEN[:3]
    async with (
        simulated(videos(*three)) as (sick, endpoint),
        simulated(videos("other")) as (well, near),
    ):
        config = configured(watching(endpoint, *three), watching(near, "other"))
        async with polling(config) as exporter:
            await asyncio.sleep(60)
            sick.faults.add(Fault(kind=Kind.THROTTLED, retry_after=said))
            sick.requests.clear()
            well.requests.clear()
            await asyncio.sleep(3600)
            assert sum(sick.requests.values()) <= most
            assert sum(well.requests.values()) in {119, 120, 121}
            samples = scraped(exporter)
            assert set(values(samples, UP, resource="r0").values()) == {0}
            assert value(samples, UP, resource="r1") == 1
            assert not values(samples, STATE, resource="r0"), "too old to be told"
            sick.faults.clear()
            await asyncio.sleep(3700 if most < 100 else 400)
            assert all_up(exporter)
            assert set(values(scraped(exporter), STATE, state="Running").values()) == {1}


@pytest.mark.e2e
@pytest.mark.parametrize("kind", [Kind.UNAUTHORISED, Kind.FORBIDDEN])
async def test_one_resource_of_ten_is_refused(kind: Kind) -> None:
    """It is paused and asked seldom; the others are exact; when it is let in it is up again."""
    async with simulated(videos(*TEN)) as (sick, endpoint), simulated(videos(*TEN)) as (well, near):
        config = configured(watching(endpoint, *TEN), *[watching(near, id_) for id_ in TEN[1:]])
        async with polling(config) as exporter:
            await asyncio.sleep(60)
            sick.faults.add(Fault(kind=kind))
            sick.requests.clear()
            well.requests.clear()
            await asyncio.sleep(1800)
            samples = scraped(exporter)
            paused = values(samples, "azure_ai_exporter_resource_paused")
            assert paused == {f"r{number}": float(number == 0) for number in range(10)}
            assert set(values(samples, UP, resource="r0").values()) == {0}
            for number in range(1, 10):
                assert set(values(samples, UP, resource=f"r{number}").values()) == {1}
            assert set(well.requests.values()) <= {59, 60, 61}
            assert sum(sick.requests.values()) < 20
            sick.faults.clear()
            await asyncio.sleep(900)
            assert all_up(exporter)


async def test_storms_of_5xx() -> None:
    """A quarter of all answers for half an hour, then all for as long, of 500, 502, 503 and 504.

    What is shown is the last state that was known, or none; states that were missed are seen after.
    """
    async with (
        simulated(videos(*TEN, takes=3000)) as (simulator, endpoint),
        polling(configured(watching(endpoint, *TEN))) as exporter,
    ):
        await asyncio.sleep(60)
        for status in (500, 502, 503, 504):
            simulator.faults.add(Fault(kind=Kind.ERROR, status=status, chance=0.08))
        for _ in range(6):
            await asyncio.sleep(300)
            states = values(scraped(exporter), STATE, state="Running")
            assert set(states.values()) == {1}, "no other state, whatever fails"
            assert len(states) >= 8
        simulator.faults.add(Fault(kind=Kind.ERROR, status=503, body=False))
        await asyncio.sleep(1800)
        assert set(values(scraped(exporter), UP).values()) == {0}
        assert not values(scraped(exporter), STATE)
        simulator.faults.clear()
        await asyncio.sleep(600)
        assert all_up(exporter)
        samples = scraped(exporter)
        assert list(values(samples, STATE, state="Succeeded").values()) == [1] * 10
        moved = values(samples, "azure_ai_state_transitions_total", to="Succeeded")
        assert sum(moved.values()) == 10


@pytest.mark.e2e
async def test_half_of_two_thousand_are_not_there() -> None:
    """1,000 are exact, 1,000 down, and each was asked once."""
    ids = [f"operation-{number:05d}" for number in range(2_000)]
    async with simulated(videos(*ids[::2])) as (simulator, endpoint):
        poll = {"interval": "10m", "requests_per_second": 500, "concurrency": 50}
        retention = {"stale_after": "30m"}
        config = configured(watching(endpoint, *ids, poll=poll), retention=retention)
        async with polling(config) as exporter:
            await asyncio.sleep(100)
            samples = scraped(exporter)
            up = values(samples, UP, api="video_translation", resource="r0")
            assert up == {id_: float(number % 2 == 0) for number, id_ in enumerate(ids)}
            assert sum(values(samples, STATE, resource="r0").values()) == 1000
            counts = values(samples, "azure_ai_resource_operations")
            known = ("NotStarted", "Running")  # as each was when it was asked
            assert sum(counts[f"video_translation,r0,{state}"] for state in known) == 1000
            assert counts["video_translation,r0,Unknown"] == 1000
    assert set(simulator.requests.values()) == {1}


# The network


async def test_a_name_that_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS fails for a while, then works: down with the reason, then up; another is exact."""
    loop = asyncio.get_running_loop()
    found, real = [True], loop.getaddrinfo

    async def lookup(host: Any, port: Any, **more: Any) -> Any:
        if host != "azure.test":
            return await real(host, port, **more)
        if not found[0]:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))
        return [address]

    monkeypatch.setattr(loop, "getaddrinfo", lookup)
    async with simulated(videos(*TEN)) as (_, endpoint):
        named = endpoint.replace("127.0.0.1", "azure.test")
        config = configured(
            watching(named, "operation-1", allow_http=True), watching(endpoint, "operation-2")
        )
        found[0] = False
        async with polling(config) as exporter:
            await asyncio.sleep(300)
            samples = scraped(exporter)
            assert value(samples, UP, resource="r0") == 0
            assert value(samples, UP, resource="r1") == 1
            [failed] = [each for each in exporter.store if each.failure]
            assert "Temporary failure in name resolution" in str(failed.failure)
            assert value(samples, "azure_ai_api_requests_total", resource="r0", status="connection")
            found[0] = True
            await asyncio.sleep(400)
            assert all_up(exporter)


@asynccontextmanager
async def _half_open() -> AsyncIterator[str]:
    """Connections are taken, and nothing comes over them ever."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@asynccontextmanager
async def _refused() -> AsyncIterator[str]:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@pytest.mark.parametrize(("server", "status"), [(_half_open, "timeout"), (_refused, "connection")])
async def test_a_connection_that_leads_nowhere(server: Callable[[], Any], status: str) -> None:
    """Down with the reason, given up in time; another resource is exact."""
    async with server() as nowhere, simulated(videos(*TEN)) as (simulator, endpoint):
        config = configured(watching(nowhere, *TEN), watching(endpoint, *TEN))
        async with polling(config) as exporter:
            await asyncio.sleep(600)
            samples = scraped(exporter)
            assert set(values(samples, UP, resource="r0").values()) == {0}
            assert set(values(samples, UP, resource="r1").values()) == {1}
            requests = values(samples, "azure_ai_api_requests_total", resource="r0")
            assert {name for name, count in requests.items() if count} == {
                f"video_translation,{status}"
            }
            assert min(simulator.requests.values()) >= 600 / 30 - 1


async def test_a_protocol_that_is_too_old(tmp_path: Path) -> None:
    """A server that speaks no more than TLS 1.1 gets no key."""
    ours = Authority(tmp_path)
    old = ours.server()
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.deprecated_call():
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    simulator = Simulator(videos("one"), clock=clock, cache=False)
    async with served_tls(simulator.app(), old) as endpoint:
        config = configured(watching(endpoint, "one", tls={"ca_file": ours.ca_file}))
        async with polling(config) as exporter:
            await asyncio.sleep(60)
            [snapshot] = exporter.store
            assert isinstance(snapshot.failure, NoAnswer)
            assert not snapshot.up
    assert not simulator.requests


# The clock


@pytest.mark.parametrize("by", [3600.0, -3600.0])
async def test_a_clock_that_jumps(by: float) -> None:
    """An hour either way: polls go on in step, nothing leaves, and ages stay what they were.

    An operation that cannot be read is stale when it would have been.
    """
    jumped = [0.0]

    def now() -> float:
        return clock() + jumped[0]

    async with simulated(videos(*TEN)) as (simulator, endpoint):
        config = configured(watching(endpoint, *TEN))
        async with build(config, now) as exporter, asyncio.TaskGroup() as group:
            task = group.create_task(exporter.run())
            await asyncio.sleep(300)
            simulator.faults.add(Fault(kind=Kind.ERROR, path=re.compile(TEN[0])))
            await asyncio.sleep(300)
            ages = ages_of(exporter, now())
            jumped[0] = by
            await asyncio.sleep(10)
            simulator.requests.clear()
            after = ages_of(exporter, now())
            assert all(abs(after[each] - ages[each]) <= 30 for each in ages), "ages as before"
            states = values(scraped(exporter), STATE, state="Running")
            assert list(states.values()) == [1] * 10
            assert value(scraped(exporter), UP, operation=TEN[0]) == 0
            await asyncio.sleep(200)
            assert value(scraped(exporter), STATE, operation=TEN[0], state="Running") == 1
            await asyncio.sleep(200)
            assert value(scraped(exporter), STATE, operation=TEN[0], state="Running") is None
            assert len(values(scraped(exporter), STATE, state="Running")) == 9
            others = {n for path, n in simulator.requests.items() if not path.endswith(TEN[0])}
            assert others <= {13, 14}, "400 s are thirteen intervals"
            task.cancel()


def ages_of(exporter: Exporter, now: float) -> dict[str, float]:
    """Seconds since each operation was read, and since it changed."""
    samples = scraped(exporter)
    names = ("last_success", "last_change")
    return {
        f"{name} {labels}": now - at
        for name in names
        for labels, at in values(samples, f"azure_ai_operation_{name}_timestamp_seconds").items()
    }
