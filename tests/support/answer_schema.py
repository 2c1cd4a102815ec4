"""JSON schemas of answers, written from Azure's pages, that the answers of the simulator match."""

from collections.abc import Mapping
from typing import TypeAlias

from jsonschema import Draft202012Validator

Schema: TypeAlias = Mapping[str, object]

BOOLEAN: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
TEXT: Schema = {"type": "string", "minLength": 1}
SPEECH_STATUS: Schema = {"enum": ["NotStarted", "Running", "Succeeded", "Failed"]}


def closed(required: Mapping[str, object], **optional: object) -> Schema:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
        "additionalProperties": False,
    }


def matching(pattern: str) -> Schema:
    """Text that matches the pattern as a whole."""
    return {"type": "string", "pattern": f"^{pattern}$"}


def moment(digits: str, zone: str = "Z") -> Schema:
    """A time in UTC with such fraction digits, as `7` or `0,7`, and zone."""
    fraction = "" if digits == "0" else rf"\.[0-9]{{{digits}}}"
    return matching(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9:]{{8}}{fraction}{zone}")


def check(answer: object, schema: Schema) -> None:
    """Fail with all places where an answer differs from its schema."""
    errors = Draft202012Validator(schema).iter_errors(answer)
    assert not [f"{error.json_path}: {error.message}" for error in errors]
