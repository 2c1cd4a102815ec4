"""A running exporter whose configuration is several files, or its environment."""

from pathlib import Path

import pytest

from exporter.config.sources import source_of
from exporter.simulator.server import DEFAULT_KEY
from tests.app.test_reload import hasty, patient, running_from, text_of, until

__all__ = ["hasty", "patient"]


def resource(name: str, *ids: str) -> str:
    """The file of a team with one resource."""
    return text_of(*ids, name=name).replace("poll:\n  interval: 1s\n", "")


async def test_files_come_change_break_and_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hasty: None
) -> None:
    """Each change counts at once; a broken file is told, and costs no other one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(resource("a", "video-1"))
    (tmp_path / "b.yaml").write_text(resource("b", "video-2"))
    async with running_from(source_of("*.yaml")) as local:
        assert local.operations == {"video-1", "video-2"}
        (tmp_path / "b.yaml").write_text("resources: [")
        (tmp_path / "c.yaml").write_text(resource("c", "video-3"))
        await until(lambda: local.operations == {"video-1", "video-2", "video-3"})
        assert local.gauge("config_last_reload_successful") == 0
        assert [problem.file for problem in local.reloader.load_problems] == ["b.yaml"]
        assert "b.yaml" in await local.get("/")
        status, text = await local.reload()
        assert (status, text[:7]) == (400, "b.yaml:")
        (tmp_path / "b.yaml").unlink()
        await until(lambda: local.operations == {"video-1", "video-3"})
        await until(lambda: local.gauge("config_last_reload_successful") == 1)
        (tmp_path / "a.yaml").unlink()
        (tmp_path / "c.yaml").unlink()
        await until(lambda: local.gauge("config_last_reload_successful") == 0)
        assert local.operations == {"video-1", "video-3"}


async def test_a_start_with_a_broken_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hasty: None
) -> None:
    """The rest is polled, and the file is told of, until it is mended."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(resource("a", "video-1"))
    (tmp_path / "b.yaml").write_text("resources: [")
    async with running_from(source_of("*.yaml")) as local:
        assert local.operations == {"video-1"}
        assert local.gauge("config_last_reload_successful") == 0
        (tmp_path / "b.yaml").write_text(resource("b", "video-2"))
        await until(lambda: local.operations == {"video-1", "video-2"})
        await until(lambda: local.gauge("config_last_reload_successful") == 1)


async def test_operation_files_of_one_of_several_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hasty: None
) -> None:
    """They are found beside the file that names them, and may be for any team's resource."""
    monkeypatch.chdir(tmp_path)
    for name in ("teams", "teams/jobs"):
        (tmp_path / name).mkdir()
    (tmp_path / "teams" / "a.yaml").write_text(resource("a", "video-1"))
    (tmp_path / "teams" / "all.yaml").write_text("operation_files: [jobs/*.yaml]\n")
    async with running_from(source_of("teams/*.yaml")) as local:
        (tmp_path / "teams" / "jobs" / "one.yaml").write_text(
            "- {resource: a, api: video_translation, operation: video-2}\n"
        )
        await until(lambda: local.operations == {"video-1", "video-2"})


async def test_reload_of_an_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patient: None
) -> None:
    """It is read again, and what it names is told if it cannot be read."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AZURE_AI_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("AZURE_AI_KEY_FILE", "key")
    (tmp_path / "key").write_text(DEFAULT_KEY)
    async with running_from(source_of(None)) as local:
        status, text = await local.reload()
        assert (status, text) == (
            200,
            '{"added": [], "removed": [], "changed": [], "settings": []}',
        )
        (tmp_path / "key").unlink()
        status, text = await local.reload()
        assert status == 400
        assert text.startswith("AZURE_AI_KEY_FILE: file key cannot be read")
