"""The sources of a configuration: one file, several files, or the environment."""

import os
from collections.abc import Mapping
from glob import has_magic
from pathlib import Path

from exporter.config import environment
from exporter.config.config import load
from exporter.config.several_files import SeveralFiles
from exporter.config.source import Loaded, Source
from exporter.files.stamps import Stamp, stamps

DEFAULT_FILE = "config.yaml"
_ADVICE = "set the file with --config.file"


class OneFile:
    """One file; `advice` is for users if it cannot be read."""

    def __init__(self, path: Path, advice: str = _ADVICE) -> None:
        self.name, self.folder = str(path), path.parent
        self._path, self._advice = path, advice

    def load(self) -> Loaded:
        return Loaded(load(self._path, self._advice))

    def stamps(self) -> Mapping[Path, Stamp | None]:
        return stamps((self._path,))


class Environment:
    """Environment variables; they are those of the start."""

    name, folder = "environment", Path()

    def load(self) -> Loaded:
        return Loaded(environment.config_of(os.environ))

    def stamps(self) -> Mapping[Path, Stamp | None]:
        return {}


def source_of(file: str | None) -> Source:
    """The source that `--config.file` names; without it `config.yaml` here, or the environment."""
    if file is None:
        if environment.is_configured(os.environ) and not _is_there(DEFAULT_FILE):
            return Environment()
        advice = f"{_ADVICE}, or set {environment.ENDPOINT} and {environment.KEY}"
        return OneFile(Path(DEFAULT_FILE), advice)
    path = Path(file)
    if has_magic(str(path)) and not _is_there(str(path)):
        return SeveralFiles(str(path))
    return OneFile(path)


def _is_there(file: str) -> bool:
    return stamps((Path(file),))[Path(file)] is not None
