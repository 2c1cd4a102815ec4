"""The page about writing a new API is right: what it says is done, in a copy of the project."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest
import yaml
from aiohttp import web

from tests.support.local import served

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "new-api.md"
API = "vector_stores"
LEFT_OUT = (".*", "__pycache__", "*.egg-info", "build", "dist")
ASKED = (
    "test_answers_become_exactly_these_lines",
    "test_samples_have_every_state_of_the_page",
    "test_the_example_shows_every_setting",
    "test_the_schema_knows_the_configuration",
    "test_what_is_made_from_the_code_is_up_to_date",
    "test_a_count_that_moves_is_a_change",
    "test_a_part_that_failed_is_trouble",
    "test_a_count_is_on_metrics",
    "test_a_count_is_on_the_page_in_the_json_and_in_top",
    "test_an_amount_that_moves_is_a_change",
    "test_an_amount_is_shown",
    "test_all_of_it_is_in_the_checkpoint",
)
CREATED = int(time.time()) - 60
NAMED, FAILED_PARTS, BEGUN = "vs_manuals", "vs_tour", "vs_talks"


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
        return os.environ | {
            "PYTHONPATH": str(self.folder),
            "OPENAI_KEY": "a-key",
            "CONTENT_KEY": "a-key",
        }

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
    assert len(file.block.splitlines()) <= 100
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
    labels = f'resource="res",api="{API}",operation="vs_{{}}"'
    for number, state in enumerate(("Running", "Succeeded", "Expired", "Unknown"), 1):
        assert f'azure_ai_operation_state{{{labels.format(number)},state="{state}"}} 1' in shown
    assert f'azure_ai_operation_files{{{labels.format(2)},state="Failed"}} 1' in shown
    created = "azure_ai_operation_created_timestamp_seconds"
    assert f"{created}{{{labels.format(1)}}} 1767807390.0" in shown
    assert f"{created}{{{labels.format(4)}}}" not in shown


def test_the_core_is_left_alone(copy: Copy) -> None:
    """Beside the new file there are a line and two rows; no other file of the product changes."""
    ours = {
        path.relative_to(ROOT).as_posix(): path.read_text()
        for path in (ROOT / "exporter").rglob("*.py")
    }
    theirs = {
        path.relative_to(copy.folder).as_posix(): path.read_text()
        for path in (copy.folder / "exporter").rglob("*.py")
    }
    assert theirs.keys() - ours.keys() == {f"exporter/apis/{API}.py"}
    changed = {path for path, text in ours.items() if theirs[path] != text}
    assert changed == {"exporter/apis/__init__.py", "exporter/model/quantities.py"}


def store(id_: str, status: str, stored: int, **files: int) -> dict[str, object]:
    """A vector store as Azure shows it, last active now."""
    counts = dict.fromkeys(("in_progress", "completed", "failed", "cancelled"), 0) | files
    return {
        "id": id_,
        "status": status,
        "name": f"Files of {id_}",
        "created_at": CREATED,
        "last_active_at": int(time.time()),
        "usage_bytes": stored,
        "file_counts": counts | {"total": sum(counts.values())},
    }


def azure() -> web.Application:
    """Two stores and a broken one in a list of two pages, and one that is asked for by its id."""

    async def listed(request: web.Request) -> web.Response:
        assert request.headers["api-key"] == "a-key"
        match request.query.get("after"):
            case None:
                data = [store(FAILED_PARTS, "completed", 2048, completed=4, failed=2), {"id": 1}]
                return web.json_response({"data": data, "has_more": True, "last_id": FAILED_PARTS})
            case str(after):
                assert after == FAILED_PARTS
                data = [store(BEGUN, "in_progress", 0, in_progress=3)]
                return web.json_response({"data": data, "has_more": False, "last_id": BEGUN})

    async def named(request: web.Request) -> web.Response:
        found = request.match_info["id"] == NAMED
        body = store(NAMED, "in_progress", 512, completed=1, in_progress=1)
        return web.json_response(body, status=200 if found else 404)

    app = web.Application()
    app.router.add_get("/openai/v1/vector_stores", listed)
    app.router.add_get("/openai/v1/vector_stores/{id}", named)
    return app


LABELS = f'resource="openai",api="{API}",operation='
METRICS = [
    f'azure_ai_operation_state{{{LABELS}"{NAMED}",state="Running"}} 1',
    f'azure_ai_operation_files{{{LABELS}"{FAILED_PARTS}",state="Failed"}} 2',
    f'azure_ai_operation_files_submitted{{{LABELS}"{FAILED_PARTS}"}} 6',
    f'azure_ai_operation_stored_bytes{{{LABELS}"{FAILED_PARTS}"}} 2048',
    f'azure_ai_operation_info{{{LABELS}"{BEGUN}",kind="vector_store",name="Files of {BEGUN}"}} 1',
    f'azure_ai_stored_bytes_total{{api="{API}",resource="openai"}} 2560.0',
]


@pytest.fixture(scope="module")
def configuration(copy: Copy) -> dict[str, Any]:
    """That of the page, with a state file and frequent polls."""
    config: dict[str, Any] = yaml.safe_load((copy.folder / "openai.yaml").read_text())
    return config | {"state_file": "state.sqlite", "poll": {"interval": "1s"}}


async def test_it_is_seen(copy: Copy, configuration: dict[str, Any]) -> None:
    """On /metrics in both formats, the page, the JSON, in `top`, as trouble, and after a restart.

    A list goes on with `after=`, and one broken item of it costs that item alone.
    """
    unreadable = "azure_ai_exporter_list_items_unreadable_total"
    async with served(azure()) as endpoint:
        configuration["resources"][0]["endpoint"] = endpoint
        (copy.folder / "openai.yaml").write_text(yaml.safe_dump(configuration))
        said = copy.run(f"{sys.executable} -m exporter check --config.file=openai.yaml")
        assert "fine: resources: 1, operations: 1" in said
        async with running(copy) as url, aiohttp.ClientSession(url) as session:
            await shows(session, "/metrics", "text/plain", METRICS)
            await shows(session, "/metrics", "application/openmetrics-text", METRICS)
            text = await answer(session, "/metrics", "text/plain")
            assert re.search(rf'{unreadable}\{{api="{API}",resource="openai"\}} [1-9]', text)
            page = re.sub(r"<[^>]*>", "", await answer(session, "/", "text/html"))
            assert "files failed" in page
            assert "4 of 6 files" in page
            assert "2,048 stored bytes" in page
            one = await answer(session, f"/api/v1/operations/openai/{API}/{FAILED_PARTS}", "*/*")
            known = json.loads(one)
            assert (known["finished"], known["bad"]) == (True, False)
            assert known["troubles"][0]["kind"] == "files failed"
            assert known["counts"]["files"]["by_state"]["Failed"] == 2
            assert known["amounts"] == {"stored_bytes": 2048}
            table = copy.run(f"{sys.executable} -m exporter top --once --url={url}")
            assert re.search(rf"files failed +{FAILED_PARTS}", table)
            assert "6/6" in table
            await asyncio.sleep(4)  # until the checkpoint is written
    async with running(copy) as url, aiohttp.ClientSession(url) as session:
        await shows(session, "/metrics", "text/plain", METRICS)


@asynccontextmanager
async def running(copy: Copy) -> AsyncIterator[str]:
    """The program with the new file, and where it listens."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "exporter", "run", "--config.file=openai.yaml"),
        "--web.listen-address=127.0.0.1:0",
        cwd=copy.folder,
        env=copy.environment,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stderr
        address = re.search(r"address=(\S+)", (await process.stderr.readline()).decode())
        assert address
        yield f"http://{address[1]}"
    finally:
        process.terminate()
        await process.communicate()


async def answer(session: aiohttp.ClientSession, path: str, accept: str) -> str:
    async with session.get(path, headers={"Accept": accept}) as response:
        assert response.status == 200
        return await response.text()


async def shows(
    session: aiohttp.ClientSession, path: str, accept: str, expected: list[str]
) -> None:
    """All these lines are there within thirty seconds."""
    missing = expected
    for _ in range(150):
        text = await answer(session, path, accept)
        missing = [line for line in expected if line not in text]
        if not missing:
            return
        await asyncio.sleep(0.2)
    assert missing == []
