"""The alert rules do what they say, each has a runbook, and docs/alerts.md lists them."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from exporter.exposition.families import FAMILIES
from tests.chart import with_thresholds
from tests.chart.promtool import needs_prometheus, prove, read_proof, said, thresholds_of
from tests.docs import DOCS, ROOT
from tests.support import plain_yaml

RULES = sorted((ROOT / "helm/azure-ai-exporter/rules").glob("*.yaml"))
PROOFS = sorted((ROOT / "tests/rules").glob("*.yaml"))
RUNBOOKS = sorted((ROOT / "docs/runbooks").glob("*.md"))
PLACE = "https://azure-ai-exporter.example/docs/runbooks"

needs_alertmanager = pytest.mark.skipif(
    shutil.which("amtool") is None, reason="needs Debian's package prometheus-alertmanager"
)


class Alert(BaseModel):
    """An alert rule, with all that each of them must say."""

    model_config = ConfigDict(extra="forbid")

    alert: str
    expr: str
    for_: str = Field(default="0s", alias="for")
    labels: dict[str, str]
    annotations: dict[str, str]


class Moment(BaseModel):
    """What promtool expects at one moment of a case."""

    alertname: str
    exp_alerts: list[object]


class Case(BaseModel):
    """One case of a promtool test; its name begins with the alert's."""

    name: str
    alert_rule_test: list[Moment]


def _rules() -> Iterator[dict[str, object]]:
    for path in RULES:
        for group in plain_yaml.load(path.read_text())["groups"]:
            yield from group["rules"]


ALERTS = [Alert.model_validate(rule) for rule in _rules() if "alert" in rule]
RECORDED = {rule["record"] for rule in _rules() if "record" in rule}
CASES = [
    case
    for path in PROOFS
    for case in TypeAdapter(list[Case]).validate_python(plain_yaml.load(path.read_text())["tests"])
]


def metrics(text: str) -> set[str]:
    """The exporter's metrics, and what is recorded from them, that a text names in full."""
    names = re.findall(r"\b(?:resource_api:)?azure_ai_\w+[a-z](?::\w+)?\b(?!_|\.\+)", text)
    return {re.sub("_(bucket|sum|count)$", "", name) for name in names}


@needs_prometheus
def test_prometheus_takes_the_rules() -> None:
    """As they stand, without the chart."""
    assert said("promtool", "check", "rules", *RULES).count("SUCCESS") == len(RULES)


@pytest.mark.e2e
@needs_prometheus
@pytest.mark.parametrize("path", PROOFS, ids=lambda path: path.stem)
def test_each_alert_fires_resolves_and_stays_silent(path: Path, tmp_path: Path) -> None:
    """With the very words that people will read, and with the thresholds that the proof names."""
    text = path.read_text()
    proof = read_proof(text)
    files = [(path.parent / each).read_text() for each in proof["rule_files"]]
    changed = [plain_yaml.load(with_thresholds(each, thresholds_of(text))) for each in files]
    prove([group for each in changed for group in each["groups"]], proof, tmp_path)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.alert)
def test_each_alert_is_proved(alert: Alert) -> None:
    """One case in which it fires, one in which it resolves, one in which it stays silent."""
    cases = [case for case in CASES if case.name.split()[0] == alert.alert]
    fires, resolves, silent = (
        [
            [bool(moment.exp_alerts) for moment in case.alert_rule_test]
            for case in cases
            if word in case.name
        ]
        for word in (" fires", " resolves", " stays silent")
    )
    assert any(True in moments for moments in fires)
    assert any(moments[0] and not moments[-1] for moments in resolves)
    assert silent
    assert not any(True in moments for moments in silent)
    asked = {moment.alertname for case in cases for moment in case.alert_rule_test}
    assert asked == {alert.alert}


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.alert)
def test_each_alert_says_what_a_person_needs(alert: Alert) -> None:
    """Severity, what and where, and a runbook with the four parts."""
    assert alert.labels["severity"] in {"critical", "warning", "info"}
    assert alert.annotations.keys() == {"summary", "description", "runbook_url"}
    about = alert.annotations["summary"] + alert.annotations["description"]
    part = re.match("AzureAI(Operation|Documents|Resource|Charge|Cost|Exporter)", alert.alert)
    assert part
    needed = {
        "Operation": {"resource", "api", "operation"},
        "Documents": {"resource", "api", "operation"},
        "Resource": {"resource"},
        "Cost": {"resource", "api", "currency"},
        "Charge": {"resource", "api"},
        "Exporter": set[str](),
    }[part[1]]
    assert needed <= set(re.findall(r"\$labels\.(\w+)", about))
    assert alert.annotations["runbook_url"] == f"{PLACE}/{alert.alert}.md"
    runbook = (ROOT / f"docs/runbooks/{alert.alert}.md").read_text()
    parts = re.findall(r"^\*\*(.+?)\.\*\*", runbook, re.MULTILINE)
    assert parts == ["Meaning", "Impact", "Diagnosis", "Mitigation"]


def test_each_runbook_has_an_alert() -> None:
    """And the two have one name."""
    assert [path.stem for path in RUNBOOKS] == sorted(alert.alert for alert in ALERTS)


def test_the_documents_list_each_alert() -> None:
    """`make docs` writes the table."""
    page = (DOCS / "alerts.md").read_text()
    rows = re.findall(r"^\| \[(\w+)\]\(runbooks/\1\.md\)", page, re.MULTILINE)
    assert sorted(rows) == sorted(alert.alert for alert in ALERTS)


def test_thresholds_are_marked_and_explained() -> None:
    """Each stands behind a default that the chart can replace, and in the runbook."""
    text = "".join(path.read_text() for path in RULES)
    names = set(re.findall(r"# threshold: (\w+)$", text, re.MULTILINE))
    marked = re.findall(r"[ \t](?:[0-9.]+|[0-9]+[smhd])[ \t]+# threshold: \w+$", text, re.MULTILINE)
    assert len(marked) == len(re.findall("# threshold: [a-z]", text))
    runbooks = "".join(path.read_text() for path in RUNBOOKS)
    assert [name for name in names if f"`{name}`" not in runbooks] == []


def test_every_metric_that_is_named_exists() -> None:
    """In rules, in what proves them and in runbooks."""
    known = {family.name for family in FAMILIES} | RECORDED
    for path in (*RULES, *PROOFS, *RUNBOOKS):
        assert metrics(path.read_text()) <= known, path


@needs_prometheus
def test_the_queries_of_the_runbooks_are_promql(tmp_path: Path) -> None:
    """Each line of a block is a query."""
    blocks = [
        block
        for path in RUNBOOKS
        for block in re.findall(r"```promql\n(.*?)```", path.read_text(), re.DOTALL)
    ]
    queries = [query for block in blocks for query in block.splitlines()]
    assert len(queries) > len(RUNBOOKS)
    rules = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(queries)]
    file = tmp_path / "rules.yml"
    file.write_text(plain_yaml.dump({"groups": [{"name": "runbooks", "rules": rules}]}))
    said("promtool", "check", "rules", file)


@needs_alertmanager
def test_alertmanager_takes_the_example() -> None:
    """And sends what is critical elsewhere."""
    example = ROOT / "examples/alertmanager.yaml"
    assert "SUCCESS" in said("amtool", "check-config", example)
    for alert in ALERTS:
        severity = alert.labels["severity"]
        route = said(
            "amtool", "config", "routes", "test", f"--config.file={example}", f"severity={severity}"
        )
        assert route.strip() == ("on-call" if severity == "critical" else "team")


def test_the_example_mutes_what_exists() -> None:
    """Only alerts that are there; an unauthorised resource mutes all about its operations."""
    rules = plain_yaml.load((ROOT / "examples/alertmanager.yaml").read_text())["inhibit_rules"]
    names = [alert.alert for alert in ALERTS]
    muted = []
    for rule in rules:
        (source,), (target,) = rule["source_matchers"], rule["target_matchers"]
        assert source.split('"')[1] in names
        muted.append([name for name in names if re.fullmatch(target.split('"')[1], name)])
    assert all(muted)
    assert {name for name in names if re.match("AzureAI(Operation|Documents)", name)} <= set(
        muted[0]
    )
