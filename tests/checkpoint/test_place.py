"""Nobody else's file is touched, and a checkpoint that is lost while in use is written again."""

import asyncio
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from io import StringIO
from pathlib import Path
from threading import Event

import pytest

from exporter.checkpoint import held_file
from exporter.checkpoint import recorder as recording
from exporter.checkpoint.contents import Contents
from exporter.checkpoint.file import CheckpointFile
from exporter.checkpoint.place import ForeignError
from exporter.config.config import Config
from exporter.simulator.play.building import batch, operation
from exporter.simulator.play.scenario import Scenario
from exporter.telemetry import logs
from tests.checkpoint.test_checkpoint import WRITTEN, keeping, lasting, until_written
from tests.support.local import START, configured, scraped, simulated, value

pytestmark = pytest.mark.jumping


def of_settings(path: Path) -> None:
    path.write_text("resources:\n  - name: one\n")


def of_a_key(path: Path) -> None:
    path.write_text("0123456789abcdef0123456789abcdef")


def of_another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE songs (title)")
        database.execute("INSERT INTO songs VALUES ('one')")
        database.commit()


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def unwatched(path: Path) -> Config:
    """One operation whose Azure is away."""
    return configured(
        {"endpoint": "http://127.0.0.1:1", "video_translation": {"operations": ["one"]}},
        state_file=str(path),
    )


@pytest.mark.parametrize("make", [of_settings, of_a_key, of_another_program])
async def test_a_file_of_somebody_else_is_left_alone(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    """The exporter runs without a checkpoint, with an error and the metric at 0."""
    path = tmp_path / "config.yaml"
    make(path)
    was = path.read_bytes()
    log = StringIO()
    logs.configure("error", "json", log)
    async with keeping(unwatched(path)) as exporter:
        await until_written(exporter, successful=False)
        await asyncio.sleep(60)
        assert value(scraped(exporter), WRITTEN) == 0
    assert path.read_bytes() == was
    assert names_in(tmp_path) == ["config.yaml"]
    [line] = [json.loads(line) for line in log.getvalue().splitlines()]
    assert line["file"] == str(path)
    assert line["reason"] == (
        "it is not a checkpoint, and is not changed; name another file in state_file"
    )


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_is_no_file_is_left_alone(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """A folder or a fifo is no place for a checkpoint, and nobody waits for it."""
    make(tmp_path / "state")
    with pytest.raises(ForeignError):
        CheckpointFile(tmp_path / "state")


def removed(path: Path) -> None:
    path.unlink()


def removed_with_its_log(path: Path) -> None:
    path.unlink()
    path.with_name("state-wal").unlink()


def without_its_log(path: Path) -> None:
    path.with_name("state-wal").unlink()


def with_another_folder(path: Path) -> None:
    shutil.rmtree(path.parent)
    path.parent.mkdir()


def replaced(path: Path) -> None:
    """By a checkpoint with another operation, as a backup that is put back."""
    other = path.with_name("other")
    file = CheckpointFile(other)
    file.write(Contents({}))
    file.close()
    path.with_name("state-wal").unlink()
    other.rename(path)


LOSSES = [removed, removed_with_its_log, without_its_log, with_another_folder, replaced]


@pytest.mark.parametrize("lose", LOSSES)
async def test_a_checkpoint_that_is_lost_is_written_again(
    tmp_path: Path, lose: Callable[[Path], None]
) -> None:
    """With all that is known, what has not changed since included; a restart forgets nothing."""
    path = tmp_path / "folder" / "state"
    path.parent.mkdir()
    scenario = Scenario(
        batches=(batch(created=START, documents=4, takes=60, seed=1),),
        video_translation=(operation("done", created=START, takes=60),),
    )
    log = StringIO()
    async with simulated(scenario) as (_, endpoint):
        config = configured(
            {
                "endpoint": endpoint,
                "document_translation": {"discover": True},
                "video_translation": {"operations": ["done"]},
            },
            state_file=str(path),
        )
        async with keeping(config) as exporter:
            await asyncio.sleep(600)
            logs.configure("info", "json", log)
            lose(path)
            await asyncio.sleep(2 * recording.INTERVAL)
            await until_written(exporter, successful=True)
            copies = [shutil.copy(file, tmp_path) for file in path.parent.iterdir()]
            before = lasting(scraped(exporter))
        logs.configure("error", "json", log)
        [warning] = [line for line in log.getvalue().splitlines() if "warning" in line]
        assert "checkpoint was deleted or replaced while in use" in warning
        assert copies, "what a kill would leave behind"
        killed = config.model_copy(update={"state_file": tmp_path / "state"})
        async with keeping(killed) as exporter:
            assert lasting(scraped(exporter)) == before


async def test_a_place_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that gets no answer is a failed one, holds nothing up, and is made up for."""
    back = Event()
    write = CheckpointFile.write

    def hang(file: CheckpointFile, changes: Contents) -> None:
        back.wait(30)
        write(file, changes)

    async with keeping(unwatched(tmp_path / "state")) as exporter:
        await until_written(exporter, successful=True)
        monkeypatch.setattr(held_file, "_WRITE_TIMEOUT", 0.05)
        with monkeypatch.context() as hung:
            hung.setattr(CheckpointFile, "write", hang)
            await until_written(exporter, successful=False)
        back.set()
        monkeypatch.undo()
        await until_written(exporter, successful=True)
    with closing(CheckpointFile(tmp_path / "state")) as file:
        assert [key.operation for key in file.read().operations] == ["one"]
