"""A configuration in several files, such as one for each team, which a pattern finds."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from glob import escape
from pathlib import Path

from pydantic import ValidationError, model_validator

from exporter.config.config import Config, Resource
from exporter.config.file_patterns import Found, search
from exporter.config.source import Loaded
from exporter.files import threads
from exporter.files.stamps import Stamp
from exporter.settings.loading import read_yaml, settings_in
from exporter.settings.problems import explain
from exporter.settings.yaml_file import ConfigError, Problem, YamlFile
from exporter.text import nameable

_JOINED = ("resources", "discover_resources")  # any other key stands in one file alone


class ConfigPart(Config):
    """One of several files; what must fit together is checked for all of them."""

    resources: tuple[Resource, ...] = ()

    @model_validator(mode="after")
    def _check_consistency(self) -> "ConfigPart":
        return self


@dataclass(frozen=True)
class PartFile:
    """The content of one file."""

    source: YamlFile
    part: ConfigPart


Parts = Mapping[str, PartFile]  # by the path of the file


class SeveralFiles:
    """All files that match a pattern. A broken one keeps its last good content."""

    def __init__(self, pattern: str) -> None:
        self.name, self.folder = pattern, Path()
        self._good: Parts = {}
        self._stamps: Mapping[Path, Stamp | None] = {}

    @threads.shared()
    def load(self) -> Loaded:
        """The configuration of all files, and the problems of broken ones.

        Raises:
            ConfigError: no file matches, or the rest is no configuration.
        """
        problems: list[Problem] = []
        new: dict[str, PartFile] = {}
        for path in self._paths():
            try:
                new[path] = _read(path)
            except ConfigError as error:
                problems += error.problems
                if path in self._good:
                    new[path] = self._good[path]
        accepted, conflicts = _accepted(new, self._good)
        problems += conflicts
        config, faults = joined(accepted)
        if config is None:
            raise ConfigError([*problems, *faults])
        self._good = accepted
        return Loaded(config, tuple(problems))

    def stamps(self) -> Mapping[Path, Stamp | None]:
        found = self._search()
        if found.stamps is not None:
            self._stamps = {Path(path): stamp for path, stamp in found.stamps.items()}
        return self._stamps

    def _search(self) -> Found:
        return search(self.folder, self.name, self._good, "--config.file")

    def _paths(self) -> list[str]:
        """The files in order; those of before while their folder gives no answer."""
        found = self._search()
        found_now = self._good if found.stamps is None else found.stamps
        paths = sorted({str(Path(path)) for path in found_now})
        if not paths:
            text = "no file matches; write a pattern of --config.file that finds a configuration"
            raise ConfigError([found.problem or Problem(self.name, 0, 0, "", text)])
        return paths


def _read(path: str) -> PartFile:
    source = read_yaml(path)
    if source.data is None:
        raise ConfigError([source.problem((), "is empty; azure-ai-exporter example prints one")])
    return PartFile(source, settings_in(source, ConfigPart, Path(path).parent))


def _accepted(new: Parts, good: Parts) -> tuple[Parts, list[Problem]]:
    """The contents that fit together, and the problems of those that do not.

    All new contents count if they fit. Otherwise they are taken one after another, and one that
    does not fit is replaced by the last good content of its file.
    """
    if not _misfits(new):
        return new, []
    accepted = {path: good[path] for path in new if path in good}
    problems: list[Problem] = []
    # First those whose settings hold for all.
    for path, file in sorted(new.items(), key=lambda item: not _own_keys(item[1])):
        if path in accepted and accepted[path].part == file.part:
            continue
        others = {other: content for other, content in accepted.items() if other != path}
        if misfits := _misfits({**others, path: file}):
            problems += misfits
        else:
            accepted[path] = file
    return {path: accepted[path] for path in new if path in accepted}, problems


def _misfits(parts: Parts) -> list[Problem]:
    """Why these contents do not fit together; other files may bring the resources."""
    problems = [*_repeated_keys(parts, {}), *_repeated_names(parts)]
    has_resources = any(getattr(file.part, key, ()) for file in parts.values() for key in _JOINED)
    return joined(parts)[1] if has_resources and not problems else problems


def joined(parts: Parts) -> tuple[Config | None, list[Problem]]:
    """Pure: one configuration of several files, or all reasons why there is none.

    What does not fit together is told of the last file.
    """
    owners: dict[str, str] = {}
    problems = [*_repeated_keys(parts, owners), *_repeated_names(parts)]
    if problems or not parts:
        return None, problems
    settings = {key: _value(parts[path], key) for key, path in owners.items()}
    for key in _JOINED:
        items = tuple(item for file in parts.values() for item in getattr(file.part, key, ()))
        if items:
            settings[key] = items
    try:
        return Config.model_validate(settings), []
    except ValidationError as error:
        *_, last = parts.values()
        return None, list(explain(error, last.source, Config))


def _repeated_keys(parts: Parts, owners: dict[str, str]) -> Iterator[Problem]:
    """Keys that stand in two files; `owners` receives the file of each key."""
    for path, file in parts.items():
        for key in _own_keys(file):
            if key in owners:
                text = f"is in {nameable(owners[key])} as well; it may be in one file only"
                yield file.source.problem((key,), text)
            else:
                owners[key] = path


def _own_keys(file: PartFile) -> list[str]:
    """The keys that may stand in one file alone."""
    return sorted(file.part.model_fields_set.difference(_JOINED))


def _repeated_names(parts: Parts) -> Iterator[Problem]:
    names: dict[str, str] = {}
    for path, file in parts.items():
        for index, resource in enumerate(file.part.resources):
            if resource.name in names:
                other = nameable(names[resource.name])
                text = f"duplicate {resource.name!r}, already in {other}; choose another name"
                yield file.source.problem(("resources", index), text)
            else:
                names[resource.name] = path


def _value(file: PartFile, key: str) -> object:
    value: object = getattr(file.part, key)
    if key != "operation_files":
        return value
    folder = escape(str(Path(file.source.file).parent))
    return tuple(
        pattern if pattern.startswith("~") else os.path.join(folder, pattern)  # noqa: PTH118
        for pattern in file.part.operation_files
    )
