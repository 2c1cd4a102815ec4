"""Runs an image's files as a cluster with the strictest rules does, without a container engine."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

# A root that nobody can write to, a process table of its own in which the command is the first
# process, and a user without a name or a capability.
_CONTAINED = """\
set -e
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
root=$1 user=$2
shift 2
exec chroot --userspec="$user" --groups= "$root" env --chdir "$@"
"""


class Config(TypedDict):
    """What an image says of itself, as far as it is read here."""

    User: str
    Env: list[str]
    Entrypoint: list[str]
    Cmd: list[str]
    WorkingDir: str
    Labels: dict[str, str]
    ExposedPorts: dict[str, object]
    Healthcheck: dict[str, object]


@dataclass(frozen=True)
class Image:
    """The files of an image, mounted at `root`, and its configuration."""

    root: Path
    config: Config

    def popen(self, *words: str, user: str | None = None) -> subprocess.Popen[str]:
        """A container with these arguments; the network is this machine's.

        `user` is `UID:GID`, or the image's own.
        """
        unshared = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--")
        command: Sequence[str] = (
            *(str(self.root), user or self.config["User"], self.config["WorkingDir"]),
            *(*self.config["Entrypoint"], *words),
        )
        return subprocess.Popen(
            [*unshared, "sh", "-c", _CONTAINED, "sh", *command],
            env=dict(each.split("=", 1) for each in self.config["Env"]),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def run(self, *words: str) -> tuple[int, str, str]:
        """Exit code and what was printed on both streams."""
        with self.popen(*words) as process:
            out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    @contextmanager
    def running(self, *words: str, user: str | None = None) -> Iterator[subprocess.Popen[str]]:
        """A container that ends with the block."""
        with self.popen(*words, user=user) as process:
            try:
                yield process
            finally:
                process.kill()  # its child goes with it
