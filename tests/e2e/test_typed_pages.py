"""Pages whose commands are marked: typed from top to bottom, in an empty folder."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.docs import DOCS, ROOT, blocks
from tests.e2e.programs import free_port

ALERTMANAGER = shutil.which("alertmanager") or shutil.which("prometheus-alertmanager")
PATIENCE = 180  # seconds for a command to succeed and to show what it should
PORTS = ("10058", "10059", "9090", "9093")

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        shutil.which("prometheus") is None or ALERTMANAGER is None,
        reason="needs Debian's packages prometheus and prometheus-alertmanager",
    ),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A place that looks like the project's folder, and has nothing of what the page writes."""
    for name in ("examples", "helm"):
        (tmp_path / name).symlink_to(ROOT / name)
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "alertmanager").symlink_to(str(ALERTMANAGER))
    script = f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m exporter "$@"\n'
    (commands / "azure-ai-exporter").write_text(script)
    (commands / "azure-ai-exporter").chmod(0o755)
    return tmp_path


@contextmanager
def started(command: str, folder: Path, log: Path) -> Iterator[None]:
    """What stays until the end, as in a terminal of its own."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            ["/bin/bash", "-c", command],
            cwd=folder,
            env=environment(folder),
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()


def shows(command: str, wanted: str, folder: Path) -> None:
    """Type it until it succeeds and shows what is wanted."""
    until = time.monotonic() + PATIENCE
    while True:
        result = subprocess.run(
            ["/bin/bash", "-eu", "-c", command],
            cwd=folder,
            env=environment(folder),
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode == 0 and wanted in result.stdout + result.stderr:
            return
        assert time.monotonic() < until, f"{command}\n{result.stdout}{result.stderr}"
        time.sleep(1)


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}


@pytest.mark.parametrize("page", ["getting-started", "simulator"])
def test_a_page_is_typed(page: str, folder: Path, tmp_path: Path) -> None:
    """Files are written, programs started, commands typed; only the ports are others."""
    text = (DOCS / f"{page}.md").read_text()
    for port in PORTS:
        text = re.sub(rf"\b{port}\b", str(free_port()), text)
    typed = 0
    with ExitStack() as running:
        for number, (mark, said, _, inside) in enumerate(blocks(text)):
            if mark == "file":
                (folder / said).write_text(inside)
            elif mark == "start":
                running.enter_context(started(inside, folder, tmp_path / f"{number}.log"))
            elif mark == "run":
                shows(inside, said, folder)
                typed += 1
    assert typed == len(re.findall("<!-- run", text)) > 0
