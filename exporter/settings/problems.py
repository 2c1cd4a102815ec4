"""Pydantic's errors as problems, in plain words for the author of the file."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, RootModel, ValidationError

from exporter.settings.suggestions import did_you_mean
from exporter.settings.yaml_file import DataPath, Problem, YamlFile
from exporter.text import nameable

_WORDS = {
    "missing": "is missing; add it",
    "model_type": "must be a mapping, with a key and a value on each line",
    "dict_type": "must be a mapping, with a key and a value on each line",
    "tuple_type": "must be a list, with '- ' in front of each item",
    "string_type": "must be text",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_parsing_size": "must be a whole number",
    "path_type": "must be the path of a file",
    "int_from_float": "must be a whole number",
}


def explain(error: ValidationError, source: YamlFile, model: type[BaseModel]) -> Iterator[Problem]:
    """One problem for each error; only the checks of single settings quote the value."""
    for detail in error.errors(include_url=False, include_input=False):
        path = detail["loc"]
        context: Mapping[str, Any] = detail.get("ctx", {})
        if detail["type"] == "problem":
            path = (*(path[:-1] if path[-1:] == ("[key]",) else path), *context["inside"])
            text = str(context["text"])
        elif detail["type"] == "extra_forbidden":
            text = _unknown_key_text(path, model)
        else:
            text = _WORDS.get(detail["type"], detail["msg"])
            text = f"is empty; {text}" if source.is_null(path) else text
        yield source.problem(path, text)


def places(error: ValidationError) -> Iterator[tuple[DataPath, str]]:
    """The path of each error, and its text where a check of ours has written it."""
    for detail in error.errors(include_url=False, include_input=False):
        context: Mapping[str, Any] = detail.get("ctx", {})
        path = (*detail["loc"], *context.get("inside", ()))
        yield path, str(context.get("text", detail["msg"]))


def _unknown_key_text(path: DataPath, model: type[BaseModel]) -> str:
    """The text for an unknown key: a similar known key, or all known keys."""
    field_names = list(_model_at(path[:-1], model).model_fields)
    hint = did_you_mean(str(path[-1]), field_names) or f"; known here: {', '.join(field_names)}"
    return f"unknown key {nameable(str(path[-1]))!r}{hint}"


def _model_at(path: DataPath, model: type[BaseModel]) -> type[BaseModel]:
    if issubclass(model, RootModel):
        model = _model_in(model.model_fields["root"].annotation) or model
    for part in path:
        if isinstance(part, str) and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation) or model
    return model


def _model_in(annotation: object) -> type[BaseModel] | None:
    """The model in a field's type: alone, optional or in a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)
