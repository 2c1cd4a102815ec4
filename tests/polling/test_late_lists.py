"""What one list tells is told by another answer as well, and either may be late."""

import asyncio

import pytest
from aiohttp import web

from exporter.simulator.play.building import seeded_uuid
from tests.support.local import START, configured, polling, scraped, value, values
from tests.support.scripted import BATCHES, Script, batch, scripted, time

pytestmark = pytest.mark.jumping

ID = seeded_uuid("late lists")
VIDEOS = "/videotranslation/translations"


async def test_documents_that_were_not_shown_are_asked_for_again() -> None:
    """Their list was empty the one time it was read, long after the end of the batch."""
    documents = [
        {"id": seeded_uuid("read", n), "to": "de", "status": "Succeeded"} for n in range(10)
    ]
    path = f"{BATCHES}/{ID}/documents"
    async with scripted() as (script, endpoint):
        script.batches(batch(ID, "Succeeded", START - 600, START - 500))
        script.list(path)
        resource = {"endpoint": endpoint, "document_translation": {"discover": True}}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(180)
            assert not values(scraped(exporter), "azure_ai_document_state")
            script.list(path, *documents)
            await asyncio.sleep(600)
            assert len(values(scraped(exporter), "azure_ai_document_state")) == 10
            script.requests.clear()
            await asyncio.sleep(600)
            assert not [each for each in script.requests if "documents" in each]


class SlowDocuments(Script):
    """Lists of documents take longer than a round of the list of batches."""

    async def answer(self, request: web.Request) -> web.Response:
        if request.path.endswith("/documents"):
            await asyncio.sleep(7)
        return await super().answer(request)


async def test_a_status_is_not_older_than_its_list() -> None:
    """A list shows a newer one, without a time, while documents are read."""
    script = SlowDocuments()
    async with scripted(script) as (_, endpoint):
        script.batches(batch(ID, "Running", START - 60, charged=1))
        script.list(f"{BATCHES}/{ID}/documents")
        resource = {"endpoint": endpoint, "document_translation": {"discover": {"interval": "5s"}}}
        async with polling(configured(resource, poll={"interval": "10s"})) as exporter:
            for charge in range(2, 30):
                script.batches(batch(ID, "Running", START - 60, charged=charge))
                await asyncio.sleep(6)
                name = "azure_ai_operation_characters_charged"
                assert value(scraped(exporter), name) == charge


def show_iterations(script: Script, created: float, first: str) -> None:
    """The translation `tour` with two iterations, of which the latest one works."""
    iterations = [
        {"id": "second", "status": "Running", "createdDateTime": time(created + 2)},
        {"id": "first", "status": first, "createdDateTime": time(created + 1)},
    ]
    latest = {"id": "second", "status": "Running"}
    script.list(VIDEOS, {"id": "tour", "createdDateTime": time(created), "latestIteration": latest})
    script.list(f"{VIDEOS}/tour/iterations", *iterations)
    script.answers[f"{VIDEOS}/tour/iterations/second"] = iterations[0]


@pytest.mark.parametrize("seen", [False, True])
async def test_all_iterations_of_a_translation_that_is_made_again(seen: bool) -> None:
    """Its latest one was read on its own, before the list of translations could be read.

    `seen`: the list showed the new translation before, when another iteration was its latest.
    """
    async with scripted() as (script, endpoint):
        show_iterations(script, START - 100, "Succeeded")
        resource = {"endpoint": endpoint, "video_translation": {"discover": True}}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(40)
            if seen:
                latest = {"id": "third", "status": "NotStarted"}
                times = {"createdDateTime": time(START + 44)}
                script.list(VIDEOS, {"id": "tour", "latestIteration": latest} | times)
                script.list(f"{VIDEOS}/tour/iterations", latest | times)
                await asyncio.sleep(30)
            show_iterations(script, START + 44, "Failed")
            translations, script.answers[VIDEOS] = script.answers[VIDEOS], 400
            await asyncio.sleep(150)
            script.answers[VIDEOS] = translations
            await asyncio.sleep(60)
            found = values(scraped(exporter), "azure_ai_operation_state", operation="tour/first")
            assert [labels.rpartition(",")[2] for labels, now in found.items() if now] == ["Failed"]
            script.requests.clear()
            await asyncio.sleep(300)
            assert not [path for path in script.requests if "/iterations?" in path]
