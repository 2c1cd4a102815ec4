"""Operations that register themselves: YAML files in folders that are watched."""

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


class Registered(Strict):
    """One operation that a file asks to be watched."""

    resource: str
    api: str
    operation: Annotated[str, Field(min_length=1)]
    labels: Labels = Field(default_factory=dict)


def _listed(data: object) -> object:
    """An empty file holds no operations, as does an empty list."""
    return [] if data is None else data


class _List(RootModel[Annotated[tuple[Registered, ...], BeforeValidator(_listed)]]):
    """What a file holds."""


@dataclass(frozen=True)
class OperationFile:
    """One file as it was read last: its good content, and what is wrong with it now.

    Attributes:
        stamp: as it was then; None: it could not be read, and is to be tried again.
        pattern: which of the configuration it matched.
    """

    stamp: Stamp | None
    entries: tuple[Registered, ...] = ()
    problems: tuple[Problem, ...] = ()
    pattern: str = ""


@dataclass(frozen=True)
class OperationFiles:
    """All files that match, by path in their order."""

    by_path: Mapping[str, OperationFile] = field(default_factory=dict)

    @property
    def problems(self) -> list[Problem]:
        return [problem for file in self.by_path.values() for problem in file.problems]

    @property
    def broken(self) -> int:
        return sum(bool(file.problems) for file in self.by_path.values())


def read(config: Config, folder: Path, before: OperationFiles) -> OperationFiles:
    """The files as they are now; those that did not change are not read again.

    A file that is broken keeps its last good content, and says what is wrong.
    """
    files: dict[str, OperationFile] = {}
    for pattern in config.operation_files:
        for path in _matching(folder, pattern, before):
            now = stamp(Path(path))
            known = before.by_path.get(path)
            if now and now.regular and path not in files:
                same = known is not None and known.stamp == now
                files[path] = known if known and same else _read(path, pattern, now, known)
    return OperationFiles(files)


def _matching(folder: Path, pattern: str, before: OperationFiles) -> list[str]:
    """Paths that match, those that did before among them.

    A folder that cannot be listed, as without descriptors, is an empty one to `glob`.
    """
    found = glob(f"{escape(str(folder))}/{pattern}", recursive=True)  # noqa: PTH207
    known = (path for path, file in before.by_path.items() if file.pattern == pattern)
    return sorted({*found, *known})


def planned(config: Config, files: OperationFiles) -> tuple[list[PlannedOperation], list[Problem]]:
    """The operations that the files ask for, and what is wrong with single ones of them.

    What the configuration names, or an earlier file, is not taken over.
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
    found: list[PlannedOperation] = []
    problems: list[Problem] = []
    for path, file in files.by_path.items():
        for number, entry in enumerate(file.entries):
            try:
                found.append(_planned(sections, taken, path, entry))
            except ValueError as error:
                problems.append(Problem(path, 0, 0, f"[{number}]", _said(error)))
    return found, problems


def _planned(
    sections: Mapping[SectionKey, Section],
    taken: dict[OperationKey, str],
    path: str,
    entry: Registered,
) -> PlannedOperation:
    section = section_of(sections, entry.resource, entry.api)
    target = section.settings.target(entry.operation)
    found = section.configured(target, labels=entry.labels)
    key = found.watch.key
    if key in taken:
        raise ValueError(f"operation is claimed by {taken[key]} already; left out here")
    taken[key] = path
    return found


def _said(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"operation {first['msg']}"
    return str(error)


def _read(path: str, pattern: str, now: Stamp, before: OperationFile | None) -> OperationFile:
    kept = before.entries if before else ()
    try:
        source = read_yaml(path)
        entries = settings_in(source, _List, Path(path).parent).root
    except NotReadError as error:
        return OperationFile(None, kept, tuple(error.problems), pattern)
    except ConfigError as error:
        return OperationFile(now, kept, tuple(error.problems), pattern)
    return OperationFile(now, entries, (), pattern)
