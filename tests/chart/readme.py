"""The table of values in the chart's README, made from `values.yaml`: `make docs` writes it.

Comments are those of helm-docs: `# -- text` above a value describes it, further lines go on.
"""

import json
import re
from collections.abc import Iterator

import yaml

from tests.chart import CHART, Json

README = CHART / "README.md"
VALUES = CHART / "values.yaml"


def described() -> Iterator[tuple[str, Json, str]]:
    """Each value that has a comment: its path, its default and what the comment says."""
    defaults: Json = yaml.safe_load(VALUES.read_text())
    above: list[str] = []
    text = ""
    for line in VALUES.read_text().splitlines():
        if comment := re.match(r" *# -- (.*)", line):
            text = comment[1]
        elif text and (more := re.match(r" *# (.*)", line)):
            text += f" {more[1]}"
        elif key := re.match(r"( *)([a-zA-Z]\w*):", line):
            above[len(key[1]) // 2 :] = [key[2]]
            if text:
                yield ".".join(above), _at(defaults, above), text
            text = ""


def _at(tree: Json, path: list[str]) -> Json:
    for name in path:
        assert isinstance(tree, dict)
        tree = tree[name]
    return tree


def table() -> str:
    """The values as a table."""
    rows = [
        f"| `{path}` | `{json.dumps(default)}` | {text} |" for path, default, text in described()
    ]
    return "\n".join(["| value | default | meaning |", "|---|---|---|", *rows])


def made() -> str:
    """The chart's README as it should be."""
    text = README.read_text()
    found = re.search(r"<!-- values: [^>]*-->\n(.*?)<!-- /values -->", text, re.DOTALL)
    if not found:
        raise ValueError("the chart's README.md has no place for the values")
    return f"{text[: found.start(1)]}{table()}\n{text[found.end(1) :]}"


if __name__ == "__main__":
    README.write_text(made())
