"""Each fault of Azure's, for one operation among fifty."""

import asyncio
import re

import pytest

from exporter.simulator.faults.faults import Fault, Kind
from exporter.simulator.play.building import operation
from exporter.simulator.play.scenario import Scenario
from tests.support.local import START, configured, polling, scraped, simulated, value, values

pytestmark = pytest.mark.jumping

IDS = [f"operation-{number:02d}" for number in range(50)]
VICTIM = IDS[21]

FAULTS = {
    "429 with Retry-After": (Fault(kind=Kind.THROTTLED, retry_after="3"), "429"),
    "429 with a long Retry-After": (Fault(kind=Kind.THROTTLED, retry_after="120"), "429"),
    "429 without Retry-After": (Fault(kind=Kind.THROTTLED), "429"),
    "401": (Fault(kind=Kind.UNAUTHORISED), "401"),
    "403": (Fault(kind=Kind.FORBIDDEN), "403"),
    "404, empty": (Fault(kind=Kind.GONE), "404"),
    "500 with a body": (Fault(kind=Kind.ERROR), "500"),
    "503 without a body": (Fault(kind=Kind.ERROR, status=503, body=False), "503"),
    "a slow body": (Fault(kind=Kind.SLOW), "timeout"),
    "a truncated body": (Fault(kind=Kind.TRUNCATED), "connection"),
    "HTML": (Fault(kind=Kind.HTML), "unreadable"),
    "a reset": (Fault(kind=Kind.RESET), "connection"),
    "an unknown state": (Fault(kind=Kind.UNKNOWN_STATE), "200"),
    "an endless redirect": (Fault(kind=Kind.REDIRECT), "302"),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_stays_with_its_operation(name: str) -> None:
    """`up` of one is 0 and the reason counted, of 49 it is 1; when the fault ends, of all."""
    fault, status = FAULTS[name]
    fault = fault.model_copy(update={"path": re.compile(VICTIM)})
    scenario = Scenario(
        video_translation=tuple(operation(id_, created=START, takes=None) for id_ in IDS),
    )
    async with simulated(scenario) as (simulator, endpoint):
        resource = {"endpoint": endpoint, "video_translation": {"operations": IDS}}
        poll = {"interval": "60s", "requests_per_second": 100}
        async with polling(configured(resource, poll=poll)) as exporter:
            await asyncio.sleep(60)
            simulator.faults.add(fault)
            simulator.requests.clear()
            await asyncio.sleep(180)

            during = scraped(exporter)
            up = values(during, "azure_ai_operation_up", resource="r0", api="video_translation")
            assert {id_ for id_, is_up in up.items() if not is_up} == {VICTIM}
            assert len(up) == len(IDS)
            counted = value(
                during, "azure_ai_api_requests_total", api="video_translation", status=status
            )
            assert counted
            asked = {path.rpartition("/")[2]: count for path, count in simulator.requests.items()}
            others = {count for id_, count in asked.items() if id_ != VICTIM}
            assert others == {180 // 60}, "the others are asked as often as ever"

            simulator.faults.clear()
            async with asyncio.timeout(360):
                while not all(each.up for each in exporter.store):
                    await asyncio.sleep(1)
            after = scraped(exporter)
            assert value(after, "azure_ai_operation_up", operation=VICTIM) == 1
            assert value(after, "azure_ai_operation_state", operation=VICTIM, state="Running") == 1
