"""Alerts carry labels of resources and operations, and Alertmanager routes them to teams."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chart import Json, alerts, rule_groups
from tests.chart.promtool import needs_prometheus, prove, read_proof, said, thresholds_of
from tests.chart.test_rules import PROOFS, RULES, needs_alertmanager
from tests.docs import ROOT
from tests.support import plain_yaml

PROOF = Path(__file__).parent / "proofs/info-labels.yaml"
TEAMS = ROOT / "examples/alertmanager-teams.yaml"
_KEYS = {
    "azure_ai_operation_info": ("job", "instance", "resource", "api", "operation"),
    "azure_ai_resource_info": ("job", "instance", "resource"),
}


def with_info(case: Any) -> Any:
    """A case in which each operation and resource has an info series, and alerts have its team."""
    written = [each["series"] for each in case["input_series"]]
    series = {series for text in written for series in info_series(text)}
    case["input_series"] += [{"series": each, "values": "1x3000"} for each in sorted(series)]
    for moment in case["alert_rule_test"]:
        for alert in moment["exp_alerts"]:
            if "resource" in alert["exp_labels"]:
                alert["exp_labels"]["team"] = "docs"
    return case


def info_series(series: str) -> Iterator[str]:
    """The info series of what a series is about."""
    labels = dict(re.findall(r'(\w+)="([^"]*)"', series))
    for name, key in _KEYS.items():
        if key[-1] in labels:
            shown = ", ".join(f'{label}="{labels[label]}"' for label in key)
            yield f'{name}{{{shown}, team="docs"}}'


@pytest.mark.e2e
@needs_prometheus
@pytest.mark.parametrize("path", PROOFS, ids=lambda path: path.stem)
def test_alerts_carry_the_label_and_stay_what_they_are(path: Path, tmp_path: Path) -> None:
    """Each fires with its team and the same words; without info series it resolves as ever."""
    text = path.read_text()
    proof = read_proof(text)
    loaded = [(path.parent / each).read_text() for each in proof["rule_files"]]
    names = [each["name"] for text in loaded for each in plain_yaml.load(text)["groups"]]
    thresholds: Json = {name: int(value) for name, value in thresholds_of(text).items()}
    rules = rule_groups(prometheusRule__infoLabels=["team"], prometheusRule__thresholds=thresholds)
    proof["tests"] = [
        with_info(case) if " fires" in case["name"] else case
        for case in proof["tests"]
        if " stays silent" not in case["name"]
    ]
    prove([each for each in rules if each["name"] in names], proof, tmp_path)


@pytest.mark.e2e
@needs_prometheus
def test_no_info_series_costs_an_alert(tmp_path: Path) -> None:
    """Neither two that disagree, nor one of another exporter, nor one that is not there."""
    rules = rule_groups(prometheusRule__infoLabels=["team"])
    (tmp_path / "rules.yaml").write_text(plain_yaml.dump({"groups": rules}))
    (tmp_path / PROOF.name).write_text(PROOF.read_text())
    assert "SUCCESS" in said("promtool", "test", "rules", tmp_path / PROOF.name)


def test_alerts_of_the_exporter_stay() -> None:
    """What is about no resource has no such labels; several labels are taken at once."""
    plain = alerts(rule_groups())
    changed = alerts(rule_groups(prometheusRule__infoLabels=["team", "cost_centre"]))
    files = [plain_yaml.load(path.read_text())["groups"] for path in RULES]
    assert plain == alerts([group for groups in files for group in groups])
    assert {name for name, alert in plain.items() if changed[name] == alert} == {
        f"AzureAIExporter{what}"
        for what in ("Gone", "ShardMissing", "ReloadFailed", "CheckpointFailing")
    }
    assert "group_left (team, cost_centre)" in str(changed["AzureAIOperationFailed"]["expr"])


@needs_alertmanager
@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        (("team=docs", "alertname=AzureAIOperationFailed", "severity=warning"), "docs"),
        (("team=media", "alertname=AzureAIResourceUnauthorised", "severity=critical"), "media"),
        (("alertname=AzureAIOperationFailed",), "platform"),
        (("team=docs", "alertname=AzureAIExporterBehind"), "platform"),
    ],
)
def test_the_example_routes_by_team(labels: tuple[str, ...], receiver: str) -> None:
    """Each team gets its own alerts; nobody else's get lost."""
    assert "SUCCESS" in said("amtool", "check-config", TEAMS)
    route = said("amtool", "config", "routes", "test", f"--config.file={TEAMS}", *labels)
    assert route.strip() == receiver
