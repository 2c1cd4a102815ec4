"""The rule groups for Azure Managed Prometheus are the rules of the chart, in Azure's form."""

import re
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict, Field

from tests.chart import Object, alerts, rule_groups
from tests.chart.promtool import needs_prometheus, prove, read_proof, said
from tests.chart.test_rules import PLACE
from tests.docs import ROOT
from tests.support import plain_yaml
from tests.support.bicep import Deployment
from tools.rule_groups import FILE, SEVERITIES, bicep

PARTS = ROOT / "tests/rules/operations.yaml"
Iso = Annotated[str, Field(pattern=r"^PT(\d+[HMS])+$")]


class Known(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Alert(Known):
    """What Azure knows of an alert.

    https://learn.microsoft.com/azure/templates/microsoft.alertsmanagement/prometheusrulegroups
    """

    alert: str
    expression: str
    for_: Annotated[Iso | None, Field(alias="for")] = None
    severity: Annotated[int, Field(ge=0, le=4)]
    labels: dict[str, str]
    annotations: dict[str, str]
    actions: list[dict[str, str]]


class Recording(Known):
    record: str
    expression: str


class Group(Known):
    """Azure takes 20 rules in a group."""

    scopes: Annotated[list[str], Field(min_length=1, max_length=2)]
    clusterName: None  # noqa: N815
    interval: Iso
    rules: Annotated[list[Alert | Recording], Field(min_length=1, max_length=20)]


def deployed(**parameters: object) -> dict[str, Group]:
    """The groups of the file with these parameters, checked."""
    deployment = Deployment(FILE, workspaceId="/workspace", **parameters)
    found = deployment.resources("Microsoft.AlertsManagement/prometheusRuleGroups")
    return {each["name"]: Group.model_validate(each["properties"]) for each in found}


def in_prometheus(groups: dict[str, Group]) -> list[Object]:
    """The groups in Prometheus' form."""
    return [
        {"name": name, "rules": [_prometheus(rule) for rule in group.rules]}
        for name, group in groups.items()
    ]


def _prometheus(rule: Alert | Recording) -> Object:
    if isinstance(rule, Recording):
        return {"record": rule.record, "expr": rule.expression}
    written: Object = {"alert": rule.alert, "expr": rule.expression}
    if rule.for_:
        written["for"] = rule.for_.removeprefix("PT").lower()
    return {**written, "labels": {**rule.labels}, "annotations": {**rule.annotations}}


def plain(expr: object) -> str:
    """A query on one line, without comments, and without metrics that are chosen by a pattern."""
    text = " ".join(re.sub(r"\s*#.*", "", str(expr)).split())
    named = r"azure_ai_operation_\w+\{operation!=[^}]*\}"
    return re.sub(rf"\{{__name__=~[^}}]*\}}|{named}(?: or {named})*", "…", text)


def test_the_file_is_up_to_date() -> None:
    """`make docs` writes it from the rules."""
    assert FILE.read_text() == bicep()


@pytest.mark.parametrize("labels", [[], ["team", "cost_centre"]], ids=["none", "two"])
def test_the_rules_are_those_of_the_chart(labels: list[str]) -> None:
    """The same queries, durations, labels, words and links; Azure's severity is made of ours."""
    url, runbooks = "https://monitoring.example/azure", "https://runbooks.example.org"
    groups = deployed(infoLabels=labels, externalUrl=url, runbooks=runbooks)
    found = alerts(in_prometheus(groups))
    chart = alerts(
        rule_groups(
            web__externalUrl=url,
            prometheusRule__infoLabels=[*labels],
            prometheusRule__runbooks=runbooks,
        )
    )
    assert found.keys() == chart.keys()
    for name, alert in chart.items():
        azure, ours = found[name].pop("expr"), alert.pop("expr")
        assert found[name] == alert, name
        if labels:  # without any, the chart joins nothing
            assert plain(azure) == plain(ours), name
    for group in groups.values():
        for rule in group.rules:
            if isinstance(rule, Alert):
                assert rule.severity == SEVERITIES[rule.labels["severity"]]


def test_parameters_are_what_they_say() -> None:
    """Without any, nothing is made up; thresholds and action groups are taken."""
    assert "runbook_url" not in str(deployed())
    assert "page_url" not in str(deployed())
    thresholds = {"chargePerDay": 12345, "goneFor": "PT1H"}
    groups = deployed(thresholds=thresholds, actionGroupIds=["/action"])
    found = alerts(in_prometheus(groups))
    assert "> 12345" in str(found["AzureAIChargePerDay"]["expr"])
    assert found["AzureAIExporterGone"]["for"] == "1h"
    for group in groups.values():
        for rule in group.rules:
            assert isinstance(rule, Recording) or rule.actions == [{"actionGroupId": "/action"}]


@pytest.mark.e2e
@needs_prometheus
@pytest.mark.parametrize("labels", [[], ["team"]], ids=["none", "team"])
def test_prometheus_takes_them(labels: list[str], tmp_path: Path) -> None:
    """Without and with a team; an alert about parts fires though it names each metric."""
    rules = {"groups": in_prometheus(deployed(infoLabels=labels, runbooks=PLACE))}
    (tmp_path / "rules.yaml").write_text(plain_yaml.dump(rules))
    assert "SUCCESS" in said("promtool", "check", "rules", tmp_path / "rules.yaml")
    proof = read_proof(PARTS.read_text())
    cases = [case for case in proof["tests"] if case["name"].startswith("AzureAIDocumentsFailed f")]
    assert cases
    prove(rules["groups"], {**proof, "tests": cases}, tmp_path)
