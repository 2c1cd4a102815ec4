"""Reads a YAML file into settings, or into all its problems."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from exporter.files import reading
from exporter.settings.problems import explain
from exporter.settings.yaml_file import ConfigError, Problem, YamlFile, parse

Model = TypeVar("Model", bound=BaseModel)


class NotReadError(ConfigError):
    """The file cannot be read now; a later attempt may succeed."""


def read_yaml(file: str, advice: str = "") -> YamlFile:
    """The YAML document in a file.

    Args:
        file: its path, as problems name it.
        advice: added to the error if the file cannot be read.

    Raises:
        NotReadError: it cannot be read.
        ConfigError: it is not a YAML document.
    """
    try:
        text = reading.text(reading.read(Path(file), reading.SETTINGS))
    except reading.FileError as error:
        reason = "; ".join(filter(None, (f"cannot be read: {error}", advice)))
        raise NotReadError([Problem(file, 0, 0, "", reason)]) from None
    except UnicodeDecodeError:
        raise ConfigError([Problem(file, 0, 0, "", "is not UTF-8 text")]) from None
    return parse(file, text)


def settings_in(
    source: YamlFile, model: type[Model], folder: Path, earlier_problems: Sequence[Problem] = ()
) -> Model:
    """The settings in a file; relative paths in it start at `folder`.

    `earlier_problems`, unknown tags and duplicates are reported as well; other problems at their
    places are not.

    Raises:
        ConfigError: with all problems, in the order of the file.
    """
    earlier = [*source.unknown_tags(), *earlier_problems]
    repeated = list(source.repeated())
    problems = {*repeated, *earlier}
    earlier_paths = {problem.path for problem in earlier}
    repeated_places = {problem[:4] for problem in repeated}
    try:
        settings = model.model_validate(source.data, context={"folder": str(folder)})
    except ValidationError as error:
        problems.update(
            problem
            for problem in explain(error, source, model)
            if problem.path not in earlier_paths and problem[:4] not in repeated_places
        )
    if problems:
        raise ConfigError(sorted(problems))
    return settings
