"""The checks of the soak find faults; the soak itself takes an hour."""

import asyncio
import contextlib
import ssl
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import DEFAULT_KEY, Simulator
from exporter.web.port.tls_server import TlsServer
from exporter.web.port.web_config import load_web
from exporter.web.server import listening
from tests.soak import work
from tests.soak.azure import FAULTS, CountedFaults, application
from tests.soak.notes import Note
from tests.soak.rotation import Rotation, client_tls
from tests.soak.verdict import Rest, missed, rows, table

BEGUN = 1_800_000_000.0
NOW = BEGUN + 1200
PLAYED = work.scenario(BEGUN, 60)


def shown() -> list[str]:
    """The lines of an exporter that is right."""
    lines = []
    for (resource, api, id_), said in work.true(PLAYED, "calm", NOW):
        labels = f'resource="{resource}",api="{api}",operation="{id_}"'
        lines.append(f'azure_ai_operation_state{{{labels},state="{said.state}"}} 1')
        if said.charged is not None:
            lines.append(f"azure_ai_operation_characters_charged{{{labels}}} {said.charged}")
    return lines


def problems(lines: list[str]) -> list[str]:
    return work.wrong("\n".join(lines), "calm", PLAYED, NOW)


def test_what_is_not_exact_is_told() -> None:
    """A wrong state, a wrong charge, one that is missing, and one that should have left."""
    lines = shown()
    assert problems(lines) == []
    assert sum("_state{" in line for line in lines) == pytest.approx(500, abs=30)
    wrong = [line.replace('"Running"} 1', '"Failed"} 1') for line in lines]
    assert len(problems(wrong)) > 350
    charged = [f"{line}7" if "_charged" in line else line for line in lines]
    assert len(problems(charged)) > 10  # of batches that have not changed lately
    assert len(problems([line for line in lines if '"avatar-7"' not in line])) == 1
    foreign = lines[0].replace('"video-', '"gone-')
    assert problems([*lines, foreign])[0].endswith("should have left")


def test_what_was_never_so_is_told() -> None:
    """Early ends, too high charges and unknown operations are found; old values are allowed."""

    def never(lines: list[str], later: float = 0.0) -> list[str]:
        return work.never_true("\n".join(lines), "calm", PLAYED, NOW + later)

    lines = shown()
    assert never(lines) == never(lines[::2]) == never(lines, later=1000.0) == []
    assert len(never(lines, later=-1200.0)) > 30  # what had not ended, and was not there
    early = next(line for line in lines if '"Running"} 1' in line)
    assert len(never([early.replace("Running", "Succeeded")])) == 1
    batch = [line for line in lines if "document_translation" in line][:2]
    assert len(never([batch[0], f"{batch[1]}7"])) == 1
    assert len(never([early.replace('operation="', 'operation="gone-')])) == 1


NOTE = Note(
    minute=10.0,
    resident=100.0,
    threads=2,
    descriptors=20,
    to_azure=16,
    tasks=16,
    followed=700,
    series=9000,
    operations=1000,
    wrong=0,
    failed=0,
    slowest=300.0,
    own=20.0,
    late=5.0,
    handshakes=600,
    checks=12_000,
    rotations=10,
    faults=50.0,
    cpu=30.0,
    load=1.0,
    kind="none",
    seconds=[0.02, 0.3],
    own_seconds=[0.02, 0.2],
)
THEN = Rest(20.0, [NOTE], [NOTE, replace(NOTE, descriptors=23, tasks=18)])


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (replace(NOTE, resident=104.9, threads=3, to_azure=15, series=9100), set()),
        (replace(NOTE, resident=105.1), {"resident"}),
        (replace(NOTE, descriptors=21), {"descriptors"}),
        (replace(NOTE, tasks=17), {"tasks"}),
        (replace(NOTE, followed=736), {"followed"}),
        (replace(NOTE, to_azure=17), {"connections to Azure"}),
    ],
)
def test_the_end_is_compared(later: Note, expected: set[str]) -> None:
    """With minute ten: 5 % more memory at most; as many descriptors and tasks at least in use."""
    found = rows([NOTE, NOTE], THEN, Rest(20.0, [], [later]))
    assert {row[0] for row in found if row[-1] == "MISSED"} == expected
    assert missed(found) is bool(expected)
    assert table(found).count("MISSED") == len(expected)


@pytest.mark.parametrize(
    ("faulty", "exact_after"),
    [
        (replace(NOTE, wrong=1), 20.0),
        (replace(NOTE, failed=1), 20.0),
        (replace(NOTE, own_seconds=[0.02, 0.251]), 20.0),
        (NOTE, None),
    ],
)
def test_other_goals(faulty: Note, exact_after: float | None) -> None:
    """Operations are exact under faults, and all are after them; no scrape fails or waits."""
    assert missed(rows([NOTE, faulty], THEN, Rest(exact_after, [], THEN.notes)))


async def test_keys_and_certificates_rotate(tmp_path: Path) -> None:
    """Azure takes the new key and no other; the port's certificate is another one."""
    rotation = Rotation(tmp_path)
    rotation.key_files(["calm"])
    web_file = rotation.web_config()
    before = (tmp_path / "port.pem").read_text()
    faults = CountedFaults()
    app = application(Simulator(Scenario(), faults=faults, cache=False), faults)
    async with listening(app, "127.0.0.1", 0) as address, aiohttp.ClientSession() as session:
        url = f"http://{address}"

        async def status(key: str) -> int:
            headers = {"Ocp-Apim-Subscription-Key": key}
            batches = f"{url}/translator/document/batches?api-version=2024-05-01"
            async with session.get(batches, headers=headers) as answer:
                return answer.status

        assert await status(DEFAULT_KEY) == 200
        task = asyncio.create_task(rotation.run(session, {"calm": url}, every=0.01))
        while not rotation.count:
            await asyncio.sleep(0.01)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert await status(DEFAULT_KEY) == 401
        assert await status(rotation.keys["calm"]) == 200
        async with session.get(f"{url}{FAULTS}") as answer:
            assert await answer.json() == [3, 0]
    assert (tmp_path / "port.pem").read_text() != before
    tls = load_web(web_file).tls_server_config
    assert isinstance(tls, TlsServer)
    assert tls.context.verify_mode is ssl.CERT_REQUIRED
    assert client_tls(tmp_path).get_ca_certs()
