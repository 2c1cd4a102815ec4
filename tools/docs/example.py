"""The values of settings in the example configuration."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

import yaml

from tests.docs import ROOT

EXAMPLE = ROOT / "config.example.yaml"


@cache
def example() -> object:
    """The example configuration, including the settings that are commented out."""
    uncommented = re.sub(
        r"^(\s*)# ((?:- )?\w+:| {2,})", r"\1\2", EXAMPLE.read_text(), flags=re.MULTILINE
    )
    return yaml.load(uncommented, yaml.BaseLoader)  # noqa: S506  it makes only text


def shown(path: str) -> str:
    """The first value of a setting in the example; empty for a mapping, which has its own rows."""
    for value in _values(example(), path.replace("[]", ".[]").split(".")):
        items = value if isinstance(value, list) else [value]
        if all(isinstance(item, str) for item in items):
            return f"`{_plain(value)}`"
    return ""


def _plain(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(value)}]"
    return str(value)


def _values(data: object, path: Sequence[str]) -> Iterator[object]:
    if not path:
        yield data
    elif path[0] == "[]" and isinstance(data, list):
        for item in data:
            yield from _values(item, path[1:])
    elif isinstance(data, dict) and path[0] in data:
        yield from _values(data[path[0]], path[1:])
