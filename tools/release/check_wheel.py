"""Does with a wheel what its user will do, with each Python of this machine."""

import os
import re
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from exporter import __version__
from tools.docs.share import FILES
from tools.release.commands import NAME, expect, output
from tools.release.demo import scraped
from tools.release.pythons import pythons


def check(wheel: Path, python: Path) -> None:
    """Install a wheel into a clean environment, and use it there.

    Raises:
        SystemExit: Something does not work.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        output(python, "-m", "venv", "--without-pip", folder / "venv")
        pip = (sys.executable, "-m", "pip", "--python", folder / "venv/bin/python")
        quiet = ("--quiet", "--disable-pip-version-check")
        output(*pip, "install", *quiet, f"{wheel.resolve()}[entra,top]", folder=folder)
        output(*pip, "check", "--disable-pip-version-check", folder=folder)
        _use(folder / "venv/bin" / NAME, folder)
        for name in FILES:
            expect((folder / "venv/share" / name).is_file(), f"share/{name} is not in the wheel")


def _use(command: Path, folder: Path) -> None:
    """`--version`, `example`, `check` of what it prints, `demo`, a scrape, an orderly end."""
    said = output(command, "--version", folder=folder)
    expect(said == f"{NAME} {__version__}", f"--version prints {said!r}")
    example = output(command, "example", folder=folder)
    (folder / "config.yaml").write_text(f"{example}\n", encoding="utf-8")
    for name in re.findall(r"key_file: ([\w.-]+)", example):
        (folder / name).write_text("a-key", encoding="utf-8")
    keys = dict.fromkeys(re.findall(r"key_env: (\w+)", example), "a-key")
    checked = subprocess.run(
        [command, "check", "--config.file=config.yaml"],
        capture_output=True,
        encoding="utf-8",
        cwd=folder,
        env={**os.environ, **keys},
        check=False,
    )
    # A warning is right: no job has registered itself in `operation_files`.
    expect(checked.returncode in {0, 3}, f"check of the example: {checked.stdout[-2000:]}")
    address = f"127.0.0.1:{_free_port()}"
    with subprocess.Popen(
        [command, "demo", f"--web.listen-address={address}"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as demo:
        metrics = scraped(address, demo)
        demo.terminate()
        log = demo.communicate(timeout=30)[1]
    expect(f'version="{__version__}"' in metrics, "/metrics does not say the version")
    expect("azure_ai_operation_state{" in metrics, "the demo shows no operation")
    expect(demo.returncode == 0 and "Traceback" not in log, f"the demo ended badly: {log[-2000:]}")


def _free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return port


if __name__ == "__main__":
    found = pythons()
    expect(found, "there is no Python from 3.11 to try the wheel with")
    for name, path in found.items():
        check(Path(sys.argv[1]), path)
        print(f"works with Python {name}")
