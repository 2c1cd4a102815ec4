"""Azure OpenAI fine-tuning jobs against the simulator: found, named, and their first end."""

import asyncio
from typing import Any

import pytest
from pydantic import ValidationError

from exporter.apis import Apis
from exporter.simulator.play.fine_tuning import FineTuning
from exporter.simulator.play.scenario import Scenario
from tests.support.local import (
    START,
    Samples,
    configured,
    polling,
    scraped,
    simulated,
    value,
    values,
)

DAY = 86400.0
API = "openai_fine_tuning"
ENDED = "azure_ai_operation_last_action_timestamp_seconds"


def job(name: str, age: float, takes: float | None = None, **more: Any) -> FineTuning:
    """A job created `age` seconds before the start; without `takes` it never ends."""
    created = START - age
    ended = None if takes is None else created + takes
    return FineTuning(id=f"ftjob-{name}", created=created, started=created, finished=ended, **more)


def states(samples: Samples) -> dict[str, str]:
    """The state of each job, by its name."""
    found = values(samples, "azure_ai_operation_state", resource="r0", api=API)
    current = [text.rpartition(",") for text, is_current in found.items() if is_current]
    return {id_.removeprefix("ftjob-"): state for id_, _, state in current}


@pytest.mark.jumping
async def test_jobs_are_found_and_a_list_is_read_to_its_first_old_page() -> None:
    """The newest come first, so that no round reads more; who is in no list is asked by id."""
    jobs = [job(f"n{number}", 60 + number, takes=30) for number in range(120)]
    jobs += [job("open", DAY + 1)]
    jobs += [job(f"o{number}", 2 * DAY + number, takes=30) for number in range(400)]
    jobs += [job("far", 9 * DAY)]
    section = {"discover": True, "interval": "60s", "operations": ["ftjob-far"]}
    async with simulated(Scenario(fine_tunings=tuple(jobs))) as (simulator, endpoint):
        config = configured({"endpoint": endpoint, API: section})
        async with polling(config) as exporter:
            await asyncio.sleep(20 * 60 - 5)
            found = states(scraped(exporter))
    assert len(found) == 122
    assert (found["open"], found["far"], found["n0"]) == ("Running", "Running", "Succeeded")
    path = "GET /openai/fine_tuning/jobs"
    assert simulator.requests == {path: 20 * 3, f"{path}/ftjob-far": 20}


@pytest.mark.jumping
@pytest.mark.parametrize("section", [{"discover": True}, {"operations": ["ftjob-a"]}], ids=str)
async def test_the_first_end_of_a_cancelled_job_stays(section: dict[str, object]) -> None:
    """Azure moves `finished_at` half a minute after the end: lists and `/probe` show the first."""
    jobs = (job("a", 10, takes=30, outcome="cancelled"),)
    async with simulated(Scenario(fine_tunings=jobs)) as (_, endpoint):
        config = configured({"endpoint": endpoint, API: {"interval": "10s", **section}})
        async with polling(config) as exporter:
            await asyncio.sleep(45)
            samples = [scraped(exporter)]
            await asyncio.sleep(60)
            samples.append(scraped(exporter))
            planned = exporter.plan.find("r0", API, "ftjob-a")
            await exporter.once.poll(planned, now=True)
            samples.append(scraped(exporter))
    assert [states(each) for each in samples] == [{"a": "Cancelled"}] * 3
    assert [value(each, ENDED, resource="r0") for each in samples] == [START + 20] * 3


@pytest.mark.jumping
async def test_a_pause_and_an_end() -> None:
    """What is paused is not over, and trained tokens are told at the end."""
    pause = {"pause_asked": START + 50, "paused": START + 70, "resume_asked": START + 300}
    jobs = (job("a", 10, takes=600, trained_tokens=7, resumed=START + 320, **pause),)
    seen = []
    async with simulated(Scenario(fine_tunings=jobs)) as (_, endpoint):
        config = configured({"endpoint": endpoint, API: {"interval": "10s", "discover": True}})
        async with polling(config) as exporter:
            for _ in range(4):
                await asyncio.sleep(200)
                samples = scraped(exporter)
                tokens = value(samples, "azure_ai_operation_tokens", resource="r0")
                seen.append((states(samples)["a"], tokens))
    assert seen == [("Paused", None), ("Running", None), ("Succeeded", 7), ("Succeeded", 7)]


@pytest.mark.parametrize("id_", ["batch_1", "ftjob-", "ftjob-a/b", "ftjob-a?b", "job-1", ""])
def test_other_ids_are_refused(id_: str) -> None:
    """The text says what would be right."""
    [(_, settings)] = Apis.model_validate({API: {}}).sections()
    with pytest.raises(ValidationError, match=r"must be ftjob- and letters.*like ftjob-609d281b"):
        settings.target(id_)
