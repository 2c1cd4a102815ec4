"""The tables in the chart's README, made from values and rules: `make docs` writes them.

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


def values_table() -> str:
    """The values as a table."""
    rows = [
        f"| `{path}` | `{json.dumps(default)}` | {text} |" for path, default, text in described()
    ]
    return "\n".join(["| value | default | meaning |", "|---|---|---|", *rows])


def thresholds() -> dict[str, tuple[str, list[str]]]:
    """The thresholds of the rules by name: the default, and the alerts that have it."""
    found: dict[str, tuple[str, list[str]]] = {}
    for file in sorted(CHART.glob("rules/*.yaml")):
        rule = ""
        for line in file.read_text().splitlines():
            if begun := re.match(r" *- (?:alert|record): (\S+)", line):
                rule = begun[1]
            if marked := re.search(r"(\S+)[ \t]+# threshold: (\w+)", line):
                found.setdefault(marked[2], (marked[1], []))[1].append(rule)
    return found


def thresholds_table() -> str:
    """The thresholds as a table."""
    rows = [
        f"| `{name}` | `{default}` | {', '.join(f'`{rule}`' for rule in dict.fromkeys(rules))} |"
        for name, (default, rules) in sorted(thresholds().items())
    ]
    return "\n".join(["| threshold | default | of |", "|---|---|---|", *rows])


def made() -> str:
    """The chart's README as it should be."""
    text = README.read_text()
    for name, block in (("thresholds", thresholds_table()), ("values", values_table())):
        found = re.search(rf"<!-- {name}: [^>]*-->\n(.*?)<!-- /{name} -->", text, re.DOTALL)
        if not found:
            raise ValueError(f"the chart's README.md has no place for {name}")
        text = f"{text[: found.start(1)]}{block}\n{text[found.end(1) :]}"
    return text


if __name__ == "__main__":
    README.write_text(made())
