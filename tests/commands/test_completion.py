"""Completion of the command line, typed into real shells."""

import os
import pty
import re
import select
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.commands.test_cli import run

# What is typed after the name of the program, and the arguments that it becomes.
TYPED = [
    ("che\t--li\t", "check --live"),
    ("check --format=js\t", "check --format=json"),
    ("check --format js\t", "check --format json"),
    ("run --config.file=my\t", "run --config.file=my.yaml"),
    ("run --config.file my\t --log.level=deb\t", "run --config.file my.yaml --log.level=debug"),
    ("run --web.listen-address=h:1 --web.op\t", "run --web.listen-address=h:1 --web.open-health"),
    ("demo --listen-address :1 --log.level=w\t", "demo --listen-address :1 --log.level=warning"),
    ("top --ca-file=my\t --sort=prog\t", "top --ca-file=my.yaml --sort=progress"),
    ("completion fi\t", "completion fish"),
]
# In place of the program: prints its arguments.
PROGRAM = "azure-ai-exporter() { printf '(''('; printf '<%s>' \"$@\"; echo '))'; }"
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "source completion"),
    "zsh": (
        ["zsh", "-f", "-i"],
        "fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D",
    ),
}


def script(folder: Path, shell: str) -> str:
    """The script as the command prints it."""
    if not shutil.which(shell):
        pytest.skip(f"needs Debian's package {shell}")
    ended = run(folder, "completion", shell)
    assert (ended.code, ended.err) == (0, "")
    return ended.out


class Terminal:
    """A terminal with a shell in it."""

    def __init__(self, shell: Sequence[str], folder: Path) -> None:
        self._outer, inner = pty.openpty()
        env = {"PATH": os.environ["PATH"], "TERM": "dumb", "HOME": str(folder)}
        self._process = subprocess.Popen(
            shell, stdin=inner, stdout=inner, stderr=inner, env=env, cwd=folder,
            start_new_session=True,
        )  # fmt: skip
        os.close(inner)

    def type(self, line: str, until: str) -> str:
        """Type a line; what was written up to this pattern."""
        os.write(self._outer, f"{line}\r".encode())
        written, end = "", time.monotonic() + 20
        while time.monotonic() < end:
            if select.select([self._outer], [], [], 0.1)[0]:
                written += os.read(self._outer, 65536).decode(errors="replace")
            if found := re.search(until, written):
                return found[1]
        raise AssertionError(written)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._outer)


@contextmanager
def terminal(shell: Sequence[str], folder: Path) -> Iterator[Terminal]:
    opened = Terminal(shell, folder)
    try:
        yield opened
    finally:
        opened.close()


@pytest.mark.parametrize("name", SHELLS)
def test_typed_into_a_shell(tmp_path: Path, name: str) -> None:
    """Tab completes commands, flags, their values and files, with `=` and without."""
    text = script(tmp_path, name)
    for file in ("completion", "_azure-ai-exporter"):  # as bash sources it, and as zsh finds it
        (tmp_path / file).write_text(text)
    (tmp_path / "my.yaml").touch()
    command, load = SHELLS[name]
    with terminal(command, tmp_path) as shell:
        shell.type(f"{PROGRAM}; {load}; echo re''ady", "(ready)")
        for line, expected in TYPED:
            arguments = shell.type(f"azure-ai-exporter {line}", r"\(\((<.*>)\)\)")
            assert re.findall("<(.*?)>", arguments) == expected.split()


def test_fish(tmp_path: Path) -> None:
    """Fish tells by itself what it would complete."""
    (tmp_path / "script.fish").write_text(script(tmp_path, "fish"))
    (tmp_path / "my.yaml").touch()
    for line, expected in [
        ("che", "check"),
        ("check --li", "--live"),
        ("check --format=js", "--format=json"),
        ("run --config.file=my", "--config.file=my.yaml"),
        ("run --config.file my", "my.yaml"),
        ("completion z", "zsh"),
    ]:
        ask = f"source script.fish; complete --do-complete 'azure-ai-exporter {line}'"
        completed = subprocess.run(
            ["fish", "--no-config", "-c", ask],  # noqa: S607
            cwd=tmp_path, capture_output=True, text=True, check=True,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        )  # fmt: skip
        assert [row.partition("\t")[0] for row in completed.stdout.splitlines()] == [expected]
