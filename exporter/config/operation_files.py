"""Registered operations: those that jobs write into YAML files in watched folders."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from glob import escape, glob
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, RootModel, ValidationError

from exporter.config.config import Config
from exporter.config.sections import PlannedOperation, Section, SectionKey, section_of, sections_of
from exporter.files import Stamp, stamp
from exporter.model.operation import OperationKey
from exporter.settings.loading import NotReadError, read_yaml, settings_in
from exporter.settings.types import Labels, Strict
from exporter.settings.yaml_file import ConfigError, Problem


class RegisteredOperation(Strict):
    """One operation in a file."""

    resource: str
    api: str
    operation: Annotated[str, Field(min_length=1)]
    labels: Labels = Field(default_factory=dict)


def _empty_as_list(data: object) -> object:
    """An empty file means an empty list."""
    return [] if data is None else data


class _OperationList(
    RootModel[Annotated[tuple[RegisteredOperation, ...], BeforeValidator(_empty_as_list)]]
):
    """The content of a file."""


@dataclass(frozen=True)
class OperationFile:
    """One file: its last valid content, and its problems now.

    Attributes:
        stamp: when it was read; None: it could not be read, and is tried again.
        pattern: the pattern of the configuration that it matches.
    """

    stamp: Stamp | None
    entries: tuple[RegisteredOperation, ...] = ()
    problems: tuple[Problem, ...] = ()
    pattern: str = ""


@dataclass(frozen=True)
class OperationFiles:
    """All files that match the patterns, by path, in order."""

    by_path: Mapping[str, OperationFile] = field(default_factory=dict)

    @property
    def problems(self) -> list[Problem]:
        return [problem for file in self.by_path.values() for problem in file.problems]

    @property
    def broken(self) -> int:
        return sum(bool(file.problems) for file in self.by_path.values())


def read(config: Config, folder: Path, before: OperationFiles) -> OperationFiles:
    """The files now; unchanged files are not read again.

    A broken file keeps its last valid content, together with its problems.
    """
    files: dict[str, OperationFile] = {}
    for pattern in config.operation_files:
        for path in _matching(folder, pattern, before):
            current_stamp = stamp(Path(path))
            previous = before.by_path.get(path)
            if current_stamp and current_stamp.regular and path not in files:
                unchanged = previous is not None and previous.stamp == current_stamp
                files[path] = (
                    previous
                    if previous and unchanged
                    else _read(path, pattern, current_stamp, previous)
                )
    return OperationFiles(files)


def _matching(folder: Path, pattern: str, before: OperationFiles) -> list[str]:
    """Paths that match now or did before.

    `glob` finds nothing in a folder that cannot be listed, for example without free descriptors.
    """
    matches = glob(f"{escape(str(folder))}/{pattern}", recursive=True)  # noqa: PTH207
    earlier = (path for path, file in before.by_path.items() if file.pattern == pattern)
    return sorted({*matches, *earlier})


def planned(config: Config, files: OperationFiles) -> tuple[list[PlannedOperation], list[Problem]]:
    """The operations in the files, and the problems of single entries.

    An operation that the configuration or an earlier file has already is left out.
    """
    sections = {
        (section.resource, section.api): section
        for resource in config.resources
        for section in sections_of(resource, config.poll)
    }
    taken = {
        OperationKey(section.resource, section.api, target.id): "the configuration"
        for section in sections.values()
        for target in section.settings.targets()
    }
    operations: list[PlannedOperation] = []
    problems: list[Problem] = []
    for path, file in files.by_path.items():
        for index, entry in enumerate(file.entries):
            try:
                operations.append(_planned(sections, taken, path, entry))
            except ValueError as error:
                problems.append(Problem(path, 0, 0, f"[{index}]", _error_text(error)))
    return operations, problems


def _planned(
    sections: Mapping[SectionKey, Section],
    taken: dict[OperationKey, str],
    path: str,
    entry: RegisteredOperation,
) -> PlannedOperation:
    section = section_of(sections, entry.resource, entry.api)
    target = section.settings.target(entry.operation)
    operation = section.configured(target, labels=entry.labels)
    key = operation.watch.key
    if key in taken:
        raise ValueError(f"duplicate operation, already in {taken[key]}; ignored here")
    taken[key] = path
    return operation


def _error_text(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"operation {first['msg']}"
    return str(error)


def _read(
    path: str, pattern: str, current_stamp: Stamp, before: OperationFile | None
) -> OperationFile:
    last_entries = before.entries if before else ()
    try:
        source = read_yaml(path)
        entries = settings_in(source, _OperationList, Path(path).parent).root
    except NotReadError as error:
        return OperationFile(None, last_entries, tuple(error.problems), pattern)
    except ConfigError as error:
        return OperationFile(current_stamp, last_entries, tuple(error.problems), pattern)
    return OperationFile(current_stamp, entries, (), pattern)
