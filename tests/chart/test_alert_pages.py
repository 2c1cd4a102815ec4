"""Alerts link to the page of their operation or resource, where the chart knows the port's URL."""

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from exporter.model.operation import OperationKey
from exporter.web.status.rows import operation_url
from tests.chart import Object, alerts, at, rule_groups
from tests.chart.promtool import needs_prometheus, prove

URL = "https://monitoring.example/watch/azure"
ODD = ("a/b", "a b+c", "50%2F&x=1#y?z", 'say "é"\\', "{{ .Value }}", "~-_.:;@$!*'(),")


def proof(alert: Object, keys: list[OperationKey]) -> Object:
    """What promtool is to prove: each operation that cannot be read has the link to its page."""
    written = [
        ", ".join(
            f"{name}={json.dumps(value, ensure_ascii=False)}"
            for name, value in key._asdict().items()
        )
        for key in keys
    ]
    return {
        "rule_files": ["rules.yaml"],
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": f"azure_ai_operation_up{{{labels}}}", "values": "0x60"}
                    for labels in written
                ],
                "alert_rule_test": [
                    {
                        "eval_time": "30m",
                        "alertname": alert["alert"],
                        "exp_alerts": [
                            {
                                "exp_labels": {"severity": "warning", **key._asdict()},
                                "exp_annotations": {"page_url": URL + operation_url(key)},
                            }
                            for key in keys
                        ],
                    }
                ],
            }
        ],
    }


@needs_prometheus
@pytest.mark.parametrize("slash", ["", "/"])
def test_ids_are_escaped(slash: str, tmp_path: Path) -> None:
    """The link is the page's own address, whatever the id: nothing in it ends the parameter."""
    keys = [OperationKey("speech & more", "custom_speech", id_) for id_ in ODD]
    for key in keys:
        assert dict(parse_qsl(urlsplit(URL + operation_url(key)).query)) == key._asdict()
    alert = alerts(rule_groups(web__externalUrl=URL + slash))["AzureAIOperationUnreadable"]
    alert["annotations"] = {"page_url": at(alert, "annotations", "page_url")}
    prove([{"name": "one", "rules": [alert]}], proof(alert, keys), tmp_path)


def test_each_alert_has_the_page_of_what_it_is_about() -> None:
    """Its operation or its resource; none is made up where the URL is not known."""
    for name, alert in alerts(rule_groups(web__externalUrl=URL)).items():
        link = at(alert, "annotations", "page_url")
        if "AzureAIOperation" in name or "AzureAIDocuments" in name:
            assert str(link).startswith(f"{URL}/operation?resource={{{{ urlquery"), name
        elif "Resource" in name or "Charge" in name:
            assert link == f"{URL}/?resource={{{{ urlquery $labels.resource }}}}", name
        assert at(alert, "annotations", "runbook_url"), name
    assert "page_url" not in str(rule_groups())
