"""The chart, rendered by Helm's own engine."""

import json
import re
import shutil
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from types import MappingProxyType

import helm_python

from tests.support import plain_yaml

CHART = Path(__file__).parents[2] / "helm" / "azure-ai-exporter"
SAMPLE = Path(__file__).parent / "sample"
TABLE = {file.stem: file for file in sorted(Path(__file__).parent.glob("values/*.yaml"))}

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Object = dict[str, Json]


def values(name: str, **changes: Json) -> Object:
    """A values file of the table, with some values changed as `--set` does: `web__port=80`."""
    found: Object = plain_yaml.load(TABLE[name].read_text())
    for path, value in changes.items():
        put(found, path.split("__"), value)
    return found


def put(tree: Object, path: list[str], value: Json) -> None:
    """Set the value at a path, making what is missing above it."""
    *above, last = path
    for name in above:
        below = tree.setdefault(name, {})
        assert isinstance(below, dict)
        tree = below
    tree[last] = deepcopy(value)


def at(tree: Json, *path: str | int) -> Json:
    """What stands at a path; None where there is nothing."""
    for part in path:
        if isinstance(tree, dict) and isinstance(part, str):
            tree = tree.get(part)
        elif isinstance(tree, list) and isinstance(part, int):
            tree = tree[part] if part < len(tree) else None
        else:
            return None
    return tree


def objects_at(tree: Json, *path: str | int) -> list[Object]:
    """The list of objects at a path, empty where there is none."""
    found = at(tree, *path)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def with_thresholds(rules: str, thresholds: Mapping[str, str]) -> str:
    """The text of a rule file with other thresholds, as the chart's template replaces them."""
    for name, value in thresholds.items():
        rules = re.sub(
            rf"\S+([ \t]+# threshold: {name})$", rf"{value}\1", rules, flags=re.MULTILINE
        )
    return rules


def with_samples(folder: Path) -> Path:
    """A copy of the chart with a rule file and a dashboard more, which the tests know."""
    copy = folder / CHART.name
    shutil.copytree(CHART, copy)
    shutil.copytree(SAMPLE, copy, dirs_exist_ok=True)
    return copy


def texts(chart: Path, given: Object, name: str = "watch") -> Mapping[str, str]:
    """The rendered templates by file name; several tests look at one rendering."""
    return _texts(chart, json.dumps(given), name)


@cache
def _texts(chart: Path, written: str, name: str) -> Mapping[str, str]:
    given: Object = json.loads(written)
    with helm_python.Chart.load(chart) as loaded:
        loaded.validate_schema(given)
        rendered = loaded.render(given, name=name, namespace="monitoring")
    return MappingProxyType(
        {path.partition("/templates/")[2]: text for path, text in rendered.items()}
    )


def manifests(chart: Path, given: Object, name: str = "watch") -> list[Object]:
    """All objects that the chart renders."""
    return [
        manifest
        for path, text in texts(chart, given, name).items()
        if path.endswith(".yaml")
        for manifest in plain_yaml.load_all(text)
        if manifest
    ]


def of_kind(found: list[Object], *kinds: str) -> list[Object]:
    """Those of them that are of these kinds."""
    return [each for each in found if each["kind"] in kinds]


def rule_groups(**changes: Json) -> list[Object]:
    """The groups of rules that the chart renders, with some values changed."""
    given = values("minimal", **{"prometheusRule__enabled": True, **changes})
    [found] = of_kind(manifests(CHART, given), "PrometheusRule")
    return objects_at(found, "spec", "groups")


def alerts(groups: list[Object]) -> dict[str, Object]:
    """The alerts of these groups, by their names."""
    rules = [rule for group in groups for rule in objects_at(group, "rules")]
    return {str(rule["alert"]): rule for rule in rules if "alert" in rule}


def pods(found: list[Object]) -> list[Object]:
    """What they say of pods: the template of who runs them, and the pod of `helm test`."""
    templates = [
        at(each, "spec", "template") for each in of_kind(found, "Deployment", "StatefulSet")
    ]
    return [each for each in [*templates, *of_kind(found, "Pod")] if isinstance(each, dict)]
