"""Datasets, models, endpoints and evaluations, discovered in the simulator."""

import asyncio

import pytest

from exporter.simulator.faults.faults import Fault, Kind
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.play.speech_building import custom_job
from tests.apis.document_translation.test_documents import tapped
from tests.support.local import START, configured, polling, scraped, value, values

pytestmark = pytest.mark.jumping

UP = "azure_ai_operation_up"
JOBS = (
    custom_job("datasets", created=START - 100, takes=50),
    custom_job("models", created=START - 90, takes=200),
    custom_job("endpoints", created=START - 80, takes=40, outcome="Failed",
               error=("InvalidData", "No such model.")),
    custom_job("evaluations", created=START - 70, takes=None),
)  # fmt: skip
DATASET, MODEL, ENDPOINT, EVALUATION = (f"{job.route}/{job.id}" for job in JOBS)


async def test_custom_speech_is_found() -> None:
    """A request for each of the four lists, and none for what they show."""
    old = custom_job("models", created=START - 3 * 86400, takes=None)
    async with tapped(Scenario(custom_speech=(*JOBS, old))) as tap:
        resource = {
            "endpoint": tap.endpoint,
            "custom_speech": {"discover": True, "operations": [f"models/{old.id}"]},
        }
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(30)
            kinds = values(scraped(exporter), "azure_ai_operation_info", resource="r0", name="")
            assert set(kinds) == {f"custom_speech,model,models/{old.id}"}, "named, not in its list"
            states = values(scraped(exporter), "azure_ai_operation_state", resource="r0")
            assert {text.partition(",")[2] for text, current in states.items() if current} == {
                f"{DATASET},Succeeded",
                f"{MODEL},Running",
                f"{ENDPOINT},Failed",
                f"{EVALUATION},Running",
                f"models/{old.id},Running",
            }
            assert len(tap.since(0, "?")) == 5
            await asyncio.sleep(120)
            labels = {"operation": MODEL, "state": "Succeeded"}
            assert value(scraped(exporter), "azure_ai_operation_state", **labels) == 1
            assert not values(scraped(exporter), "azure_ai_operation_expires_timestamp_seconds")


async def test_a_list_that_cannot_be_read_hides_its_own_alone() -> None:
    """The other kinds are found, and the failure of the list is told."""
    async with tapped(Scenario(custom_speech=JOBS)) as tap:
        tap.simulator.faults.add(Fault(kind=Kind.GONE, path="^/speechtotext/datasets"))
        resource = {"endpoint": tap.endpoint, "custom_speech": {"discover": True}}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(30)
            found = values(scraped(exporter), UP, resource="r0", api="custom_speech")
            assert set(found) == {MODEL, ENDPOINT, EVALUATION}
            tap.simulator.faults.clear()
            await asyncio.sleep(90)
            assert DATASET in values(scraped(exporter), UP, resource="r0", api="custom_speech")
