"""What the parts of a release share: its name, programs, and how a check fails."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

NAME = "azure-ai-exporter"
"""The name of the program, its chart and its image."""
ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
"""Where the programs of this environment are."""
DEBIAN = {"buildah": "buildah", "debootstrap": "debootstrap"}
"""Debian's packages, by the program that is needed."""


def missing_packages() -> list[str]:
    """Debian's packages that the image needs and this machine has not."""
    return [package for program, package in DEBIAN.items() if shutil.which(program) is None]


def output(*command: str | Path, env: Mapping[str, str] | None = None, folder: Path = ROOT) -> str:
    """What a command prints, which must succeed.

    Raises:
        SystemExit: It failed; the message has the end of what it printed.
    """
    ended = subprocess.run(
        command,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        cwd=folder,
        env={**os.environ, **(env or {})},
    )
    if ended.returncode:
        words = " ".join(str(word) for word in command)
        said = ended.stdout[-2000:] + ended.stderr[-2000:]
        sys.exit(f"failed with exit code {ended.returncode}: {words}\n{said}")
    return ended.stdout.strip()


def expect(found: object, what: str) -> None:
    """End the release if something is not as it should be."""
    if not found:
        sys.exit(f"this release is wrong: {what}")
