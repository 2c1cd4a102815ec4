"""How settings show in a JSON Schema: checks, short forms, and rules of a whole section."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pydantic import AfterValidator, BeforeValidator, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


@dataclass(frozen=True, eq=False)
class Check(AfterValidator):
    """A check that a JSON Schema can make, too, or at least say: `shown` are its keywords."""

    shown: Mapping[str, object] = field(default_factory=dict)

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The schema of what is checked, with the keywords."""
        return {**handler(core), **self.shown}


@dataclass(frozen=True, eq=False)
class Short(BeforeValidator):
    """A shorter way to write a value; `shown` takes its schema from that of the whole."""

    shown: Callable[[JsonSchemaValue], JsonSchemaValue] = field(kw_only=True)

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The schema of both ways."""
        whole = handler(core)
        return {"anyOf": [self.shown(handler.resolve_ref_schema(whole)), whole]}


def written(name: str) -> JsonSchemaValue:
    """For a JSON Schema: the setting stands there, with something behind it."""
    return {"required": [name], "properties": {name: {"not": {"type": "null"}}}}


def needs(name: str, other: str) -> JsonSchemaValue:
    """For a JSON Schema: where one setting stands, another must stand beside it."""
    return {"if": written(name), "then": written(other)}
