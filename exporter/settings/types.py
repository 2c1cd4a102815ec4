"""The strict model of settings, and the types of their values."""

import re
from collections.abc import Set as AbstractSet
from functools import partial
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError

from exporter.redaction.own_secrets import own_secrets
from exporter.settings import durations
from exporter.settings.schema_hints import Check, Short, TextCheck
from exporter.text import nameable


class Strict(BaseModel):
    """Settings as written: unknown keys are errors, nothing changes after loading."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=True,
        defer_build=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _drop_empty_settings(cls, data: object) -> object:
        """An empty setting means its default."""
        if not isinstance(data, dict):
            return data
        return {
            key: value
            for key, value in data.items()
            if value is not None or key not in cls.model_fields
        }


def problem(text: str, *inside: str | int) -> PydanticCustomError:
    """An error with a complete text for users; `inside` is the path below the checked value."""
    return PydanticCustomError("problem", "{text}", {"text": text, "inside": inside})


# What pydantic reads as a bool, and an editor with the JSON Schema takes.
SWITCH_SCHEMA: JsonSchemaValue = {
    "type": ["boolean", "string"],
    "pattern": "^([Tt]rue|TRUE|[Yy]es|YES|[Oo]n|ON|[Ff]alse|FALSE|[Nn]o|NO|[Oo]ff|OFF)$",
}
Switch = Annotated[bool, WithJsonSchema(SWITCH_SCHEMA)]

_NO_FILES = frozenset({"true", "false", "yes", "no", "on", "off", "none"})


def _reject_words(value: object) -> object:
    """No text, or a word that means yes, no or none, is not taken for the name of a file."""
    if isinstance(value, str) and not value.strip():
        raise problem("is empty; write the path of a file, or leave it out")
    if isinstance(value, str) and value.lower() in _NO_FILES:
        raise problem(f"must be a path; for no file leave it out, for this name write ./{value}")
    return value


def _resolve_path(path: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get("folder")
    return Path(folder) / path if folder else path


FilePath = Annotated[Path, BeforeValidator(_reject_words), Check(_resolve_path, {"pattern": r"\S"})]


def name_of(path: Path) -> str:
    """A file's name in the text of a problem."""
    return f"file {Path(*map(nameable, path.parts))}"


def parse_duration(value: object) -> float:
    """Seconds of `500ms`, `30s`, `5m`, `24h`, `1h30m`, `7d`, `2w`, `1y`.

    Raises:
        PydanticCustomError: it is not a duration.
    """
    if isinstance(value, float):
        return value
    seconds = durations.seconds_of(value) if isinstance(value, str) else None
    if seconds is None:
        quoted = f"{nameable(value)[:20]!r} is" if isinstance(value, str) else "this is"
        raise problem(
            f"{quoted} not a duration; write a number with its unit, like 30s, 5m or 24h; "
            f"units are {durations.UNITS}"
        )
    return seconds


def within(low: float, high: float, bounds: str, value: float) -> float:
    """The value, if it is from `low` to `high`; `bounds` is their text for users.

    Raises:
        PydanticCustomError: it is not.
    """
    if not low <= value <= high:
        raise problem(f"is out of range; must be {bounds}")
    return value


def between(low: float, high: float, bounds: str) -> Check:
    """A number from `low` to `high`; `bounds` is their text for users."""
    keywords = {"minimum": low, "maximum": high, "description": bounds}
    return Check(partial(within, low, high, bounds), keywords)


Duration = Annotated[
    float,
    BeforeValidator(
        parse_duration, json_schema_input_type=Annotated[str, Field(pattern=durations.PATTERN)]
    ),
    PlainSerializer(lambda seconds: f"{seconds:.10g}s", return_type=str, when_used="json"),
]


def matching(pattern: str, expected: str) -> TextCheck:
    """Text that matches `pattern` completely; `expected` describes valid text."""
    compiled = re.compile(pattern, re.ASCII)

    def check(value: object) -> str:
        if not isinstance(value, str):
            raise problem(f"must be {expected}")
        if not compiled.fullmatch(value):
            raise problem(f"{nameable(value)[:40]!r} is not valid; must be {expected}")
        if own_secrets.cut(value) != value:
            raise problem(f"contains the key of a resource; must be {expected}")
        return value

    return TextCheck(check, keywords={"pattern": f"^({pattern})$", "description": expected})


ORIGIN_PATTERN = r"^[a-zA-Z]+://([a-zA-Z0-9][a-zA-Z0-9._-]*|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?/?$"
_HOST_AND_PORT = re.compile(r"([a-z0-9][a-z0-9._-]*|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", re.ASCII)


def is_origin(url: str, *schemes: str) -> bool:
    """Whether a URL has only one of these schemes, a host, and optionally a port."""
    scheme, _, rest = url.lower().removesuffix("/").partition("://")
    port = rest.rpartition(":")[2]
    port_is_valid = not port.isdecimal() or 0 < int(port) <= 65535  # noqa: PLR2004
    return scheme in schemes and port_is_valid and _HOST_AND_PORT.fullmatch(rest) is not None


def known_words(words: tuple[str, ...]) -> TextCheck:
    """Text that is one of `words`."""
    expected = f"one of {', '.join(words)}"

    def check(value: object) -> str:
        if not isinstance(value, str):
            raise problem(f"must be {expected}")
        if value not in words:
            raise problem(f"{nameable(value)[:40]!r} is unknown; must be {expected}")
        return value

    return TextCheck(check, keywords={"enum": list(words)})


RESOURCE_NAME = matching(
    r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}",
    "1 to 63 letters, digits, '.', '_' or '-', a letter or digit first",
)
UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
Uuid = Annotated[
    str,
    matching(UUID, "a UUID like 727bf148-f327-47a0-9481-abae6362f11e"),
    AfterValidator(str.lower),
]

_RESERVED = frozenset({"resource", "api", "operation", "kind", "name"})
_RESERVED_OF_RESOURCES = _RESERVED | {
    *("account", "subscription", "resource_group", "location", "sku"),
    *("state", "document", "language", "code", "inner_code", "target", "currency"),
    *("instance", "job", "le", "quantile", "severity", "alertname"),
}


def _label_name(name: str, *, reserved: AbstractSet[str] = _RESERVED) -> str:
    if not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name, re.ASCII) or name.startswith("__"):
        raise problem(
            f"{nameable(name)[:40]!r} is not a label name; use letters, digits and _, "
            "do not begin with a digit or __",
        )
    if name in reserved:
        raise problem(f"label {name!r} is used by the exporter; choose another name")
    return name


def resource_label_name(name: str) -> str:
    """The name of a label of a resource, which stands on its operations and in alerts as well."""
    return _label_name(name, reserved=_RESERVED_OF_RESOURCES)


def _label_schema(reserved: AbstractSet[str]) -> WithJsonSchema:
    return WithJsonSchema(
        {
            "type": "object",
            "propertyNames": {
                "pattern": "^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$",
                "not": {"enum": sorted(reserved)},
            },
            "additionalProperties": {"type": ["string", "number", "boolean"]},
        }
    )


Labels = Annotated[dict[Annotated[str, AfterValidator(_label_name)], str], _label_schema(_RESERVED)]
ResourceLabels = Annotated[
    dict[Annotated[str, AfterValidator(resource_label_name)], str],
    _label_schema(_RESERVED_OF_RESOURCES),
]


class OperationEntry(Strict):
    """One operation: an id, or a mapping with `id` and options."""

    id: str
    """The id of the operation."""
    labels: Labels = {}
    """Additional labels of azure_ai_operation_info: name and value."""


def _entry_from_id(value: object) -> object:
    """The mapping with this id, if only an id was given; an error in its place is raised."""
    if isinstance(value, str):
        return {"id": value}
    if isinstance(value, dict | OperationEntry):
        return value
    no_entry = problem("must be an id, or a mapping with id and options")
    raise value if isinstance(value, PydanticCustomError) else no_entry


ID_ALONE = Short(_entry_from_id, shown=lambda entry: entry["properties"]["id"])
