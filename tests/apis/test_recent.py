"""Discovery in a list of all jobs that has no filter and no documented order."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence

import pytest

from exporter.apis.base import PageShape, Shape
from exporter.apis.recent import DiscoverRecent, RecentList
from exporter.apis.speech_synthesis import SynthesisItem
from exporter.azure.body import ItemsPage, Parse
from exporter.simulator.play.building import synthesis
from exporter.simulator.play.scenario import Scenario
from tests.apis.document_translation.test_documents import now, tapped
from tests.support.local import START, configured, polling, scraped, value, values
from tests.support.scripted import time

HOUR = 3600.0
OLD, NEW, OPEN = "old", "new", "open"


class Pages:
    """A list with one job on each page, told by a word; `read` is the number of pages read."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words
        self.read = 0

    async def get(self, path: str, parse: Parse[Shape]) -> Shape:
        raise AssertionError(path, parse)

    async def file(self, url: str, parse: Parse[Shape]) -> Shape:
        raise AssertionError(url, parse)

    async def pages(self, path: str, parse: Parse[PageShape]) -> AsyncIterator[PageShape]:
        assert path == "/jobs"
        for number, word in enumerate(self.words):
            self.read += 1
            job = {
                "id": f"job-{number}",
                "status": "Running" if word == OPEN else "Succeeded",
                "createdDateTime": time(START - (1 if word == NEW else 48 * HOUR)),
            }
            yield parse(json.dumps({"value": [job]}).encode())


@pytest.mark.parametrize(
    ("words", "few"),
    [
        ([NEW, OLD, OLD, OLD], 2),
        ([OLD, OLD, OLD, NEW], 4),
        ([OLD, NEW, OLD, OLD, OLD], 3),
        ([OPEN, OLD, OLD], 1),
        ([OLD, OLD, OLD], 1),
        ([NEW, NEW, NEW], 3),
        ([], 0),
    ],
)
async def test_how_far_a_list_is_read(words: list[str], few: int) -> None:
    """To the first old page after those that were of use; every tenth round to the end."""
    lister = RecentList("/jobs", ItemsPage[SynthesisItem], DiscoverRecent())
    counts = []
    for _ in range(12):
        pages = Pages(words)
        found = [each.id async for each in lister.found(pages, lambda _: None, START)]
        assert found == [f"job-{number}" for number, word in enumerate(words) if word != OLD]
        counts.append(pages.read)
    assert counts == [len(words), *[few] * 9, len(words), few]


async def test_a_new_job_at_the_end_of_an_old_list_is_found_within_ten_rounds() -> None:
    """Its order may be with the oldest job first, which only a whole round tells."""
    lister = RecentList("/jobs", ItemsPage[SynthesisItem], DiscoverRecent())
    words, found = [OLD, OLD, OLD], []
    for number in range(11):
        if number == 1:
            words.append(NEW)
        found.append([each.id async for each in lister.found(Pages(words), lambda _: None, START)])
    assert found == [[]] * 10 + [["job-3"]]


@pytest.mark.jumping
async def test_old_syntheses_are_left_out() -> None:
    """An unfinished one is followed whatever its age, by its id where its page is not read."""
    syntheses = (
        *(synthesis(f"new-{n}", created=START - HOUR + n, takes=60) for n in range(150)),
        *(synthesis(f"old-{n}", created=START - 50 * HOUR + n, takes=60) for n in range(249)),
        synthesis("stuck", created=START - 60 * HOUR, takes=60 * HOUR + 200),
    )
    section = {"discover": {"lookback": "2h"}}
    async with tapped(Scenario(speech_syntheses=syntheses)) as tap:
        resource = {"endpoint": tap.endpoint, "speech_synthesis": section}
        config = configured(resource, poll={"interval": "30s", "requests_per_second": 50})
        async with polling(config) as exporter:
            await asyncio.sleep(100)
            shown = values(scraped(exporter), "azure_ai_operation_up")
            assert len(shown) == 151
            assert tap.rounds(30, "batchsyntheses?")[:3] == [4, 3, 3]
            by_id = tap.since(30, "batchsyntheses/")
            assert set(by_id) == {"/texttospeech/batchsyntheses/stuck?api-version=2024-04-01"}
            assert 2 <= len(by_id) <= 4
            await asyncio.sleep(140)
            labels = {"operation": "stuck", "state": "Succeeded"}
            assert value(scraped(exporter), "azure_ai_operation_state", **labels) == 1
            assert now() < 300, "before the next whole round"
