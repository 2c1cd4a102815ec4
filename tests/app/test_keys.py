"""Keys that are regenerated while the exporter runs."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from io import StringIO
from pathlib import Path

import pytest

from exporter.app.credential_watch import WATCH_SECONDS
from exporter.app.exporter import Exporter
from exporter.app.serve import sources
from exporter.simulator.play.building import operation
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import Simulator
from exporter.telemetry import logs
from exporter.web.status.resources import resource_rows
from tests.support.local import START, clock, configured, polling, scraped, served, value
from tests.support.secure import Gate

pytestmark = pytest.mark.jumping


@asynccontextmanager
async def guarded(gate: Gate, auth: dict[str, str]) -> AsyncIterator[dict[str, object]]:
    """The settings of a resource with twenty operations that takes the keys of the gate."""
    ids = [f"operation-{number:02d}" for number in range(20)]
    videos = tuple(operation(id_, created=START, takes=None) for id_ in ids)
    simulator = Simulator(Scenario(video_translation=videos), clock=clock, cache=False)
    async with served(gate.before(simulator.app())) as endpoint:
        yield {
            "endpoint": endpoint,
            "auth": auth,
            "poll": {"interval": "2s", "requests_per_second": 25},
            "video_translation": {"operations": ids},
        }


def all_up(exporter: Exporter) -> bool:
    return all(each.up for each in exporter.store)


def two_keys(folder: Path) -> tuple[Path, Path, dict[str, str]]:
    first, second = folder / "first", folder / "second"
    first.write_text("old-first\n")
    second.write_text("old-second\n")
    return first, second, {"key_file": str(first), "secondary_key_file": str(second)}


@pytest.mark.e2e
@pytest.mark.parametrize(("takes", "under_way"), [(0.0, 1), (0.3, 8)])
async def test_two_keys_are_rotated_under_load(
    tmp_path: Path,
    takes: float,
    under_way: int,
) -> None:
    """Azure sees one failed request for each key that ends, and no operation goes down.

    First Azure has a new key, then the file does: the order in which people do it. Where Azure is
    slow, the one failed request is one for each that was under way when the key ended.
    """
    first, second, auth = two_keys(tmp_path)
    gate = Gate({"old-first", "old-second"}, takes=takes)
    async with guarded(gate, auth) as resource, polling(configured(resource)) as exporter:

        async def passes(seconds: int) -> None:
            for _ in range(seconds * 10):
                await asyncio.sleep(0.1)
                assert all_up(exporter)
            assert value(scraped(exporter), "azure_ai_exporter_resource_paused") == 0

        await asyncio.sleep(5)
        await passes(5)
        for rotation in range(3):
            refused = gate.refused
            gate.accepted = {f"new-first-{rotation}", second.read_text().strip()}
            await passes(10)
            assert gate.refused <= refused + under_way
            first.write_text(f"new-first-{rotation}\n")
            await passes(10)
            gate.accepted = {f"new-first-{rotation}", f"new-second-{rotation}"}
            await passes(10)
            second.write_text(f"new-second-{rotation}\n")
            await passes(10)
            assert gate.refused <= refused + 2 * under_way
        assert gate.refused > 3
        assert len(gate.requests) > 900


async def test_a_changed_key_file_takes_effect_by_itself(tmp_path: Path) -> None:
    """Where the file is changed before the old key ends, no request fails."""
    file = tmp_path / "key"
    file.write_text("old")
    gate = Gate({"old", "new"})
    async with guarded(gate, {"key_file": str(file)}) as resource, polling(configured(resource)):
        await asyncio.sleep(20)
        file.write_text("new")
        await asyncio.sleep(WATCH_SECONDS + 0.1)
        changed = len(gate.requests)
        await asyncio.sleep(20)
    assert gate.refused == 0
    assert {key for _, key, _ in gate.requests[changed:]} == {"new"}


async def test_a_401_has_the_key_file_read_at_once(tmp_path: Path) -> None:
    """The file changed a moment ago, and the old key does not work any more: one request fails."""
    file = tmp_path / "key"
    file.write_text("old")
    gate = Gate({"old"})
    async with (
        guarded(gate, {"key_file": str(file)}) as resource,
        polling(configured(resource)) as exporter,
    ):
        await asyncio.sleep(20)
        file.write_text("new")
        gate.accepted = {"new"}
        await asyncio.sleep(15)
        assert all_up(exporter)
    assert gate.refused <= 1


@pytest.mark.parametrize("content", [None, "", "two words", b"\xff\xfe"])
async def test_a_key_file_that_holds_no_key(tmp_path: Path, content: str | bytes | None) -> None:
    """Removed, emptied or broken while running: the key that is known goes on."""
    file = tmp_path / "key"
    file.write_text("old")
    gate = Gate({"old", "new"})
    async with guarded(gate, {"key_file": str(file)}) as resource, polling(configured(resource)):
        await asyncio.sleep(20)
        if content is None:
            file.unlink()
        else:
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        await asyncio.sleep(20)
        assert {key for _, key, _ in gate.requests} == {"old"}
        file.write_text("new")
        await asyncio.sleep(20)
    assert gate.refused == 0
    assert gate.requests[-1][1] == "new"


@pytest.mark.e2e
async def test_two_keys_that_are_both_refused(tmp_path: Path) -> None:
    """Two operations try both keys, then the resource is paused; either key ends the pause."""
    _, _, auth = two_keys(tmp_path)
    gate = Gate(set())
    async with guarded(gate, auth) as resource, polling(configured(resource)) as exporter:
        await asyncio.sleep(50)
        assert value(scraped(exporter), "azure_ai_exporter_resource_paused") == 1
        assert gate.refused <= 16, "both keys for each of the eight that were under way"
        gate.accepted = {"old-second"}
        await asyncio.sleep(130)
        assert value(scraped(exporter), "azure_ai_exporter_resource_paused") == 0
        assert all_up(exporter)


async def test_of_403_no_other_key_knows_better(tmp_path: Path) -> None:
    """A firewall's 403 is not answered with the other key."""
    _, _, auth = two_keys(tmp_path)
    gate = Gate(set(), refusal=403)
    async with guarded(gate, auth) as resource, polling(configured(resource)):
        await asyncio.sleep(50)
    assert {key for _, key, _ in gate.requests} == {"old-first"}


def refused_by(gate: Gate, file: Path) -> None:
    """The resource is paused; then a new key is written, and Azure takes it."""
    gate.accepted = {"new"}
    file.write_text("new\n")


@pytest.mark.parametrize("slot", [0, 1])
@pytest.mark.parametrize("refusal", [401, 403])
async def test_a_new_key_ends_a_pause(tmp_path: Path, refusal: int, slot: int) -> None:
    """Within 3 seconds, although the next try is minutes away; either key may be the new one."""
    *files, auth = two_keys(tmp_path)
    gate = Gate(set(), refusal)
    async with guarded(gate, auth) as resource, polling(configured(resource)) as exporter:
        await asyncio.sleep(240)
        assert value(scraped(exporter), "azure_ai_exporter_resource_paused") == 1
        if refusal == 403:  # which has no other key tried
            slot = 0
        refused_by(gate, files[slot])
        await asyncio.sleep(3)
        assert any(accepted for _, _, accepted in gate.requests)
        assert value(scraped(exporter), "azure_ai_exporter_resource_paused") == 0
        await asyncio.sleep(3)
        assert all_up(exporter)


async def test_a_new_key_ends_the_wait_of_a_single_operation(tmp_path: Path) -> None:
    """One refused operation is no pause of the resource; its own wait of minutes ends as well."""
    file = tmp_path / "key"
    file.write_text("old")
    gate = Gate(set())
    async with guarded(gate, {"key_file": str(file)}) as resource:
        resource["video_translation"] = {"operations": ["operation-00"]}
        async with polling(configured(resource)) as exporter:
            await asyncio.sleep(600)
            assert value(scraped(exporter), "azure_ai_exporter_resource_paused") == 0
            refused_by(gate, file)
            await asyncio.sleep(3)
            assert all_up(exporter)


async def test_a_key_file_is_watched_without_requests_to_azure(tmp_path: Path) -> None:
    """A file that is touched, but holds the refused key, ends no pause."""
    file = tmp_path / "key"
    file.write_text("old")
    gate = Gate(set())
    async with guarded(gate, {"key_file": str(file)}) as resource, polling(configured(resource)):
        await asyncio.sleep(240)
        tried = len(gate.requests)
        for _ in range(5):
            file.write_text("old")
            await asyncio.sleep(2)
    assert len(gate.requests) <= tried + 1


def made_fifo(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


READABLE = "azure_ai_exporter_credential_readable"


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (Path.unlink, "No such file or directory"),
        (lambda file: file.write_text(""), "is empty; it must contain the resource's key"),
        (made_fifo, "it is a fifo; must be a regular file"),
        (lambda file: os.truncate(file, 2 << 30), "it has more than 64 KiB"),
    ],
    ids=["deleted", "emptied", "fifo", "2 GiB"],
)
async def test_a_key_file_that_is_lost_is_told(
    tmp_path: Path, spoil: Callable[[Path], object], reason: str
) -> None:
    """In the log, on the page and as a metric; the known key goes on until there is another."""
    log = StringIO()
    logs.configure("info", "json", log)
    _, second, auth = two_keys(tmp_path)
    gate = Gate({"old-first"})
    async with guarded(gate, auth) as resource, polling(configured(resource)) as exporter:
        await asyncio.sleep(10)
        spoil(second)
        await asyncio.sleep(3)
        assert value(scraped(exporter), READABLE, resource="r0") == 0
        [row] = resource_rows(sources(exporter, None, lifecycle=False), {}, {}, exporter.clock())
        assert row.word == "file unreadable"
        assert reason in row.reason
        assert all_up(exporter)
        second.unlink(missing_ok=True)
        second.write_text("new")
        await asyncio.sleep(3)
        assert value(scraped(exporter), READABLE, resource="r0") == 1
    assert gate.refused == 0
    said = [json.loads(line) for line in log.getvalue().splitlines()]
    lost, found = [line for line in said if "credential" in line["msg"]]
    assert (lost["level"], lost["resource"]) == ("warning", "r0")
    assert str(second) in lost["reason"]
    assert reason in lost["reason"]
    assert found["msg"] == "files of the credential can be used again"
