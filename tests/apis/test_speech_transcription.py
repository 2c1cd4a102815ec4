"""Batch transcriptions, discovered in the simulator."""

import asyncio

import pytest
from aiohttp import web

from exporter.apis import Apis
from exporter.apis.base import Known
from exporter.model.operation import OperationKey
from exporter.settings.yaml_file import ConfigError
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.play.speech_building import transcription
from tests.apis.document_translation.test_documents import Tap, tapped
from tests.support.local import START, configured, polling, scraped, value, values
from tests.support.samples import RecordedAzure, load

pytestmark = pytest.mark.jumping

ROOT = "/speechtotext/transcriptions"
HOUR = 3600.0


def resource(tap: Tap, **section: object) -> dict[str, object]:
    return {"endpoint": tap.endpoint, "speech_transcription": section}


async def test_transcriptions_are_found_and_leave() -> None:
    """Seconds of audio are shown at the end, and when Azure deletes the transcription."""
    calls = transcription(created=START - 50, takes=90, audio=4321.5, display_name="Night")
    bad = transcription(
        created=START - 70, takes=60, outcome="Failed", error=("InvalidData", "Signed: sig=x")
    )
    async with tapped(Scenario(transcriptions=(calls, bad))) as tap:
        config = configured(resource(tap, discover=True), retention={"finished": "10m"})
        async with polling(config) as exporter:

            def said(name: str, id_: str) -> dict[str, float]:
                labels = {"resource": "r0", "api": "speech_transcription", "operation": id_}
                return values(scraped(exporter), f"azure_ai_operation_{name}", **labels)

            await asyncio.sleep(5)
            assert said("info", calls.id) == {"transcription,Night": 1}
            assert said("state", calls.id)["Running"] == 1
            assert said("error_info", bad.id) == {"InvalidData,,": 1}
            for name in ("audio_seconds", "expires_timestamp_seconds"):
                assert not said(name, calls.id), "a value that was not said is no 0"
            await asyncio.sleep(60)
            assert said("state", calls.id)["Succeeded"] == 1
            assert said("audio_seconds", calls.id) == {"": 4321.5}
            assert said("expires_timestamp_seconds", calls.id) == {"": START + 40 + 48 * HOUR}
            assert tap.rounds(60) == [1], "a list each minute, and nothing else"
            await asyncio.sleep(640)
            assert not said("state", calls.id)
            assert value(scraped(exporter), "azure_ai_audio_seconds_total") == 4321.5 + 90


async def test_the_list_shows_what_is_recent_on_all_its_pages() -> None:
    """An unfinished one that gets too old for the list is asked for by its id, and the named."""
    recent = [transcription(created=START - 60 + n / 10, takes=None, seed=n) for n in range(150)]
    ageing = transcription(created=START - HOUR + 100, takes=HOUR + 200)
    named = transcription(created=START - 9 * HOUR, takes=None)
    old = transcription(created=START - 9 * HOUR + 1, takes=60)
    found = (*recent, ageing, named, old)
    async with tapped(Scenario(transcriptions=found)) as tap:
        section = {"discover": {"lookback": "1h"}, "operations": [named.id]}
        async with polling(configured(resource(tap, **section))) as exporter:
            await asyncio.sleep(90)
            shown = values(scraped(exporter), "azure_ai_operation_up")
            assert set(shown) == {
                f"speech_transcription,{each.id},r0" for each in found if each is not old
            }
            assert set(tap.since(0, f"{ROOT}/")) == {f"{ROOT}/{named.id}?api-version=2025-10-15"}
            assert len(tap.since(0, f"{ROOT}?")) == 4, "two rounds of two pages"
            await asyncio.sleep(300)
            assert tap.since(90, f"{ROOT}/{ageing.id}?")
            labels = {"operation": ageing.id, "state": "Succeeded"}
            assert value(scraped(exporter), "azure_ai_operation_state", **labels) == 1


@pytest.mark.parametrize(("poll", "polls"), [(5.0, 60.0), (60.0, 60.0), (300.0, 300.0)])
def test_azure_is_asked_once_a_minute_at_most(poll: float, polls: float) -> None:
    """Azure's page recommends no more; a longer interval of `poll` holds."""
    section = next(Apis.model_validate({"speech_transcription": {}}).sections())[1]
    assert section.poll_interval(poll) == polls


def test_series_outlive_a_late_poll() -> None:
    """`stale_after` is compared with the interval of the API, not with that of `poll` alone."""
    section = {"endpoint": "http://127.0.0.1", "speech_transcription": {"discover": True}}
    with pytest.raises(ConfigError, match="longest interval, which is 1m"):
        configured(section, poll={"interval": "10s"}, retention={"stale_after": "90s"})


FILES = "azure_ai_operation_audio_files"


async def test_a_report_is_read_once() -> None:
    """Its counts stay, whatever the list shows later; the URL of the report is nowhere."""
    done = transcription(created=START - 50, takes=30, files=120, failed_files=3)
    runs = transcription(created=START - 40, takes=200, files=2, seed=1)
    scenario = Scenario(transcriptions=(done, runs))
    async with tapped(scenario) as tap:
        config = configured(resource(tap, discover=True, reports=True))
        async with polling(config) as exporter:
            await asyncio.sleep(30)
            labels = {"resource": "r0", "api": "speech_transcription"}
            early = values(scraped(exporter), FILES, **labels)
            await asyncio.sleep(900)
            late = values(scraped(exporter), FILES, **labels)
            submitted = values(scraped(exporter), f"{FILES}_submitted", **labels)
            history = exporter.history[OperationKey("r0", "speech_transcription", done.id)]
    assert early == {f"{done.id},Succeeded": 117, f"{done.id},Failed": 3}
    assert late == early | {f"{runs.id},Succeeded": 2, f"{runs.id},Failed": 0}
    assert submitted == {done.id: 120, runs.id: 2}
    assert len(tap.since(0, "/_blobs/")) == 2
    assert len(tap.since(0, "/files")) == 3, "two pages of 118 files, and one"
    assert len(history) > 2, "it is seen on the page of the transcription"
    assert "sig=" not in repr(list(history))


async def test_a_report_that_is_known_is_not_asked_for() -> None:
    """Also where the transcription itself is asked for again, as by a person."""
    _, sample = load("speech_transcription/reports")
    azure = RecordedAzure({answer["path"]: answer for answer in sample["answers"]})
    section = next(Apis.model_validate({"speech_transcription": sample["section"]}).sections())[1]
    target = section.target("00000000-0000-4000-8000-000000000002")
    first = await target.poll(azure, Known())
    assert len(azure.paths) == 3
    second = await target.poll(azure, Known(first))
    assert azure.paths[3:] == azure.paths[:1]
    assert second == first


async def test_a_report_that_cannot_be_read_costs_its_counts_alone() -> None:
    """It is not tried again and again, and the transcription is read."""
    done = transcription(created=START - 50, takes=30)

    def refuse(path: str) -> None:
        if "/_blobs/" in path:
            raise web.HTTPForbidden

    async with tapped(Scenario(transcriptions=(done,))) as tap:
        tap.before = refuse
        named = configured(resource(tap, reports=True, operations=[done.id]))
        async with polling(named) as exporter:
            await asyncio.sleep(900)
            samples = scraped(exporter)
    assert value(samples, "azure_ai_operation_state", state="Succeeded") == 1
    assert value(samples, "azure_ai_operation_up") == 1
    assert value(samples, "azure_ai_resource_up") == 1
    assert value(samples, "azure_ai_api_requests_total", status="403") == 1
    assert not values(samples, FILES)


async def test_reports_are_off_by_default() -> None:
    """Nothing is asked beside the list."""
    done = transcription(created=START - 50, takes=30)
    async with (
        tapped(Scenario(transcriptions=(done,))) as tap,
        polling(configured(resource(tap, discover=True))) as exporter,
    ):
        await asyncio.sleep(300)
        assert not values(scraped(exporter), FILES)
        assert not tap.since(0, "/files")
