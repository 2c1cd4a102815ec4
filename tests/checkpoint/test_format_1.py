"""A state file that version 0.1.0 has written is taken over, whole.

`version_0_1_0/state.sqlite` was written by that version, `metrics.prom` is what it showed then: a
batch of api-version 2026-03-01 and a batch synthesis that ran and succeeded, and a video that runs.
"""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from exporter.app.checkpoint_source import CheckpointSource
from exporter.app.exporter import Exporter, build
from exporter.checkpoint.file import CheckpointFile
from exporter.checkpoint.place import DamagedError
from exporter.checkpoint.recorder import Recorder
from exporter.config.config import parse_config
from exporter.exposition.negotiation import Format
from exporter.model.shard import ALONE

WRITTEN = Path(__file__).parent / "version_0_1_0"
NOW = 1_800_000_000.0
CONFIG = """\
resources:
  - name: contoso
    endpoint: https://contoso.cognitiveservices.azure.com
    auth: {key: not-a-real-key-0123}
    document_translation:
      api_version: "2026-03-01"
      discover: true
      batches: [727bf148-f327-47a0-9481-abae6362f11e]
    avatar: {discover: true}
    video_translation: {operations: [tour]}
"""


@pytest.fixture
def state_file(tmp_path: Path) -> Path:
    return Path(shutil.copy(WRITTEN / "state.sqlite", tmp_path))


@asynccontextmanager
async def restarted(state_file: Path) -> AsyncIterator[Exporter]:
    """The exporter of today before its first poll; it writes the file when it ends."""
    config = parse_config("config.yaml", CONFIG, Path())
    recorder = Recorder(state_file, lambda: NOW)
    async with (
        build(config, lambda: NOW, ALONE, await recorder.read()) as exporter,
        asyncio.TaskGroup() as group,
    ):
        recorder.listen_to(exporter.store)
        recording = group.create_task(recorder.run(CheckpointSource(exporter)))
        await asyncio.sleep(0)  # so that it has begun
        yield exporter
        recording.cancel()


def lines(exporter: Exporter) -> set[str]:
    routes = exporter.metrics_routes
    text = bytes(routes.pages.plain(routes.telemetry.render(Format.TEXT))).decode()
    return set(text.splitlines())


async def test_everything_is_taken_over(state_file: Path) -> None:
    """States, times, counts, amounts, documents and counters, after each of several restarts."""
    expected = set((WRITTEN / "metrics.prom").read_text(encoding="utf-8").splitlines())
    for _ in range(3):
        async with restarted(state_file) as exporter:
            assert expected - lines(exporter) == set()


def test_it_has_the_new_format_from_then_on(state_file: Path) -> None:
    """The file is upgraded when it is opened, in one transaction."""
    CheckpointFile(state_file).close()
    assert format_of(state_file) == 2


@pytest.mark.parametrize("facts", [b"\xc0", b"", "text", 5])
def test_what_is_no_operation_of_that_version_is_damage(state_file: Path, facts: object) -> None:
    """It is told, and nothing of the file is changed."""
    with closing(sqlite3.connect(state_file)) as database, database:
        database.execute("UPDATE operations SET facts = ? WHERE api = 'avatar'", (facts,))
    with pytest.raises(DamagedError, match="the exporter did not write"):
        CheckpointFile(state_file)
    assert format_of(state_file) == 1


def format_of(state_file: Path) -> int:
    with closing(sqlite3.connect(state_file)) as database:
        (version,) = database.execute("PRAGMA user_version").fetchone()
    assert isinstance(version, int)
    return version
