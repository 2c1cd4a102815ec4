"""Where a configuration comes from, and what is loaded from there."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from exporter.config.config import Config
from exporter.files.stamps import Stamp
from exporter.settings.yaml_file import Problem


class Loaded(NamedTuple):
    """A configuration, and the problems of those files that could not be used for it."""

    config: Config
    problems: tuple[Problem, ...] = ()


class Source(Protocol):
    """A configuration that can be loaded again. Its methods block, for a limited time."""

    @property
    def name(self) -> str:
        """What users call it."""

    @property
    def folder(self) -> Path:
        """Where relative patterns of `operation_files` start."""

    def load(self) -> Loaded:
        """The configuration now.

        Raises:
            ConfigError: there is none that can be used.
        """

    def stamps(self) -> Mapping[Path, Stamp | None]:
        """The stamps of its files; None for those that cannot be looked at."""
