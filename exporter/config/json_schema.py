"""The configuration as a JSON Schema, for editors and for the reference in `docs/`.

It sees one file as YAML 1.2 reads it. What needs more than the file is
`exporter.config.config`'s alone: files and variables that are named, and settings that must fit
one another.
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

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> JsonSchemaValue:
    """The schema of a whole configuration file."""
    made = Config.model_json_schema(schema_generator=_Generator)
    return {"$schema": _DIALECT, "title": "Configuration of azure-ai-exporter", **made}


def text() -> str:
    """The schema as `docs/config.schema.json` holds it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


class _Generator(GenerateJsonSchema):
    """Pydantic's own, with what a person who writes the file wants to read."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """What can be left out says so where it stands, below."""
        return self.generate_inner(schema["schema"])

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        said = dict(_said(model))
        required = made.get("required", ())
        properties = {
            name: _setting(said[name], shown, required=name in required)
            for name, shown in made["properties"].items()
        }
        made.pop("title")
        return {**made, "properties": properties}


def _said(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """What stands below each setting in the code: what it means."""
    for each in reversed(model.__mro__):
        if issubclass(each, BaseModel) and each is not BaseModel:
            yield from _said_in(each)


@cache
def _said_in(model: type[BaseModel]) -> Sequence[tuple[str, str]]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(model)))
    bodies = (node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    found = []
    for two in pairwise(chain.from_iterable(bodies)):
        match two:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(words))),
            ):
                found.append((name, " ".join(words.split())))
    return found


def _setting(said: str, shown: JsonSchemaValue, *, required: bool) -> JsonSchemaValue:
    """One setting: its meaning, what may be written, and what holds without it."""
    made = {key: value for key, value in shown.items() if key not in {"default", "description"}}
    bounds = shown.get("description")
    is_duration = made.get("pattern") == durations.PATTERN
    if is_duration:
        made = {key: made[key] for key in ("type", "pattern")}
    if not required:
        made = _or_nothing(made)
        default = shown.get("default")
        if isinstance(default, dict):
            made["default"] = {}  # each setting in it says its own
        elif default is not None and not isinstance(default, list):
            made["default"] = durations.written(default) if is_duration else default
    return {"description": f"{said} Must be {bounds}." if bounds else said, **made}


def _or_nothing(shown: JsonSchemaValue) -> JsonSchemaValue:
    """The same, or a key with nothing behind it, which stands for the default."""
    if "anyOf" in shown:
        return {**shown, "anyOf": [*shown["anyOf"], {"type": "null"}]}
    if "type" not in shown:
        return {"anyOf": [shown, {"type": "null"}]}
    made = {**shown, "type": [shown["type"], "null"]}
    return {**made, "enum": [*made["enum"], None]} if "enum" in made else made
