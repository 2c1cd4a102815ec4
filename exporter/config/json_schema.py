"""The configuration as a JSON Schema, for editors and for the reference in `docs/`.

It describes one file, as YAML 1.2 reads it. Only `exporter.config.config` checks the rest: files
and variables that the file names, and settings that must fit each other.
"""

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain, pairwise

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from exporter.config.config import Config
from exporter.settings import durations
from exporter.settings.types import OperationEntry

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> JsonSchemaValue:
    """The schema of a whole configuration file."""
    result = Config.model_json_schema(schema_generator=_Generator)
    return {"$schema": _DIALECT, "title": "Configuration of azure-ai-exporter", **result}


def text() -> str:
    """The content of `docs/config.schema.json`."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


class _Generator(GenerateJsonSchema):
    """Pydantic's generator, with descriptions for people who write a configuration."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """Optional settings get their null in `_setting`."""
        return self.generate_inner(schema["schema"])

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        result = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        descriptions = dict(_descriptions(model))
        required = result.get("required", ())
        properties = {
            name: _setting(descriptions[name], setting, required=name in required)
            for name, setting in result["properties"].items()
        }
        if issubclass(model, OperationEntry) and "pattern" in properties["id"]:
            id_pattern = properties["id"]["pattern"]
            properties["id"] = {**properties["id"], "pattern": f"{id_pattern}|^https?://"}
        result.pop("title")
        return {**result, "properties": properties}


def _descriptions(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Each setting and its description: the docstring below it in the code."""
    for class_ in reversed(model.__mro__):
        if issubclass(class_, BaseModel) and class_ is not BaseModel:
            yield from _descriptions_in(class_)


@cache
def _descriptions_in(model: type[BaseModel]) -> Sequence[tuple[str, str]]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(model)))
    bodies = (node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    descriptions = []
    for statements in pairwise(chain.from_iterable(bodies)):
        match statements:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(docstring))),
            ):
                descriptions.append((name, " ".join(docstring.split())))
    return descriptions


def _setting(description: str, schema: JsonSchemaValue, *, required: bool) -> JsonSchemaValue:
    """The schema of one setting, with its description, bounds and default."""
    result = {key: value for key, value in schema.items() if key not in {"default", "description"}}
    bounds = schema.get("description")
    is_duration = result.get("pattern") == durations.PATTERN
    if is_duration:
        result = {key: result[key] for key in ("type", "pattern")}
    if not required:
        result = _or_null(result)
        default = schema.get("default")
        if isinstance(default, dict):
            result["default"] = {}  # each setting in it has its own default
        elif default is not None and not isinstance(default, list):
            result["default"] = durations.duration_text(default) if is_duration else default
    return {"description": f"{description} Must be {bounds}." if bounds else description, **result}


def _or_null(schema: JsonSchemaValue) -> JsonSchemaValue:
    """The schema, or null: an empty setting means its default."""
    if "anyOf" in schema:
        return {**schema, "anyOf": [*schema["anyOf"], {"type": "null"}]}
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    result = {**schema, "type": [*types, "null"]}
    return {**result, "enum": [*result["enum"], None]} if "enum" in result else result
