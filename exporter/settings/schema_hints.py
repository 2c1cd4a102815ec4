"""Settings in the JSON Schema: checks, short forms, and rules of a whole section."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pydantic import AfterValidator, BeforeValidator, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


class _WithKeywords:
    """Adds its keywords to the JSON Schema of the checked value."""

    keywords: Mapping[str, object]

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The schema of the checked value, with the keywords."""
        return {**handler(core), **self.keywords}


@dataclass(frozen=True, eq=False)
class Check(_WithKeywords, AfterValidator):
    """A check with its JSON Schema `keywords`, which make the same check or describe it."""

    keywords: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class TextCheck(_WithKeywords, BeforeValidator):
    """A check of text that names what is valid for other values, too; `keywords` as in `Check`."""

    keywords: Mapping[str, object] = field(kw_only=True)


@dataclass(frozen=True, eq=False)
class Short(BeforeValidator):
    """A short form of a value; `shown` derives its schema from the schema of the full form."""

    shown: Callable[[JsonSchemaValue], JsonSchemaValue] = field(kw_only=True)

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The schema of both forms."""
        full = handler(core)
        return {"anyOf": [self.shown(handler.resolve_ref_schema(full)), full]}


def is_set(name: str) -> JsonSchemaValue:
    """JSON Schema rule: the setting is present and not empty."""
    return {"required": [name], "properties": {name: {"not": {"type": "null"}}}}


def needs(name: str, other: str) -> JsonSchemaValue:
    """JSON Schema rule: the setting `name` requires the setting `other`."""
    return {"if": is_set(name), "then": is_set(other)}
