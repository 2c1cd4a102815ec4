"""Azure OpenAI batches against the simulator: found, followed to their end, and named."""

import asyncio
from typing import Any

import pytest
from pydantic import ValidationError

from exporter.apis import Apis
from exporter.simulator.play.openai import OpenaiBatch
from exporter.simulator.play.scenario import Scenario
from tests.support.local import START, Samples, configured, polling, scraped, simulated, values

DAY = 86400.0
SPREAD = {"requests_per_second": 50}


def batch(name: str, age: float, takes: float | None = None) -> OpenaiBatch:
    """A batch created `age` seconds before the start; without `takes` it never ends."""
    created = START - age
    if takes is None:
        return OpenaiBatch(id=f"batch_{name}", created=created, started=created)
    ended = created + takes
    return OpenaiBatch(
        id=f"batch_{name}", created=created, started=created, finalizing=ended, finished=ended
    )


def states(samples: Samples) -> dict[str, str]:
    """The state of each batch, by its name."""
    found = values(samples, "azure_ai_operation_state", api="openai_batch", resource="r0")
    current = [text.rpartition(",") for text, is_current in found.items() if is_current]
    return {id_.removeprefix("batch_"): state for id_, _, state in current}


def section(**settings: Any) -> dict[str, object]:
    return {"openai_batch": {"discover": True} | settings}


@pytest.mark.jumping
@pytest.mark.parametrize(
    ("version", "unfinished"),
    [("2024-10-21", {"old": "Running"}), ("v1", {"old": "Running"}), ("2025-04-01-preview", {})],
)
async def test_batches_are_found(version: str, unfinished: dict[str, str]) -> None:
    """Those since `lookback`; older ones only unfinished, where Azure does not leave them out."""
    batches = (
        batch("new", 50),
        batch("done", 500, takes=100),
        batch("old", 3 * DAY),
        batch("over", 2 * DAY, takes=100),
    )
    async with simulated(Scenario(openai_batches=batches)) as (_, endpoint):
        wanted = configured({"endpoint": endpoint, **section(api_version=version)}, poll=SPREAD)
        async with polling(wanted) as exporter:
            await asyncio.sleep(10)
            found = states(scraped(exporter))
    assert found == {"new": "Running", "done": "Succeeded"} | unfinished


@pytest.mark.jumping
@pytest.mark.parametrize("version", ["2024-10-21", "2025-04-01-preview"])
async def test_a_batch_that_the_list_leaves_out_is_followed_to_its_end(version: str) -> None:
    """It gets older than `lookback` while it runs; its end is seen all the same."""
    batches = (batch("long", 1, takes=600),)
    settings = section(api_version=version, discover={"lookback": "1m"})
    async with simulated(Scenario(openai_batches=batches)) as (_, endpoint):
        wanted = configured({"endpoint": endpoint, **settings}, poll=SPREAD)
        async with polling(wanted) as exporter:
            await asyncio.sleep(580)
            assert states(scraped(exporter)) == {"long": "Running"}
            await asyncio.sleep(220)
            assert states(scraped(exporter)) == {"long": "Succeeded"}


@pytest.mark.jumping
async def test_old_pages_are_read_every_tenth_round() -> None:
    """Azure does not document the order: 20 rounds read 350 batches twice, else the first pages."""
    batches = [batch(f"n{number}", 60 + number, takes=30) for number in range(120)]
    batches += [batch(f"o{number}", 2 * DAY + number, takes=30) for number in range(230)]
    async with simulated(Scenario(openai_batches=tuple(batches))) as (simulator, endpoint):
        wanted = configured({"endpoint": endpoint, **section(interval="60s")}, poll=SPREAD)
        async with polling(wanted) as exporter:
            await asyncio.sleep(20 * 60 - 5)
            found = states(scraped(exporter))
    assert len(found) == 120
    # 4 pages twice; 3 in the 18 other rounds: the third one tells that the new ones are over.
    assert simulator.requests == {"GET /openai/batches": 2 * 4 + 18 * 3}


@pytest.mark.jumping
async def test_named_batches_are_polled_once_a_minute() -> None:
    """As Azure advises, though `poll` says 30 s; an interval of its own wins."""
    for interval, polls in ((None, 10), ("10s", 60)):
        settings = {"operations": ["batch_a"]} | ({"interval": interval} if interval else {})
        async with simulated(Scenario(openai_batches=(batch("a", 5),))) as (simulator, endpoint):
            wanted = configured({"endpoint": endpoint, "openai_batch": settings}, poll=SPREAD)
            async with polling(wanted):
                await asyncio.sleep(599)
        assert simulator.requests.total() == polls


@pytest.mark.parametrize(
    "id_",
    [
        "ftjob-1",
        "batch_",
        "batch_a/b",
        "batch_../x",
        "batch_a?b=c",
        "3f1e8a50-1c1f-4a2e-9d0b-1",
        "",
    ],
)
def test_other_ids_are_refused(id_: str) -> None:
    """The text says what would be right."""
    [(_, settings)] = Apis.model_validate({"openai_batch": {}}).sections()
    with pytest.raises(ValidationError, match=r"must be batch_ and letters.*like batch_2144f9fa"):
        settings.target(id_)
