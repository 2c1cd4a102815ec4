"""The simulator shares no code with the exporter."""

import ast
from pathlib import Path

import pytest

import exporter.simulator

FILES = sorted(Path(exporter.simulator.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_it_imports_nothing_of_the_exporter(file: Path) -> None:
    """Otherwise one misreading of Azure would agree with itself."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            inside = name.startswith("exporter.simulator.")
            assert inside or name.partition(".")[0] != "exporter", name


def test_nobody_but_the_server_asks_for_the_time() -> None:
    """Time is the clock that was given; `time.time` is only its default."""
    using = [
        file.name
        for file in FILES
        if any(word in file.read_text() for word in ("time.time", "datetime.now", "monotonic"))
    ]
    assert using == ["server.py"]
