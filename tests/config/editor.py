"""Files as an editor with the JSON Schema sees them."""

import re

import yaml
from jsonschema import Draft202012Validator

from exporter.config.json_schema import schema

VALIDATOR = Draft202012Validator(schema())


class Editor(yaml.SafeLoader):
    """YAML 1.2's core schema as editors read it: no dates, and only two words are truths."""


Editor.yaml_implicit_resolvers = {}
for kind, pattern, first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("merge", r"<<", ["<"]),
    ("int", r"[-+]?[0-9]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
):
    Editor.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(f"^({pattern})$"), first)


class Writer(yaml.SafeDumper):
    """Quotes text that either reader would take for something else, like 1e+308."""


Writer.yaml_implicit_resolvers = {
    first: [
        *yaml.SafeDumper.yaml_implicit_resolvers.get(first, []),
        *Editor.yaml_implicit_resolvers.get(first, []),
    ]
    for first in {*yaml.SafeDumper.yaml_implicit_resolvers, *Editor.yaml_implicit_resolvers}
}


def read(written: str) -> object:
    """A file as an editor's schema sees it."""
    return yaml.load(written, Editor)  # noqa: S506  it makes only what JSON has
