"""Registered operations: those that jobs write into YAML files in watched folders."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, RootModel, ValidationError
from pydantic_core import PydanticCustomError

from exporter.config.config import Config
from exporter.config.file_patterns import search
from exporter.config.sections import PlannedOperation, Section, SectionKey, section_of, sections_of
from exporter.files import threads
from exporter.files.stamps import Stamp
from exporter.settings.loading import NotReadError, read_yaml, settings_in
from exporter.settings.types import Labels, Strict
from exporter.settings.yaml_file import ConfigError, Problem, comparable


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
        positions: line and column of each entry.
        pattern: the pattern of the configuration that it matches.
    """

    stamp: Stamp | None
    entries: tuple[RegisteredOperation, ...] = ()
    positions: tuple[tuple[int, int], ...] = ()
    problems: tuple[Problem, ...] = ()
    pattern: str = ""

    def problem(self, path: str, index: int, text: str) -> Problem:
        """A problem of the entry with this index; `path` is that of the file."""
        line, column = self.positions[index]
        return Problem(path, line, column, f"[{index}]", text)


@dataclass(frozen=True)
class OperationFiles:
    """All files that match the patterns, by path, in order.

    Attributes:
        folders: the problems of patterns whose folder cannot be searched.
    """

    by_path: Mapping[str, OperationFile] = field(default_factory=dict)
    folders: tuple[Problem, ...] = ()

    @property
    def problems(self) -> list[Problem]:
        return [
            *self.folders,
            *(problem for file in self.by_path.values() for problem in file.problems),
        ]

    @property
    def broken(self) -> int:
        return sum(bool(file.problems) for file in self.by_path.values())


@threads.shared()
def read(config: Config, folder: Path, before: OperationFiles) -> OperationFiles:
    """The files now; unchanged files are not read again.

    A broken file keeps its last valid content, together with its problems. It blocks, for a
    limited time.
    """
    files: dict[str, OperationFile] = {}
    folders: list[Problem] = []
    for pattern in config.operation_files:
        earlier = {path: file for path, file in before.by_path.items() if file.pattern == pattern}
        found = search(folder, pattern, earlier)
        if found.problem:
            folders.append(found.problem)
        if found.stamps is None:
            files = {**earlier, **files}
            continue
        for path, current_stamp in found.stamps.items():
            if path not in files:
                files[path] = _current(path, pattern, current_stamp, before.by_path.get(path))
    return OperationFiles(files, tuple(folders))


def _current(
    path: str, pattern: str, current_stamp: Stamp, previous: OperationFile | None
) -> OperationFile:
    if previous and previous.stamp == current_stamp:
        return previous
    return _read(path, pattern, current_stamp, previous)


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
        (*section.key, comparable(target.id)): "the configuration"
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
                problems.append(file.problem(path, index, _error_text(error)))
    return operations, problems


def _planned(
    sections: Mapping[SectionKey, Section],
    taken: dict[tuple[str, str, str], str],
    path: str,
    entry: RegisteredOperation,
) -> PlannedOperation:
    section = section_of(sections, entry.resource, entry.api)
    target = section.target(entry.operation)
    operation = section.configured(target, labels=entry.labels)
    key = (*section.key, comparable(target.id))
    if key in taken:
        raise ValueError(f"duplicate operation, already in {taken[key]}; ignored here")
    taken[key] = path
    return operation


def _error_text(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"operation {first['msg']}"
    if isinstance(error, PydanticCustomError):
        return f"operation {error.message()}"
    return str(error)


def _read(
    path: str, pattern: str, current_stamp: Stamp, before: OperationFile | None
) -> OperationFile:
    last = before or OperationFile(None)
    try:
        source = read_yaml(path)
        entries = settings_in(source, _OperationList, Path(path).parent).root
    except NotReadError as error:
        return replace(last, stamp=None, problems=tuple(error.problems), pattern=pattern)
    except ConfigError as error:
        problems = tuple(error.problems)
        return replace(last, stamp=current_stamp, problems=problems, pattern=pattern)
    positions = tuple(source.position((index,)) for index in range(len(entries)))
    return OperationFile(current_stamp, entries, positions, (), pattern)
