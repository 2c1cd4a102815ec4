"""Batch text to speech, discovered in the simulator."""

import asyncio

import pytest

from exporter.simulator.play.building import synthesis
from exporter.simulator.play.scenario import Scenario
from tests.apis.document_translation.test_documents import tapped
from tests.support.local import START, configured, polling, scraped, value, values

pytestmark = pytest.mark.jumping

LIST = "GET /texttospeech/batchsyntheses"
HOUR = 3600.0


async def test_syntheses_are_found_and_leave() -> None:
    """What was made and charged is shown at the end, and by when Azure deletes it."""
    found = (
        synthesis("chapter", created=START - 60, takes=90, outputs=3, failed_outputs=1,
                  characters=1000, hours_to_live=1),
        synthesis("notice", created=START - 50, takes=40, outcome="Failed",
                  error=("BadArgument", "The text is no SSML.")),
    )  # fmt: skip
    async with tapped(Scenario(speech_syntheses=found)) as tap:
        resource = {"endpoint": tap.endpoint, "speech_synthesis": {"discover": True}}
        async with polling(configured(resource, retention={"finished": "10m"})) as exporter:

            def said(name: str, id_: str) -> dict[str, float]:
                labels = {"resource": "r0", "api": "speech_synthesis", "operation": id_}
                return values(scraped(exporter), f"azure_ai_operation_{name}", **labels)

            await asyncio.sleep(5)
            assert said("state", "chapter")["Running"] == 1
            assert said("error_info", "notice") == {"BadArgument,,": 1}
            for name in ("outputs", "audio_seconds", "expires_timestamp_seconds"):
                assert not said(name, "chapter"), "a value that was not said is no 0"
            await asyncio.sleep(60)
            assert said("state", "chapter")["Succeeded"] == 1
            assert said("outputs", "chapter") == {"Succeeded": 2, "Failed": 1}
            assert said("audio_seconds", "chapter") == {"": 80}
            assert said("characters_charged", "chapter") == {"": 1000}
            assert said("expires_timestamp_seconds", "chapter") == {"": START + 30 + HOUR}
            assert list(tap.simulator.requests) == [LIST]
            await asyncio.sleep(640)
            assert not said("state", "chapter")
            assert value(scraped(exporter), "azure_ai_audio_seconds_total") == 80
            assert value(scraped(exporter), "azure_ai_characters_charged_total") == 1000
