"""`/config` says what runs, as a file that could be run again, and no secret."""

from pathlib import Path

import aiohttp
import pytest
import yaml

from exporter.app.serve import routes
from exporter.config.config import parse_config
from exporter.web.status.running_config import config_as_yaml
from tests.support.local import configured, polling, served

ROOT = Path(__file__).parents[3]
KEY = "a-key-that-nobody-may-see"


def test_it_is_a_file_that_says_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example comes out as it went in, defaults filled in and the key cut out."""
    for name in ("translator-key", "qna-key"):
        (tmp_path / name).write_text(KEY)
    names = ("SPEECH_KEY", "QNA_KEY", "OPENAI_KEY", "LANGUAGE_KEY", "DOCUMENTS_KEY", "CONTENT_KEY")
    for name in names:
        monkeypatch.setenv(name, KEY)
    text = (ROOT / "config.example.yaml").read_text(encoding="utf-8")
    config = parse_config("example", text, tmp_path)
    said = config_as_yaml(config)
    again = parse_config("shown", said.replace("<secret>", KEY), Path("/"))
    assert config_as_yaml(again) == said
    assert again.resources[0].poll_with(again.poll) == config.resources[0].poll_with(config.poll)
    assert KEY not in said


@pytest.mark.jumping
async def test_it_is_what_runs() -> None:
    """Over HTTP: settings of a resource that stand above it, too; the key is only named."""
    resource = {"endpoint": "http://127.0.0.1:1", "auth": {"key": KEY}}
    section = {"video_translation": {"operations": ["one"]}}
    config = configured({**resource, **section}, poll={"interval": "1m30s"})
    async with (
        polling(config) as exporter,
        served(
            exporter.metrics_routes.application(*routes(exporter, None, lifecycle=False))
        ) as url,
        aiohttp.ClientSession(url) as session,
        session.get("/config") as answer,
    ):
        text = await answer.text()
    said = yaml.safe_load(text)
    assert KEY not in text
    [shown_resource] = said["resources"]
    assert shown_resource["auth"] == {"key": "<secret>"}
    assert shown_resource["poll"]["interval"] == "90s"
    assert next(iter(shown_resource)) == "name"
