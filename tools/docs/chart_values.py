"""The tables in the chart's README, made from its values and rules.

Comments have the form of helm-docs: `# -- text` above a value describes it, and further lines
continue the text.
"""

import json
import re
from collections.abc import Iterator

import yaml

from tests.chart import CHART, Json

README = CHART / "README.md"
VALUES = CHART / "values.yaml"


def described_values() -> Iterator[tuple[str, Json, str]]:
    """Each value that has a comment: its path, its default, and the comment's text."""
    defaults: Json = yaml.safe_load(VALUES.read_text())
    path: list[str] = []
    text = ""
    for line in VALUES.read_text().splitlines():
        if comment := re.match(r" *# -- (.*)", line):
            text = comment[1]
        elif text and (continuation := re.match(r" *# (.*)", line)):
            text += f" {continuation[1]}"
        elif key := re.match(r"( *)([a-zA-Z]\w*):", line):
            path[len(key[1]) // 2 :] = [key[2]]
            if text:
                yield ".".join(path), _value_at(defaults, path), text
            text = ""


def _value_at(tree: Json, path: list[str]) -> Json:
    for name in path:
        assert isinstance(tree, dict)
        tree = tree[name]
    return tree


def values_table() -> str:
    """The values as a table."""
    rows = [
        f"| `{path}` | `{json.dumps(default)}` | {text} |"
        for path, default, text in described_values()
    ]
    return "\n".join(["| value | default | meaning |", "|---|---|---|", *rows])


def thresholds() -> dict[str, tuple[str, list[str]]]:
    """The thresholds of the rules by name: the default, and the alerts that use it."""
    uses: dict[str, tuple[str, list[str]]] = {}
    for file in sorted(CHART.glob("rules/*.yaml")):
        rule = ""
        for line in file.read_text().splitlines():
            if start := re.match(r" *- (?:alert|record): (\S+)", line):
                rule = start[1]
            if threshold := re.search(r"(\S+)[ \t]+# threshold: (\w+)", line):
                uses.setdefault(threshold[2], (threshold[1], []))[1].append(rule)
    return uses


def thresholds_table() -> str:
    """The thresholds as a table."""
    rows = [
        f"| `{name}` | `{default}` | {', '.join(f'`{rule}`' for rule in dict.fromkeys(rules))} |"
        for name, (default, rules) in sorted(thresholds().items())
    ]
    return "\n".join(["| threshold | default | of |", "|---|---|---|", *rows])
