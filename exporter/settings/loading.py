"""A YAML file to the settings that it holds, or to all that is wrong with it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from exporter.settings.problems import explain
from exporter.settings.yaml_file import ConfigError, Problem, YamlFile, parse

Model = TypeVar("Model", bound=BaseModel)


class NotReadError(ConfigError):
    """The file could not be read; another time it may be."""


def read_yaml(file: str, advice: str = "") -> YamlFile:
    """The YAML document in a file.

    Args:
        file: its path, as problems name it.
        advice: what to do where it cannot be read.

    Raises:
        NotReadError: it cannot be read.
        ConfigError: it is no YAML document.
    """
    try:
        text = Path(file).read_text(encoding="utf-8")
    except OSError as error:
        said = "; ".join(filter(None, (f"cannot be read: {error.strerror}", advice)))
        raise NotReadError([Problem(file, 0, 0, "", said)]) from None
    except UnicodeDecodeError:
        raise ConfigError([Problem(file, 0, 0, "", "is not UTF-8 text")]) from None
    return parse(file, text)


def settings_in(
    source: YamlFile, model: type[Model], folder: Path, found: Sequence[Problem] = ()
) -> Model:
    """The settings in a file; relative paths in it start at `folder`.

    `found` are problems that show beforehand: of the same places nothing more is said.

    Raises:
        ConfigError: with every problem that was found, in the order of the file.
    """
    problems = {*source.repeated(), *found}
    places = {problem.path for problem in found}
    try:
        settings = model.model_validate(source.data, context={"folder": str(folder)})
    except ValidationError as error:
        explained = explain(error, source, model)
        problems.update(problem for problem in explained if problem.path not in places)
    if problems:
        raise ConfigError(sorted(problems))
    return settings
