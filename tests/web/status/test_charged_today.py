"""What was charged since midnight UTC, as the head of the page tells it."""

import asyncio

import pytest
from msgspec import structs

from exporter.checkpoint.contents import Contents
from exporter.config.config import Config
from exporter.model.operation import Operation, OperationKey, State
from exporter.model.quantities import Amount
from exporter.telemetry.today import Today
from tests.support.local import START, applied, clock, configured, scraped, value
from tests.support.observations import characters
from tests.support.status_site import API, NOWHERE, Site, seen, site

pytestmark = pytest.mark.jumping

HOUR = 3600
TO_MIDNIGHT = 16 * HOUR  # a test starts at 08:00:00 UTC
ONE = OperationKey("r0", API, "one")


def priced_at(price: float, currency: str = "EUR", **others: float) -> Config:
    """A configuration with a price for a thousand characters, and with those of other APIs."""
    rows = [
        {"api": api, "amount": "characters_charged", "per": 1000, "price": each}
        for api, each in {API: price, **others}.items()
        if each
    ]
    return configured(
        {"endpoint": NOWHERE, API: {}, "video_translation": {}},
        prices={"currency": currency, "table": rows},
    )


def priced() -> Config:
    return priced_at(2)


def charged(number: int, **known: object) -> Operation:
    return seen(State.RUNNING, amounts=characters(number), **known)


async def head(here: Site) -> str:
    return (await here.page()).ids["head"].text


async def test_since_the_start() -> None:
    """Without a state file, and it says so; from the next midnight on it is the whole day."""
    async with site(priced()) as here:
        assert "Charged since the start at 08:00:00 UTC nothing" in await head(here)
        here.watch("one", charged(1000, created=START))
        here.exporter.store.put(ONE, charged(2500), clock())
        text = await head(here)
        assert "Cost since the start at 08:00:00 UTC, estimated 5.00 EUR" in text
        assert "Charged since the start at 08:00:00 UTC 2,500 characters" in text
        await asyncio.sleep(TO_MIDNIGHT + 60)
        assert "Charged since midnight UTC nothing" in await head(here)
        here.exporter.store.put(ONE, charged(3000), clock())
        text = await head(here)
        assert "Cost since midnight UTC, estimated 1.00 EUR" in text
        assert "Charged since midnight UTC 500 characters" in text


@pytest.mark.parametrize(
    ("first", "counted"),
    [
        pytest.param(charged(500), True, id="nothing is known of its age"),
        pytest.param(charged(500, created=START + 1), True, id="began since"),
        pytest.param(charged(500, created=START - 60), False, id="began before and runs"),
        pytest.param(
            structs.replace(
                charged(500, created=START - 60, last_action=START + 1), state=State.SUCCEEDED
            ),
            True,
            id="ended since",
        ),
        pytest.param(
            structs.replace(
                charged(500, created=START - 60, last_action=START - 1), state=State.SUCCEEDED
            ),
            False,
            id="ended before",
        ),
    ],
)
async def test_charges_that_were_there_at_first_sight(first: Operation, counted: bool) -> None:
    """They count if they can be of this time; what is charged later counts always."""
    async with site() as here:
        await asyncio.sleep(10)
        here.watch("one", first)
        expected = "500 characters" if counted else "nothing"
        assert f"08:00:00 UTC {expected}" in await head(here)
        more = structs.replace(first, amounts=characters(700))
        here.exporter.store.put(ONE, more, clock())
        assert f"UTC {'700' if counted else '200'} characters" in await head(here)


async def test_each_noun_has_its_sum() -> None:
    """Kinds are summed; times are told as such."""
    amounts = {
        Amount.INPUT_TOKENS: 1000,
        Amount.OUTPUT_TOKENS: 234,
        Amount.AUDIO_SECONDS: 7500.0,
        Amount.WARNINGS: 3,
    }
    async with site() as here:
        for resource, api in (("r0", API), ("r1", "qna_maker")):
            here.watch("one", seen(State.RUNNING, amounts=amounts), resource=resource, api=api)
        assert "UTC 4 h 10 min audio, 2,468 tokens" in await head(here)


async def test_an_operation_that_comes_back_is_charged_once() -> None:
    """As for the counters of /metrics."""
    async with site() as here:
        here.watch("one", charged(500, created=START))
        here.exporter.store.remove(ONE)
        here.watch("one", charged(600, created=START))
        assert "UTC 600 characters" in await head(here)


async def test_prices_that_are_configured_later() -> None:
    """They hold for what was charged since midnight as well, because it has no cost yet."""
    async with site(configured({"endpoint": NOWHERE, API: {}})) as here:
        here.watch("one", charged(1000, created=START))
        assert "Cost" not in await head(here)
        await applied(here.exporter, priced())
        assert "Cost since the start at 08:00:00 UTC, estimated 2.00 EUR" in await head(here)


async def test_what_was_charged_keeps_its_price() -> None:
    """When prices change, only what is charged from then on costs the new price, as on /metrics."""
    async with site(priced()) as here:
        here.watch("one", charged(1000, created=START))
        await applied(here.exporter, priced_at(20))
        here.exporter.store.put(ONE, charged(1500), clock())
        assert "estimated 12.00 EUR" in await head(here)
        assert value(scraped(here.exporter), "azure_ai_cost_total", resource="r0") == 12


async def test_prices_that_changed_over_a_restart() -> None:
    """The state file has the cost of what was charged before."""
    async with site(priced()) as here:
        here.watch("one", charged(1000, created=START))
        saved = here.exporter.today.saved()
    async with site(priced_at(20), memory=Contents(today=saved)) as here:
        here.watch("two", charged(500, created=clock()))
        assert "estimated 12.00 EUR" in await head(here)


async def test_a_price_that_is_added() -> None:
    """What had no price among the configured ones costs the first that it gets, as on /metrics."""
    later = priced_at(2, video_translation=5)
    async with site(priced_at(0, video_translation=5)) as here:
        here.watch("one", charged(1000, created=START))
        saved = here.exporter.today.saved()
        await applied(here.exporter, later)
        assert "estimated 2.00 EUR" in await head(here)
        assert value(scraped(here.exporter), "azure_ai_cost_total", resource="r0", api=API) == 2
    async with site(later, memory=Contents(today=saved)) as here:
        assert "estimated 2.00 EUR" in await head(here)


async def test_another_currency() -> None:
    """Costs in two currencies cannot be added: all charges of the day are priced in the new one."""
    async with site(priced()) as here:
        here.watch("one", charged(1000, created=START))
        await applied(here.exporter, priced_at(3, "USD"))
        here.exporter.store.put(ONE, charged(1500), clock())
        assert "estimated 4.50 USD" in await head(here)


async def test_prices_that_were_removed_for_a_while() -> None:
    """What had a cost keeps it."""
    async with site(priced()) as here:
        here.watch("one", charged(1000, created=START))
        await applied(here.exporter, configured({"endpoint": NOWHERE, API: {}}))
        assert "Cost" not in await head(here)
        saved = here.exporter.today.saved()
        await applied(here.exporter, priced_at(20))
        assert "estimated 2.00 EUR" in await head(here)
    async with site(
        configured({"endpoint": NOWHERE, API: {}}), memory=Contents(today=saved)
    ) as here:
        saved = here.exporter.today.saved()
    async with site(priced_at(20), memory=Contents(today=saved)) as here:
        assert "estimated 2.00 EUR" in await head(here)


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        (1, "Charged since the start at 08:00:00 UTC 1,500 characters"),
        (17, "Charged since midnight UTC 500 characters"),
        (41, "Charged since midnight UTC 500 characters"),
    ],
)
async def test_a_restart_continues_the_day(hours: int, told: str) -> None:
    """With the state file; on another day the charges begin anew, but from midnight."""
    async with site() as here:
        here.watch("one", charged(1000, created=START))
        saved = here.exporter.today.saved()
    await asyncio.sleep(hours * HOUR)
    async with site(memory=Contents(today=saved)) as here:
        here.watch("two", charged(500, created=clock()))
        assert told in await head(here)


def test_a_state_file_of_tomorrow_is_not_believed() -> None:
    """After a clock was set back the day begins at the start."""
    saved = Today(lambda: START + TO_MIDNIGHT + 60).saved()
    today = Today(lambda: START)
    today.restore(saved)
    assert (today.since, today.from_midnight) == (START, False)


def test_a_clock_that_is_set_back_over_midnight() -> None:
    """Nothing is known of that day but what comes now."""
    now = START + TO_MIDNIGHT + 60
    today = Today(lambda: now)
    now = START
    assert (today.from_midnight, today.since) == (False, START)
