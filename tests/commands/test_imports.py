"""What a command need not wait for: each imports what it needs, and no more."""

import subprocess
import sys
from pathlib import Path

import pytest

WATCHED = {
    *("aiohttp", "azure.core", "azure.identity", "bcrypt", "isal", "jinja2", "msgspec"),
    *("prometheus_client", "pydantic", "rich", "shtab", "sqlite3", "structlog", "yaml"),
    *(
        "asyncio",
        "exporter.commands.demo",
        "exporter.doctor",
        "exporter.app.serve",
        "exporter.simulator",
    ),
}
SETTINGS = {"asyncio", "msgspec", "pydantic", "yaml"}
CHECKS = SETTINGS | {"exporter.doctor", "sqlite3"}
RUN = SETTINGS | {"aiohttp", "exporter.app.serve", "isal", "prometheus_client", "structlog"}
RUN |= {"rich"}  # by structlog, where it is installed
CONFIG = """\
resources:
  - name: one
    endpoint: https://contoso.cognitiveservices.azure.com
    auth: {key: 0123456789abcdef}
    document_translation: {discover: true}
    video_translation: {operations: [job-1]}
    avatar: {operations: [job-1]}
    qna_maker: {}
"""
WEB = "basic_auth_users:\n  alice: $2b$10$" + "a" * 21 + "e" + "a" * 31 + "\n"
LOADED = """\
import atexit, sys
from exporter.commands.cli import main
atexit.register(lambda: print("", *sys.modules, sep="\\n"))
main()
"""


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("words", "code", "needed"),
    [
        ("--help", 0, set()),
        ("--version", 0, set()),
        ("run --help", 0, set()),
        ("healthy --url=http://127.0.0.1:1", 1, set()),
        ("metrics", 0, {"msgspec"}),
        ("example", 0, set()),
        ("completion bash", 0, {"shtab"}),
        ("schema", 0, SETTINGS),
        ("check --config.file=config.yaml", 0, CHECKS),
        ("check --config.file=config.yaml --web.config.file=web.yaml", 0, CHECKS),
        ("check --config.file=web.yaml", 1, CHECKS),
        ("run --config.file=config.yaml --web.listen-address=192.0.2.1:1", 1, RUN),
    ],
)
def test_a_command_imports_what_it_needs(
    tmp_path: Path, words: str, code: int, needed: set[str]
) -> None:
    """Whoever checks a file or asks for help waits for neither Azure's client nor the demo.

    What runs without pages, users and a checkpoint holds no memory for them.
    """
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "web.yaml").write_text(WEB)
    command = [sys.executable, "-c", LOADED, *words.split()]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    loaded = set(done.stdout.splitlines())
    assert "exporter.commands.cli" in loaded
    assert loaded & WATCHED <= needed


def test_signals_are_handled_before_any_import() -> None:
    """What is imported before is small: a signal that comes earlier meets Python itself."""
    show = "import sys, exporter.__main__; print(*sys.modules)"
    command = [sys.executable, "-c", show]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"argparse", "threading", "exporter.commands.cli"}
