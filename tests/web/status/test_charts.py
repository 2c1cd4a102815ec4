"""The charts of the last hour: what they draw, and the same in words."""

import asyncio
import re

import pytest

from exporter.azure.exchange import Exchange
from exporter.errors import Failure
from exporter.model.operation import OperationKey, State
from exporter.web.status.charts import progress_chart, progress_words
from tests.support.local import clock
from tests.support.pages import Element
from tests.support.status_site import API, Site, seen, site

pytestmark = pytest.mark.jumping

ONE = OperationKey("r0", API, "one")
MINUTE = 60


def chart(within: Element) -> Element:
    [svg] = within.all("svg")
    assert svg.attributes["role"] == "img"
    return svg


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([(0, 0.0), (1800, 0.5)], "Progress over the last hour: from 0% to 50%"),
        ([(0, 0.25)], "Progress over the last hour: 25%, without a change"),
        ([(3000, 0.1), (3300, 0.999)], "Progress over the last 10 min: from 10% to 99%"),
        ([(3595, 0.5)], "Progress over the last 1 min: 50%, without a change"),
    ],
)
def test_words_of_progress(points: list[tuple[float, float]], words: str) -> None:
    """How long it was seen, and from where to where it went; they are the chart's name."""
    assert progress_words(points, 3600) == words
    assert f'aria-label="{words}"' in progress_chart(points, 3600)


def test_the_line_of_progress() -> None:
    """An hour is its width; a step stands where the progress changed."""
    drawn = str(progress_chart([(0, 0.0), (1800, 0.5)], 3600))
    assert re.findall('class="line" d="([^"]+)"', drawn) == ["M0.0 60.0H180.0V30.0H360"]


async def test_an_operation_shows_its_hour() -> None:
    """What is older is only where the hour began; a restart begins anew; it leaves with it."""
    async with site() as here:
        for step in range(9):
            if step == 0:
                here.watch("one")
            known = seen(State.RUNNING, progress=step / 10)
            here.exporter.store.put(ONE, known, clock())
            await asyncio.sleep(10 * MINUTE)
        points = here.exporter.progress.of(ONE, clock())
        assert [share for _, share in points] == pytest.approx([0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
        page = await here.page("/operation", **ONE._asdict())
        [figure] = page.root.all("figure")
        words = "Progress over the last hour: from 20% to 80%"
        assert figure.all("figcaption")[0].text == words
        assert chart(figure).attributes["aria-label"] == words
        here.exporter.store.remove(ONE)
        assert here.exporter.progress.of(ONE, clock()) == []


@pytest.mark.parametrize("known", [None, seen(State.RUNNING), seen(State.SUCCEEDED, progress=1.0)])
async def test_no_chart_without_a_way(known: object) -> None:
    """Of an operation that was not read, tells no progress, or was over when it was found."""
    async with site() as here:
        here.watch("one", known)  # type: ignore[arg-type]
        page = await here.page("/operation", **ONE._asdict())
        assert page.root.all("figure") == []


async def test_a_minute_costs_little() -> None:
    """Many changes of a minute are one point, and an hour has no more than 61."""
    async with site() as here:
        here.watch("one")
        for step in range(1000):
            known = seen(State.RUNNING, progress=step / 1000)
            here.exporter.store.put(ONE, known, clock())
            await asyncio.sleep(20)
        assert len(here.exporter.progress._by_key[ONE]._minutes) == 61
        assert here.exporter.progress.of(ONE, clock())[-1][1] == pytest.approx(0.999)


async def requests(here: Site, number: int, failure: Failure | None = None) -> None:
    for _ in range(number):
        key = OperationKey("r1", "qna_maker", "")
        one = Exchange(key, "/", "200", 0.1, 0.0, None, failure, clock(), "")
        here.exporter.activity.exchanged(one)


async def test_a_resource_shows_its_hour() -> None:
    """Requests by the minute, the failed ones apart; what is older is forgotten."""
    async with site() as here:
        assert (await here.page()).rows("resource-rows")[1][4] == "none"
        await requests(here, 100)
        await asyncio.sleep(50 * MINUTE)
        await requests(here, 6)
        await requests(here, 2, Failure("500", "HTTP 500"))
        page = await here.page()
        words = "108, at most 100 a minute, 2 failed"
        assert page.rows("resource-rows")[1][4] == words
        svg = chart(page.ids["resource-rows"])
        assert svg.attributes["aria-label"] == f"Requests of the last hour: {words}"
        fine, bad = svg.all("path")
        assert fine.attributes["d"] == "M36 24v-24.0h3V24zM236 24v-1.9h3V24z"
        assert (bad.attributes["class"], bad.attributes["d"]) == ("bars bad", "M236 24v-1.0h3V24z")
        await asyncio.sleep(15 * MINUTE)
        row = (await here.page()).rows("resource-rows")[1]
        assert row[4] == "8, at most 8 a minute, 2 failed"
