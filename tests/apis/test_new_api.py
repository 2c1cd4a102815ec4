"""The page about writing a new API is right: what it says is done, in a copy of the project."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import aiohttp
import pytest
import yaml
from aiohttp import web

from tests.support.local import served

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "new-api.md"
API = "batch_transcription"
LEFT_OUT = (".*", "__pycache__", "*.egg-info", "build", "dist")
ASKED = (
    "test_answers_become_exactly_these_lines",
    "test_samples_have_every_state_of_the_page",
    "test_the_example_shows_every_setting",
    "test_the_schema_knows_the_configuration",
    "test_what_is_made_from_the_code_is_up_to_date",
)
RUNNING, BEGUN = (f"a1b2c3d4-0000-4000-8000-00000000000{number}" for number in (2, 9))


class Step(NamedTuple):
    """What a comment of the page says to do with the block that follows it."""

    order: str
    where: str
    before: str
    block: str


def steps() -> Iterator[Step]:
    """Those of the page, in their order."""
    found = re.finditer(
        r"<!-- (file|in|run)(?:: ([^,>]*?)(?:, before: (.*?))?)? -->\n *```\w*\n(.*?)^ *```$",
        PAGE.read_text(),
        re.MULTILINE | re.DOTALL,
    )
    for each in found:
        order, where, before, block = (part or "" for part in each.groups())
        lead = re.search(r"^ *(?=```\w*\n)", each[0], re.MULTILINE)
        dedented = re.sub(rf"^{lead[0]}" if lead else "^", "", block, flags=re.MULTILINE)
        yield Step(order, where, before, dedented)


class Copy(NamedTuple):
    """The project somewhere else, where steps can be tried."""

    folder: Path

    @property
    def environment(self) -> Mapping[str, str]:
        return os.environ | {"PYTHONPATH": str(self.folder), "SPEECH_KEY": "a-key"}

    def run(self, command: str) -> str:
        """What a command prints; it must not fail."""
        result = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def take(self, step: Step) -> None:
        """Do what a step says."""
        path = self.folder / step.where
        match step.order:
            case "file":
                path.parent.mkdir(exist_ok=True)
                path.write_text(step.block)
            case "in":
                text = path.read_text()
                [line] = re.findall(rf"^.*{re.escape(step.before)}.*\n", text, re.MULTILINE)[:1]
                path.write_text(text.replace(line, step.block + line, 1))
            case _:
                here = Path(sys.executable).parent
                command = step.block.replace(".venv/bin/", f"{here}/")
                self.run(command.replace("make ", f"make BIN={here} "))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """The project after all steps."""
    folder = tmp_path_factory.mktemp("copy") / "project"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
    made = Copy(folder)
    for step in steps():
        made.take(step)
        (folder / ".venv").mkdir(exist_ok=True)
        for stamp in ("run", "dev"):  # nothing is to be installed
            (folder / ".venv" / stamp).touch()
    return made


def test_the_file_is_short() -> None:
    """It fits on two screens, and in the lines that are ours."""
    [file] = [step for step in steps() if step.where.endswith(f"{API}.py")]
    assert len(file.block.splitlines()) <= 90
    assert [step.order for step in steps()].count("run") == 2


def test_the_file_is_as_the_others(copy: Copy) -> None:
    """In style, and in what it imports."""
    here = Path(sys.executable).parent
    copy.run(f"{here}/ruff check --no-cache exporter")
    copy.run(f"{here}/ruff format --no-cache --check exporter")
    assert "0 broken" in copy.run(f"{here}/lint-imports --no-cache")


def test_the_tests_are_content(copy: Copy) -> None:
    """Those that ask something of a new API."""
    files = {
        path: [name for name in ASKED if f"def {name}(" in path.read_text()]
        for path in (copy.folder / "tests").rglob("test_*.py")
        if path.name != Path(__file__).name
    }
    nodes = [f"{path}::{name}" for path, names in files.items() for name in names]
    assert {node.partition("::")[2] for node in nodes} == set(ASKED)
    copy.run(f"{sys.executable} -m pytest -q -p no:cacheprovider {' '.join(nodes)}")
    shown = (copy.folder / f"tests/samples/{API}/states.prom").read_text()
    labels = f'resource="res",api="{API}",operation="a1b2c3d4-0000-4000-8000-000000000004"'
    assert f'azure_ai_operation_state{{{labels},state="Failed"}} 1' in shown
    assert f'azure_ai_operation_error_info{{{labels},code="InvalidData",' in shown


def azure() -> web.Application:
    """One transcription that a list shows beside a broken one, and one that is asked for."""
    link = "https://x.example/speechtotext/transcriptions/{}?api-version=2024-11-15"
    times = {"createdDateTime": "2026-01-07T17:36:30Z"}
    begun = {"self": link.format(BEGUN), "status": "NotStarted", "displayName": "Town hall"}

    async def listed(request: web.Request) -> web.Response:
        assert request.headers["Ocp-Apim-Subscription-Key"] == "a-key"
        return web.json_response({"values": [begun | times, {"self": link.format("broken")}]})

    async def one(request: web.Request) -> web.Response:
        found = request.match_info["id"] == RUNNING
        return web.json_response({"status": "Running"} | times, status=200 if found else 404)

    app = web.Application()
    app.router.add_get("/speechtotext/transcriptions", listed)
    app.router.add_get("/speechtotext/transcriptions/{id}", one)
    return app


async def test_it_is_seen(copy: Copy) -> None:
    """The program with the new file shows what is configured and what is found."""
    config = yaml.safe_load((copy.folder / "speech.yaml").read_text())
    labels = f'resource="speech",api="{API}",operation='
    expected = [
        f'azure_ai_operation_state{{{labels}"{RUNNING}",state="Running"}} 1',
        f'azure_ai_operation_info{{{labels}"{BEGUN}",kind="operation",name="Town hall"}} 1',
        f'azure_ai_exporter_list_items_unreadable_total{{api="{API}",resource="speech"}} 1.0',
    ]
    async with served(azure()) as endpoint:
        config["resources"][0]["endpoint"] = endpoint
        (copy.folder / "speech.yaml").write_text(yaml.safe_dump(config))
        said = copy.run(f"{sys.executable} -m exporter check --config.file=speech.yaml")
        assert "fine: resources: 1, operations: 1" in said
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "exporter", "run", "--config.file=speech.yaml"),
            "--web.listen-address=127.0.0.1:0",
            cwd=copy.folder,
            env=copy.environment,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            missing = await _missing(process, expected)
        finally:
            process.terminate()
            await process.wait()
    assert missing == []


async def _missing(process: asyncio.subprocess.Process, expected: list[str]) -> list[str]:
    """What /metrics does not show within ten seconds."""
    assert process.stderr
    address = re.search(r"address=(\S+)", (await process.stderr.readline()).decode())
    assert address
    missing = expected
    async with aiohttp.ClientSession() as session:
        for _ in range(50):
            async with session.get(f"http://{address[1]}/metrics") as answer:
                text = await answer.text()
            missing = [line for line in expected if line not in text]
            if not missing:
                break
            await asyncio.sleep(0.2)
    return missing
