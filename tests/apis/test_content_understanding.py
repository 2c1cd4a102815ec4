"""Content Understanding against the simulator: asked until the end, and no more."""

import asyncio
from typing import Any

import pytest
from aiohttp import web
from pydantic import ValidationError

from exporter.apis import Apis
from exporter.simulator.play.content_building import analysis
from exporter.simulator.play.scenario import Scenario
from tests.support.local import (
    START,
    configured,
    polling,
    scraped,
    served,
    simulated,
    value,
    values,
)

API = "content_understanding"
UUID = "3c1f2a44-6f0b-4a43-9f39-0a9c7f2f8f51"
USAGE = {"documentPagesStandard": 3, "videoHours": 0.5, "tokens": {"gpt-4.1-input": 40}}
RIGHT = "must be analyzerResults/ and a UUID, or analyzers/, a name and /UUID"


@pytest.mark.jumping
async def test_a_finished_one_is_not_asked_again() -> None:
    """Its result of megabytes is read once; when Azure deletes it, state and counters stay."""
    done = analysis(created=START, takes=90, usage=USAGE, megabytes=2, hours_to_live=0.5)
    section = {"operations": [done.place]}
    async with simulated(Scenario(content_understanding=(done,))) as (simulator, endpoint):
        poll = {"interval": "30s"}
        config = configured({"endpoint": endpoint, "poll": poll, API: section})
        async with polling(config) as exporter:
            await asyncio.sleep(3600)
            samples = scraped(exporter)
    assert sum(simulator.requests.values()) in {4, 5}
    assert value(samples, "azure_ai_operation_state", api=API, state="Succeeded") == 1
    assert value(samples, "azure_ai_operation_up", api=API) == 1
    pages = {"minimal": 0.0, "basic": 0.0, "standard": 3.0}
    assert values(samples, "azure_ai_pages_total", resource="r0", api=API) == pages
    assert value(samples, "azure_ai_video_seconds_total", resource="r0", api=API) == 1800
    tokens = values(samples, "azure_ai_tokens_total", resource="r0", api=API)
    assert tokens == {"input": 40, "cached_input": 0, "output": 0, "contextualization": 0}
    assert value(samples, "azure_ai_operation_warnings", api=API) == 0


@pytest.mark.jumping
async def test_a_result_over_the_limit_is_read_once() -> None:
    """It is Succeeded, with the time of its creation from before, without amounts."""
    asked = 0

    async def answer(_request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        result: dict[str, Any] = {"createdAt": "2027-01-15T07:59:00Z", "warnings": []}
        body = {"id": UUID, "status": "Running", "result": result}
        if asked > 2:
            result["contents"] = [{"markdown": "a" * 1000}] * 17_000
            body |= {"status": "Succeeded", "usage": USAGE}
        return web.json_response(body)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with served(app) as endpoint:
        section = {"operations": [f"analyzerResults/{UUID}"]}
        config = configured({"endpoint": endpoint, "poll": {"interval": "30s"}, API: section})
        async with polling(config) as exporter:
            await asyncio.sleep(600)
            samples = scraped(exporter)
    assert asked == 3
    assert value(samples, "azure_ai_operation_state", api=API, state="Succeeded") == 1
    assert value(samples, "azure_ai_operation_up", api=API) == 1
    created = value(samples, "azure_ai_operation_created_timestamp_seconds", api=API)
    assert created == START - 60
    assert value(samples, "azure_ai_operation_pages", api=API) is None


@pytest.mark.parametrize(
    ("id_", "followed", "kind"),
    [
        (f"analyzerResults/{UUID.upper()}", f"analyzerResults/{UUID}", "analysis"),
        (f"analyzers/My.notes_-1/{UUID.upper()}", f"analyzers/My.notes_-1/{UUID}", "analyzer"),
    ],
)
def test_ids(id_: str, followed: str, kind: str) -> None:
    """UUIDs in any letter case are one operation; names of analyzers keep theirs."""
    target = next(Apis.model_validate({API: {}}).sections())[1].target(id_)
    assert (target.id, target.kind) == (followed, kind)


@pytest.mark.parametrize(
    "id_",
    [
        UUID,
        f"analyzerResults/{UUID}/files",
        "analyzerResults/..",
        f"analyzers/{UUID}",
        f"analyzers/../{UUID}",
        f"analyzers/./{UUID}",
        f"analyzers/{'a' * 65}/{UUID}",
        f"analyzers/a/operations/{UUID}",
        f"documentModels/prebuilt-layout/analyzeResults/{UUID}",
        f"models/{UUID}",
    ],
)
def test_an_id_of_another_api_is_refused(id_: str) -> None:
    """With what would be right, before anything is asked of Azure."""
    section = next(Apis.model_validate({API: {}}).sections())[1]
    with pytest.raises(ValidationError, match=RIGHT):
        section.target(id_)
