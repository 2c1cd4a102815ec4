"""The names of all settings, from the models that read them."""

from collections.abc import Iterator, Mapping
from typing import get_args

from pydantic import BaseModel


def settings(model: type[BaseModel]) -> set[str]:
    """The names of all settings of a model, and of those below."""
    sections = by_section(model)
    return set(model.model_fields).union(*sections.values())


def by_section(model: type[BaseModel]) -> Mapping[str, set[str]]:
    """Names of settings by the name of the section that they may stand in."""
    found: dict[str, set[str]] = {}
    for name, field in model.model_fields.items():
        for inner in _models(field.annotation):
            found.setdefault(name, set()).update(inner.model_fields)
            for section, names in by_section(inner).items():
                found.setdefault(section, set()).update(names)
    return found


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    """The models in a type, alone, optional or in a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
