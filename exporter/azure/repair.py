"""Pure: bodies with odd parts are repaired, so that one odd value costs that value alone."""

import re
from collections.abc import Collection
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json, to_json

Model = TypeVar("Model", bound=BaseModel)
Place = tuple[int | str, ...]  # keys and indexes on the way to a value, as in pydantic's errors

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # https://www.rfc-editor.org/rfc/rfc8259#section-8.1
_FIRST_HALF = rb"\\u[dD][89abAB][0-9a-fA-F]{2}"
_SECOND_HALF = rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_RAW_HALF = rb"\xed[\xa0-\xbf][\x80-\xbf]"
_HALVES = re.compile(
    rb"%b%b|(%b|%b|%b)|\\." % (_FIRST_HALF, _SECOND_HALF, _FIRST_HALF, _SECOND_HALF, _RAW_HALF),
    re.DOTALL,
)


def readable_json(body: bytes) -> bytes:
    """The body without a byte order mark, and with U+FFFD for each lone surrogate.

    Text that was cut in the middle of a character ends with one, and no parser reads such a body.
    """
    body = body.removeprefix(_BYTE_ORDER_MARK)
    # A search for one byte takes a fiftieth of the time of one for several.
    if b"\xed" in body or (b"\\" in body and (b"\\ud" in body or b"\\uD" in body)):
        return _HALVES.sub(lambda match: rb"\ufffd" if match[1] else match[0], body)
    return body


def whole_fields(head: bytes) -> bytes:
    """The fields of an object that are whole in the head of its JSON; empty if it is no object."""
    try:
        fields: object = from_json(head, allow_partial=True)
    except ValueError:
        return b""
    if not isinstance(fields, dict):
        return b""
    # Text that was cut is left out by the parser. An object, a list or a number may go on.
    if fields and not isinstance(fields[last := next(reversed(fields))], str):
        del fields[last]
    return to_json(fields)


def without_odd_values(
    model: type[Model], body: bytes, error: ValidationError
) -> tuple[Model, list[Place]]:
    """The body as `model` without the values that `error` names; and the places of these values.

    An object that lacks a required value is odd as well, and so on, up to the body.

    Raises:
        ValidationError: the body itself is odd, or is not JSON.
    """
    try:
        data: object = from_json(body)
    except ValueError:
        raise error from None
    dropped: list[Place] = []
    latest = error
    while True:
        details = latest.errors(include_url=False, include_context=False, include_input=False)
        places = {_place(data, detail) for detail in details}
        if () in places:
            raise error
        data = _without(data, places)
        dropped += places
        try:
            return model.model_validate(data), dropped
        except ValidationError as next_error:
            latest = next_error


def _place(data: object, detail: ErrorDetails) -> Place:
    """The place of the odd value; the location of an error may end with names of types."""
    where = detail["loc"][:-1] if detail["type"] == "missing" else detail["loc"]
    for depth, step in enumerate(where):
        is_list = isinstance(data, list) and isinstance(step, int)
        if not is_list and not (isinstance(data, dict) and step in data):
            return where[:depth]
        data = data[step]  # type: ignore[index]
    return where


def _without(data: object, places: Collection[Place], here: Place = ()) -> object:
    """The data without the values at these places."""
    if isinstance(data, dict):
        return {
            key: _without(value, places, (*here, key))
            for key, value in data.items()
            if (*here, key) not in places
        }
    if isinstance(data, list):
        return [
            _without(value, places, (*here, index))
            for index, value in enumerate(data)
            if (*here, index) not in places
        ]
    return data
