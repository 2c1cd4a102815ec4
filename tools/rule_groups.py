"""The rules of the chart as rule groups of Azure Managed Prometheus: `make docs` writes the Bicep.

https://learn.microsoft.com/azure/templates/microsoft.alertsmanagement/prometheusrulegroups
"""

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from exporter.exposition.families import FAMILIES
from tests.chart import CHART, Json, Object, manifests, objects_at, of_kind, values
from tools.docs.chart_values import thresholds

FILE = CHART.parents[1] / "examples" / "azure" / "prometheus-rules.bicep"
SEVERITIES = {"critical": 0, "warning": 2, "info": 3}

_LABELS = "labels_of_the_parameter"
_URL = "https://external-url.example"
_RUNBOOKS = "https://runbooks.example"
_INTERPOLATED = {_LABELS: "labels", _URL: "externalUrl", _RUNBOOKS: "runbooks"}
_HEAD = """\
// Alerts and recordings for Azure Managed Prometheus, which knows no PrometheusRule. Made by
// `make docs` from helm/azure-ai-exporter/rules; docs/azure.md shows how to deploy it.

@description('Resource id of the Azure Monitor workspace with the metrics.')
param workspaceId string

@description('Region of the workspace.')
param location string = resourceGroup().location

@description('The label `cluster` of the queried metrics; all clusters if empty.')
param clusterName string = ''

@description('Resource ids of the action groups that get the alerts.')
param actionGroupIds array = []

@description('Labels of azure_ai_operation_info and azure_ai_resource_info that alerts carry.')
param infoLabels array = []

@description('URL of the exporter, without a slash at its end: alerts link to its pages.')
param externalUrl string = ''

@description('URL of the folder with docs/runbooks, without a slash at its end.')
param runbooks string = ''

@description('Numbers and durations other than the defaults below.')
param thresholds object = {}
"""


def bicep() -> str:
    """The text of the file."""
    defaults = "\n".join(
        f"  {name}: {default if default.replace('.', '').isdecimal() else _duration(default)}"
        for name, (default, _) in sorted(thresholds().items())
    )
    defaults = re.sub(r": (\d+\.\d+)$", r": '\1'", defaults, flags=re.MULTILINE)
    actions = "[for id in actionGroupIds: {\n  actionGroupId: id\n}]"
    variables = (
        f"var threshold = union({{\n{defaults}\n}}, thresholds)\n"
        f"var labels = join(infoLabels, ', ')\nvar actions = {actions}\n"
    )
    return "\n".join([_HEAD, variables, *map(_group, rule_groups())])


def rule_groups() -> list[Object]:
    """The groups as the chart renders them, with the names of parameters for their values."""
    rule: Json = {"enabled": True, "infoLabels": [_LABELS], "runbooks": _RUNBOOKS}
    given = values("minimal", prometheusRule=rule, web={"externalUrl": _URL})
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / CHART.name
        shutil.copytree(CHART, copy)
        for file in copy.glob("rules/*.yaml"):
            text = re.sub(r"\S+[ \t]+# threshold: (\w+)", r"threshold.\1", file.read_text())
            file.write_text(text)
        [found] = of_kind(manifests(copy, given), "PrometheusRule")
    return objects_at(found, "spec", "groups")


def _group(group: Object) -> str:
    name = str(group["name"])
    symbol = re.sub("-(.)", lambda letter: letter[1].upper(), name)
    rules = "\n".join(
        "\n".join(["      {", *(f"        {line}" for line in _rule(rule)), "      }"])
        for rule in objects_at(group, "rules")
    )
    return f"""\
resource {symbol} 'Microsoft.AlertsManagement/prometheusRuleGroups@2023-03-01' = {{
  name: '{name}'
  location: location
  properties: {{
    scopes: [
      workspaceId
    ]
    clusterName: empty(clusterName) ? null : clusterName
    interval: {_duration(str(group.get("interval", "1m")))}
    rules: [
{rules}
    ]
  }}
}}
"""


def _rule(rule: Object) -> Iterator[str]:
    expr = " ".join(str(rule["expr"]).split())
    expression = f"expression: {_string(_by_name(expr))}"
    if "record" in rule:
        yield from (f"record: {_string(rule['record'])}", expression)
        return
    labels, annotations = rule["labels"], rule["annotations"]
    assert isinstance(labels, dict)
    assert isinstance(annotations, dict)
    yield from (f"alert: {_string(rule['alert'])}", expression)
    if "for" in rule:
        yield f"for: {rule['for']}"
    yield f"severity: {SEVERITIES[str(labels['severity'])]}"
    yield from ("labels: {", *_properties(labels), "}")
    links = {name: annotations.pop(name, None) for name in ("runbook_url", "page_url")}
    yield from ("annotations: union({", *_properties(annotations))
    for (name, link), parameter in zip(links.items(), ("runbooks", "externalUrl"), strict=True):
        if link:
            yield from (f"}}, empty({parameter}) ? {{}} : {{", *_properties({name: link}))
    yield from ("})", "actions: actions")


def _by_name(expr: str) -> str:
    """A query that names each metric, because Azure asks for one metric at a time.

    https://learn.microsoft.com/azure/azure-monitor/metrics/prometheus-api-promql#api-limitations
    """

    def named(selector: re.Match[str]) -> str:
        pattern, matchers = selector.groups()
        names = [
            family.name
            for family in FAMILIES
            if re.fullmatch(pattern, family.name) and "state" in family.labels
        ]
        return " or ".join(f"{name}{{{matchers}}}" for name in names)

    return re.sub(r'\{__name__=~"([^"]+)",([^}]*)\}', named, expr)


def _properties(properties: Mapping[str, object]) -> Iterator[str]:
    return (f"  {name}: {_string(value)}" for name, value in properties.items())


def _string(value: object) -> str:
    """A string of Bicep in which parameters have their values."""
    text = str(value).replace("\\", "\\\\").replace("'", "\\'").replace("${", "\\${")
    text = re.sub(r"\bthreshold\.\w+", r"${\g<0>}", text)
    for placeholder, name in _INTERPOLATED.items():
        text = text.replace(placeholder, f"${{{name}}}")
    return f"'{text}'"


def _duration(text: str) -> str:
    """A duration of Prometheus as one of ISO 8601, for example 'PT5M'."""
    return f"'PT{text.upper()}'"


if __name__ == "__main__":
    FILE.write_text(bicep())
